"""A dataset with what figures of every row are made from: which answers count, whose time to answer is over, where
services lie."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import pandas as pd

from analysis import pairing
from analysis.dataset import Dataset, Outline
from analysis.disclosure import Release
from analysis.suppression import Place
from survey.model import Library

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True)
class Work:
    """A dataset with what figures of every row need: which answers are timely, who could answer when, where services
    lie.

    `timely` are the answers inside their window; `pooled` those of them in reviewed words; `counted` these and the
    answers of open surveys, which have no window. `over` are, by wave, the clients who were asked and can answer no
    more.
    """

    dataset: Dataset
    release: Release
    day: date
    timely: pd.DataFrame
    pooled: pd.DataFrame
    counted: pd.DataFrame
    over: Mapping[str, pd.DataFrame]
    places: Mapping[str, Place]

    @property
    def library(self) -> Library:
        return self.dataset.library

    def cells(
        self, rows: pd.DataFrame, summary: Callable[[pd.DataFrame], S], asking: Collection[str]
    ) -> dict[Place, S]:
        """A summary for each service that is in the rows, or asked and therefore not to be passed over."""
        parts = dict(iter(rows.groupby("service", sort=True)))
        return {
            self.places[service]: summary(parts.get(service, rows.iloc[:0]))
            for service in sorted({str(s) for s in parts} | set(asking))
        }

    def of_intervention(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Those rows whose service is of the intervention arm. A wave that is over for nobody yet has none: what pandas
        makes of an empty choice would take the columns away."""
        return rows[rows["service"].map(lambda id: self.places[id].arm == "intervention").astype(bool)]


def day_of(dataset: Dataset | Outline) -> date:
    """The day of the export, on the site's calendar."""
    return datetime.fromisoformat(dataset.made).astimezone(ZoneInfo(dataset.library.site.time_zone)).date()


def work_on(dataset: Dataset, release: Release, day: date) -> Work:
    responses, people = dataset.responses, dataset.participations
    inside, waiting = pairing.timely(dataset), pairing.under_review(dataset)
    counted = inside | responses["participation"].isna()
    services = dataset.library.services.services
    return Work(
        dataset=dataset,
        release=release,
        day=day,
        timely=responses[inside],
        pooled=responses[inside & ~waiting],
        counted=responses[counted & ~waiting],
        over={wave: people[pairing.over(dataset, wave, day)] for wave in dataset.library.site.waves},
        places={s.id: Place(arm=s.arm, kind=s.kind, service=s.id) for s in services},
    )
