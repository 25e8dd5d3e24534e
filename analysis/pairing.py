"""Which answers count for which wave, and which start and end belong to the same participation."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from analysis.dataset import Dataset
from analysis.scores import Measure, items_of, score_column
from survey.model import WIDEST_WINDOW, Library, Respondent, Site, Wave
from survey.schedule import Window, is_asked, window_between

Whole = NDArray[np.int64]
EPOCH = date(1970, 1, 1).toordinal()
DAYS = 2**24
"""More days than there are to the end of calendars, so that two fit in a number."""
NEVER = date.max.toordinal() + 1
"""After every day."""
RESPONDENTS: tuple[Respondent, ...] = ("client", "coach", "employer")
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


@dataclass(frozen=True, kw_only=True, eq=False)
class Opened:
    """When waves are open for each of some spells. `spell` is the place of each row's spell in the others, which are
    spells × waves: the first moment, the first no longer open (ms since 1970, UTC), the first day, and the first day on
    which whoever is silent counts as silent (`date.toordinal`), both `NEVER` for a wave that is not asked then.
    """

    spell: Whole
    first: Whole
    after: Whole
    day: Whole
    over: Whole


class Windows:
    """The waves' windows of spells, as they come. Few spells differ in their dates, and a calendar rule is slow."""

    def __init__(self, site: Site) -> None:
        self._waves = tuple(site.waves.values())
        self._zone = ZoneInfo(site.time_zone)
        self._known: dict[tuple[int, int], tuple[list[int], list[int], list[int], list[int]]] = {}

    def of(self, starts: Whole, ends: Whole) -> Opened:
        """`starts` and `ends` are days as `date.toordinal`, row by row."""
        spell, keys = pd.factorize(starts.astype("int64") * DAYS + ends)
        found = np.array([self._opened(*divmod(int(key), DAYS)) for key in keys], dtype="int64")
        first, after, day, over = found.reshape(len(keys), 4, len(self._waves)).transpose(1, 0, 2)
        return Opened(spell=spell, first=first, after=after, day=day, over=over)

    def _opened(self, start: int, end: int) -> tuple[list[int], list[int], list[int], list[int]]:
        if (start, end) not in self._known:
            spell = date.fromordinal(start), date.fromordinal(end)
            windows = [window_between(*spell, wave) for wave in self._waves]
            asked = [is_asked(*spell, wave) for wave in self._waves]
            over = [_over(window, wave) for window, wave in zip(windows, self._waves, strict=True)]
            self._known[start, end] = (
                [self._midnight(window.first) for window in windows],
                [self._midnight(window.last + timedelta(days=1)) for window in windows],
                [window.first.toordinal() if is_it else NEVER for window, is_it in zip(windows, asked, strict=True)],
                [day.toordinal() if is_it else NEVER for day, is_it in zip(over, asked, strict=True)],
            )
        return self._known[start, end]

    def _midnight(self, day: date) -> int:
        """The moment at which a day begins. Where clocks go forward at midnight, that is the hour after."""
        moment = datetime.combine(day, time(), tzinfo=self._zone).astimezone(UTC)
        return round((moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))


def _over(window: Window, wave: Wave) -> date:
    """The first day on which nobody can answer any more. A wave that is open for as long as may be, as in answers from
    elsewhere, waits for nobody: it is counted as it stands."""
    return window.first if wave.open[1] >= WIDEST_WINDOW else window.last + timedelta(days=1)


def days_of(dates: pa.Array) -> Whole:
    """Dates as `date.toordinal` counts them."""
    since = dates.cast(pa.date32()).cast(pa.int32()).to_numpy(zero_copy_only=False)
    return np.asarray(since, dtype="int64") + EPOCH


def _opened(people: pd.DataFrame, site: Site) -> Opened:
    starts, ends = people["start"], people["end"].fillna(people["planned_end"])
    return Windows(site).of(*(days_of(pa.Array.from_pandas(dates)) for dates in (starts, ends)))


def timely(dataset: Dataset) -> pd.Series[bool]:
    """For each row of `responses` whether it came inside its wave's window, on the site's calendar.

    False for open surveys and for participations or waves that are no longer there: they have no window.
    """
    site, responses, people = dataset.library.site, dataset.responses, dataset.participations
    opened = _opened(people, site)
    person = pd.Index(people["id"]).get_indexer(pd.Index(responses["participation"]))
    wave = pd.Index([*site.waves]).get_indexer(pd.Index(responses["wave"]))
    known = (person >= 0) & (wave >= 0)
    inside = np.zeros(len(responses), dtype=bool)
    at = opened.spell[person[known]], wave[known]
    received = responses["received"].dt.as_unit("ms").astype("int64").to_numpy()[known]
    inside[known] = (opened.first[at] <= received) & (received < opened.after[at])
    return pd.Series(inside, index=responses.index, dtype=bool)


def under_review(dataset: Dataset) -> pd.Series[bool]:
    """For each row of `responses` whether it was answered in words that no native speaker has reviewed yet."""
    responses = dataset.responses
    found = np.zeros(len(responses), dtype=bool)
    for key, instrument in dataset.library.instruments.items():
        if instrument.review:
            found |= _from([key], responses) & responses["language"].isin([*instrument.review]).to_numpy(dtype=bool)
    return pd.Series(found, index=responses.index, dtype=bool)


def over(dataset: Dataset, wave_id: str, day: date, respondent: Respondent = "client") -> pd.Series[bool]:
    """For each row of `participations` whether the window of a wave had closed before a day and its service asks then,
    of a sort of respondent. Of these alone it is known who did not answer: whoever can still answer is in no rate."""
    library, people = dataset.library, dataset.participations
    opened = _opened(people, library.site)
    first = opened.over[opened.spell, [*library.site.waves].index(wave_id)]
    asks = people["service"].isin(asking(library, respondent, wave_id)).to_numpy(dtype=bool)
    return pd.Series(asks & (first <= day.toordinal()), index=people.index, dtype=bool)


def asking(library: Library, respondent: Respondent, wave: str) -> set[str]:
    """The services that ask a sort of respondent something at a wave."""
    carriers = {key for key, i in library.instruments.items() if i.respondent == respondent and wave in i.waves}
    return {service.id for service in library.services.services if carriers & set(service.instruments)}


def answered_by(respondent: Respondent, dataset: Dataset, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of `responses` that came from a sort of respondent."""
    return rows_of([key for key, i in dataset.library.instruments.items() if i.respondent == respondent], rows)


def rows_of(sources: Collection[str], responses: pd.DataFrame, columns: Collection[str] | None = None) -> pd.DataFrame:
    """The answers to some instruments (`id@version`), in these columns or in all: there are many, and copies cost."""
    wanted = responses if columns is None else responses[[*columns]]
    return wanted[_from(sources, responses)]


def _from(sources: Collection[str], responses: pd.DataFrame) -> NDArray[np.bool_]:
    found = np.zeros(len(responses), dtype=bool)
    for source in sources:
        id, _at, version = source.partition("@")
        rows = (responses["instrument"] == id) & (responses["version"] == int(version))
        found |= rows.to_numpy(dtype=bool, na_value=False)
    return found


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
