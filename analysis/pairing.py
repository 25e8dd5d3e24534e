"""Which answers count for which wave, and which start and end belong to the same participation."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.scores import Measure, items_of, score_column
from survey.model import Respondent, Site
from survey.records import Participation
from survey.schedule import Window, window

KEYS = ["participation", "service", "group", "instrument", "version", "wave", "received", "submission"]


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """The start and end scores of the same participations, row by row.

    `service` says where each took part; `cluster` names its group, or is empty for who came without one.
    """

    service: pd.Series[str]
    cluster: pd.Series[str]
    start: pd.Series[float]
    end: pd.Series[float]


def wave_at(site: Site, anchor: Literal["start", "end"]) -> str | None:
    """The wave that is due at the start, or at the end, of a participation; None where the site declares none."""
    return next((id for id, wave in site.waves.items() if wave.at == anchor), None)


def timely(dataset: Dataset) -> pd.Series[bool]:
    """For each row of `responses` whether it came inside its wave's window, on the site's calendar.

    False for open surveys and for participations or waves that are no longer there: they have no window.
    """
    site, responses, people = dataset.library.site, dataset.responses, dataset.participations
    spells = dict(
        zip(people["id"], zip(people["start"], people["planned_end"], people["end"], strict=True), strict=True)
    )
    windows: dict[tuple[object, ...], Window] = {}
    inside = []
    for day, wave, id in zip(
        responses["received"].dt.tz_convert(site.time_zone).dt.date,
        responses["wave"],
        responses["participation"].fillna(""),
        strict=True,
    ):
        spell = spells.get(id)
        if spell is None or wave not in site.waves:
            inside.append(False)
            continue
        # Few participations differ in their dates, and a calendar rule is slow.
        if (wave, *spell) not in windows:
            windows[wave, *spell] = window(_spell(*spell), site.waves[wave])
        inside.append(day in windows[wave, *spell])
    return pd.Series(inside, index=responses.index, dtype=bool)


def _spell(start: date, planned_end: date, end: date | None) -> Participation:
    """Only the dates, which are all that a window hangs on."""
    return Participation(
        id="",
        number="",
        service="",
        start=str(start),
        planned_end=str(planned_end),
        end=None if end is None or pd.isna(end) else str(end),
        invited="",
    )


def under_review(dataset: Dataset) -> pd.Series[bool]:
    """For each row of `responses` whether it was answered in words that no native speaker has reviewed yet."""
    responses = dataset.responses
    waiting = {(key, tag) for key, instrument in dataset.library.instruments.items() for tag in instrument.review}
    keys = responses["instrument"] + "@" + responses["version"].astype("string")
    found = [answered in waiting for answered in zip(keys, responses["language"], strict=True)]
    return pd.Series(found, index=responses.index, dtype=bool)


def due(dataset: Dataset, wave_id: str, day: date, respondent: Respondent = "client") -> pd.Series[bool]:
    """For each row of `participations` whether the window of a wave had opened by a day and its service asks then,
    of a sort of respondent."""
    library = dataset.library
    wave = library.site.waves[wave_id]
    carriers = {
        key for key, i in library.instruments.items() if i.respondent == respondent and wave_id in i.waves
    }  # fmt: skip
    asking = {service.id for service in library.services.services if carriers & set(service.instruments)}
    people = dataset.participations
    opened = [
        service in asking and window(_spell(start, planned, end), wave).first <= day
        for service, start, planned, end in zip(
            people["service"], people["start"], people["planned_end"], people["end"], strict=True
        )
    ]
    return pd.Series(opened, index=people.index, dtype=bool)


def answered_by(respondent: Respondent, dataset: Dataset, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of `responses` that came from a sort of respondent."""
    return rows_of([key for key, i in dataset.library.instruments.items() if i.respondent == respondent], rows)


def rows_of(sources: Collection[str], responses: pd.DataFrame, columns: Collection[str] | None = None) -> pd.DataFrame:
    """The answers to some instruments (`id@version`), in these columns or in all: there are many, and copies cost."""
    wanted = responses if columns is None else responses[[*columns]]
    return wanted[(responses["instrument"] + "@" + responses["version"].astype("string")).isin(sources)]


def first_of(rows: pd.DataFrame) -> pd.DataFrame:
    """The first received of each participation and wave."""
    return rows.sort_values(["received", "submission"]).drop_duplicates(["participation", "wave"])


def scored(measure: Measure, responses: pd.DataFrame) -> pd.DataFrame:
    """The rows that score on a measure, with columns `participation, service, cluster, wave, score`.

    One row for a participation and wave: the first received, where two questionnaires carry the same measure. Answers
    of open surveys belong to no participation: each is a row, and a cluster alone.
    """
    rows = rows_of(measure.sources, responses, [*KEYS, *items_of(measure.key)])
    return clustered(rows, score_column(measure.key, rows))


def clustered(rows: pd.DataFrame, values: pd.Series[float]) -> pd.DataFrame:
    """Rows of `responses` with a value each, without those that have none, as `scored` gives them."""
    cluster = (rows["service"] + "/" + rows["group"]).fillna("")
    table = rows[KEYS].assign(score=values, cluster=cluster).dropna(subset=["score"])
    alone = table[table["participation"].isna()]
    found = pd.concat([first_of(table[table["participation"].notna()]), alone])
    return found[["participation", "service", "cluster", "wave", "score"]]


def pair(scores: pd.DataFrame, start_wave: str, end_wave: str) -> Pairs:
    """The participations that scored at both waves, from the rows that `scored` gives."""
    linked = scores.dropna(subset=["participation"])
    start = linked[linked["wave"] == start_wave].set_index("participation")
    end = linked[linked["wave"] == end_wave].set_index("participation")["score"].rename("end")
    both = start.join(end, how="inner").sort_index()
    return Pairs(
        service=both["service"],
        cluster=both["cluster"],
        start=both["score"].astype(np.float64),
        end=both["end"].astype(np.float64),
    )
