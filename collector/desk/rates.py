"""Response rates: numbers for the area's own staff, steps for a provider's coach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from werkzeug.wrappers import Response

from collector import counting, steps
from collector.counting import Case, Counts, Level, RateRow, Span
from collector.desk.tables import table_file
from collector.desk.typed import Typed
from collector.desk.visit import Place, Visit
from collector.desk.works import File
from collector.participations import written
from collector.steps import Step, StepRow
from survey.frozen import dataclass
from survey.marking import _
from survey.schedule import Window

TITLE = _("Response rates")
LEVELS: Mapping[Level, str] = {"group": _("By group"), "service": _("By service"), "provider": _("By provider")}
UNITS: Mapping[Level, str] = {"group": _("Group"), "service": _("Service"), "provider": _("Provider")}
SPANS: Mapping[Span, str] = {"quarter": _("By quarter"), "month": _("By month")}
PERCENT = _("{percent} %")
ANSWERED = _("{answered} of {asked}")
IN_GROUP = _("{group} – {service}")
NO_GROUP = _("{service}, without a group")
BAR = _("RR2 {percent} % of {count}")
COLUMN = _("{span}: {percent} %")
COLUMN_EMPTY = _("{span}: nobody")
WAVE, QUESTIONNAIRE = _("Wave"), _("Questionnaire")
COUNTS = (_("Eligible"), _("Complete"), _("Partial"), _("Break-off"), _("Silent"))
OPEN = _("Answered, time not over")
RATES = ("RR1", "RR2")
HEADS = (WAVE, QUESTIONNAIRE, *COUNTS, *RATES)
ASKED, ASKED_THEN = _("Wave and questionnaire"), _("{wave}: {questionnaire}")
TREND_HEADS = (_("Time ended"), *COUNTS, *RATES)
STEPS: Mapping[Step, str] = {
    "under_half": _("under 50 %"),
    "half": _("50–79 %"),
    "most": _("80 % or more"),
    "under_most": _("under 80 %"),
}
FEW = _("Shown when five people or more have been invited")
LATER = _("Shown from {day} on")
STEP_HEADS = (_("Service"), _("Group"), WAVE, QUESTIONNAIRE, _("Time ends"), _("Invited"), _("Answered in time"))
MOST_COLUMNS = 8
"""Months or quarters that a picture has room for."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What is asked for: the level, and the parts of the whole."""

    level: Level
    span: Span
    service: str
    wave: str
    instrument: str

    def has(self, case: Case) -> bool:
        """Whether a case belongs to it."""
        return (
            self.service in ("", case.service)
            and self.wave in ("", case.wave)
            and self.instrument in ("", case.instrument)
        )

    @property
    def query(self) -> dict[str, str]:
        """The same as what stands after `?` in an address."""
        names = ("level", "span", "service", "wave", "instrument")
        return {name: getattr(self, name) for name in names}


def rates(visit: Visit) -> Response:
    """Rates by group, service or provider; for a coach what a coach may see."""
    if not _sees_numbers(visit):
        return _coaches(visit)
    form = Typed({name: [value] for name, value in visit.asked.items()})
    choice = _choice(visit, form)
    found = _cases(visit, choice) if form.ok else []
    rows = counting.by_level(found, visit.bundle.library, level=choice.level)
    trend = counting.trend(found, span=choice.span)
    library = visit.bundle.library
    return visit.page(
        "rates.html.j2",
        title=visit.say(TITLE),
        status=200 if form.ok else 422,
        form=form,
        levels=[(id, visit.say(LEVELS[id])) for id in _levels(visit)],
        spans=[(id, visit.say(name)) for id, name in SPANS.items()],
        services=[(one.id, visit.text(one.title)) for one in library.services.services if not one.open],
        waves=[(wave, visit.wave_title(wave)) for wave in library.site.waves],
        instruments=_instruments(visit),
        any=bool(found),
        narrowed=bool(choice.service or choice.wave or choice.instrument),
        heads=_said(visit, (ASKED, *COUNTS, *RATES, OPEN)),
        units=_units(visit, rows, choice.level),
        bars=_bars(visit, found, choice.level),
        trend_heads=_said(visit, TREND_HEADS),
        trend=[[_span(Window(row.first, row.last)), *_numbers(visit, row)] for row in trend],
        columns=_columns(visit, trend),
        file=visit.to("rates/csv", **choice.query),
        trend_file=visit.to("rates/trend/csv", **choice.query),
    )


def _sees_numbers(visit: Visit) -> bool:
    return bool(visit.person.roles & {"planner", "analyst"})


def _levels(visit: Visit) -> list[Level]:
    """Groups are for planners, who know whom they invited."""
    return [level for level in ("service", "group", "provider") if level != "group" or visit.person.of_area]


def _choice(visit: Visit, form: Typed) -> Choice:
    library = visit.bundle.library
    return Choice(
        level=cast(Level, form.choice("level", _levels(visit), needed=False) or "service"),
        span=cast(Span, form.choice("span", SPANS, needed=False) or "quarter"),
        service=form.choice("service", [one.id for one in library.services.services], needed=False),
        wave=form.choice("wave", library.site.waves, needed=False),
        instrument=form.choice("instrument", [id for id, _title in _instruments(visit)], needed=False),
    )


def _instruments(visit: Visit) -> list[tuple[str, str]]:
    """The ids and titles of what clients are asked in some service."""
    library = visit.bundle.library
    used = {key for service in library.services.services for key in service.instruments}
    found = {
        library.instruments[key].instrument: visit.text(library.instruments[key].title)
        for key in sorted(used)
        if library.instruments[key].respondent == "client"
    }
    return sorted(found.items(), key=lambda one: one[1])


def _cases(visit: Visit, choice: Choice) -> list[Case]:
    keys = visit.store.scan("submission/")
    found = counting.cases(visit.store, visit.bundle.library, keys=keys, today=visit.today)
    return [case for case in found if choice.has(case)]


# --- in words -------------------------------------------------------------------------------------


def _unit(visit: Visit, row: RateRow, level: Level) -> str:
    """What a row is about."""
    if level == "provider":
        return visit.bundle.library.services.providers[row.provider].name
    service = visit.service_title(row.service)
    if level == "service":
        return service
    return visit.say(IN_GROUP, group=row.group, service=service) if row.group else visit.say(NO_GROUP, service=service)


def _units(visit: Visit, rows: Iterable[RateRow], level: Level) -> list[tuple[str, list[list[str]]]]:
    """The name of each unit, with its rows."""
    found: dict[str, list[list[str]]] = {}
    for row in rows:
        found.setdefault(_unit(visit, row, level), []).append(_cells(visit, row))
    return list(found.items())


def _cells(visit: Visit, row: RateRow) -> list[str]:
    asked = row.early + row.still_open
    return [
        visit.say(ASKED_THEN, wave=visit.wave_title(row.wave), questionnaire=visit.instrument_title(row.instrument)),
        *_numbers(visit, row),
        visit.say(ANSWERED, answered=row.early, asked=asked) if asked else "",
    ]


def _numbers(visit: Visit, row: Counts) -> list[str]:
    if not row.eligible:
        return [""] * (len(COUNTS) + len(RATES))
    counts = (row.eligible, row.complete, row.partial, row.break_off, row.silent)
    return [*map(str, counts), _percent(visit, row.rr1), _percent(visit, row.rr2)]


def _percent(visit: Visit, share: float | None) -> str:
    return "" if share is None else visit.say(PERCENT, percent=f"{100 * share:.0f}")


def _span(days: Window) -> str:
    """A month or a quarter: 11/2026, 10–12/2026."""
    first, last = days.first, days.last
    months = f"{first.month}" if first.month == last.month else f"{first.month}–{last.month}"
    return f"{months}/{first.year}"


# --- pictures -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A bar: what it is of, how far it reaches (0 to 100), the share in words, and all of it for who does not see."""

    label: str
    reach: float
    percent: str
    words: str


def _bars(visit: Visit, found: Iterable[Case], level: Level) -> list[Bar]:
    """RR2 of each unit, all that is chosen of it together."""
    together = counting.whole_units(found, visit.bundle.library, level=level)
    return [
        Bar(
            label=_unit(visit, row, level),
            reach=round(100 * row.rr2, 1),
            percent=_percent(visit, row.rr2),
            words=visit.say(BAR, percent=f"{100 * row.rr2:.0f}", count=row.eligible),
        )
        for row in together
        if row.rr2 is not None
    ]


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the trend; `reach` is None where nobody's time ended then."""

    months: str
    year: str
    reach: float | None
    percent: str
    words: str


def _columns(visit: Visit, trend: Sequence[counting.TrendRow]) -> list[Column]:
    """The last of a trend, as many as there is room for."""
    columns = []
    for row in trend[-MOST_COLUMNS:]:
        span = _span(Window(row.first, row.last))
        months, _slash, year = span.partition("/")
        percent = "" if row.rr2 is None else f"{100 * row.rr2:.0f}"
        words = visit.say(COLUMN, span=span, percent=percent) if percent else visit.say(COLUMN_EMPTY, span=span)
        reach = None if row.rr2 is None else round(100 * row.rr2, 1)
        columns.append(Column(months=months, year=year, reach=reach, percent=percent, words=words))
    return columns


# --- tables to save -------------------------------------------------------------------------------


def saved(visit: Visit) -> Response:
    """The rates that are asked for, or a coach's steps, as a table to save."""
    if not _sees_numbers(visit):
        return _save(visit, "response-rates", "steps", _said(visit, STEP_HEADS), _step_cells(visit))
    form = Typed({name: [value] for name, value in visit.asked.items()})
    choice = _choice(visit, form)
    if not form.ok:
        return rates(visit)
    rows = counting.by_level(_cases(visit, choice), visit.bundle.library, level=choice.level)
    heads = (UNITS[choice.level], *HEADS, _("Still open"), _("Answered early"))
    cells = [
        [
            _unit(visit, row, choice.level),
            visit.wave_title(row.wave),
            visit.instrument_title(row.instrument),
            *_plain_numbers(row),
            row.still_open,
            row.early,
        ]
        for row in rows
    ]
    return _save(visit, "response-rates", choice.level, _said(visit, heads), cells)


def saved_trend(visit: Visit) -> Response:
    """The trend that is asked for, as a table to save."""
    form = Typed({name: [value] for name, value in visit.asked.items()})
    choice = _choice(visit, form)
    if not form.ok or not _sees_numbers(visit):
        return rates(visit)
    rows = counting.trend(_cases(visit, choice), span=choice.span)
    cells = [[_span(Window(row.first, row.last)), *_plain_numbers(row)] for row in rows]
    return _save(visit, "response-rates-trend", choice.span, _said(visit, TREND_HEADS), cells)


def _plain_numbers(row: Counts) -> list[str | int]:
    """Counts and shares as a spreadsheet of here reads them, with a comma."""
    shares = ("" if share is None else f"{share:.3f}".replace(".", ",") for share in (row.rr1, row.rr2))
    return [row.eligible, row.complete, row.partial, row.break_off, row.silent, *shares]


def _said(visit: Visit, heads: Iterable[str]) -> list[str]:
    return [head if head in RATES else visit.say(head) for head in heads]


def _save(visit: Visit, name: str, about: str, heads: Sequence[str], rows: Sequence[Sequence[str | int]]) -> Response:
    visit.log("rates", about, count=len(rows))
    file: File = table_file(f"{name}-{visit.today.isoformat()}.csv", heads, rows)
    return visit.file(file)


# --- the coach ------------------------------------------------------------------------------------


def _coaches(visit: Visit) -> Response:
    """Steps, by group, of the coach's own provider's services."""
    return visit.page(
        "rates-coach.html.j2",
        title=visit.say(TITLE),
        heads=_said(visit, STEP_HEADS),
        rows=_step_cells(visit),
        file=visit.to("rates/csv"),
    )


def _step_cells(visit: Visit) -> list[list[str | int]]:
    library = visit.bundle.library
    found = steps.invited(visit.store, library, provider=visit.person.provider or "")
    return [
        [
            visit.service_title(row.service),
            row.group or "",
            visit.wave_title(row.wave),
            visit.instrument_title(row.instrument),
            _span(row.days),
            row.invited,
            _step(visit, row),
        ]
        for row in steps.step_rows(found, library, today=visit.today)
    ]


def _step(visit: Visit, row: StepRow) -> str:
    if row.step is not None:
        return visit.say(STEPS[row.step])
    if row.invited < steps.FEWEST:
        return visit.say(FEW)
    return visit.say(LATER, day=written(row.shown_from))


PLACES = (
    Place(path="rates", view=rates, area="rates"),
    Place(path="rates/csv", view=saved, area="rates"),
    Place(path="rates/trend/csv", view=saved_trend, area="rates"),
)
