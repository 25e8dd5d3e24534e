"""The protected tables as data, for `results.json`: the same figures as in the report, row by row.

Every figure in a row describes the place that `shown_level` names: the row's own, or the wider one to which a figure
too small has climbed. Notes are English sentences; a reader may compare them but had better go by the levels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from analysis.alarms import AlarmRow
from analysis.change import STANDARDISED, STANDARDISED_ESTIMATOR
from analysis.disclosure import (
    BasisFigures,
    ChangeFigures,
    CountFigures,
    Protected,
    ReleasedFlow,
    ReleasedSheet,
    ReliableFigures,
    ShareFigures,
)
from analysis.findings import ChoiceTable, Findings, MeasureTable, Question, RegisterFindings, Tables, WaveTable
from analysis.suppression import Place

FORMAT = 1
Row = dict[str, object]
T = TypeVar("T", ChangeFigures, ShareFigures)


def results(tables: Tables, made: str) -> Mapping[str, object]:
    """The content of `results.json`; `made` is when the report was made."""
    policy = tables.release.policy
    return {
        "format": FORMAT,
        "made": made,
        "dataset_made": tables.made,
        "policy": {
            "minimum_count": policy.minimum_count,
            "minimum_mean": policy.minimum_mean,
            "levels": ["service", "kind", "all"],
            "rounding": {"means": 1, "changes": 1, "standardised": 2, "shares": "whole per cent"},
        },
        "invited": [_place(tables, p, cell.shown) | {"n_invited": _n(cell)} for p, cell in tables.invited.items()],
        "responses": [row for wave in tables.waves for row in _responses(tables, wave)],
        **_findings(tables, tables.clients),
        "others": [{"respondent": found.respondent, **_findings(tables, found)} for found in tables.others],
        "left_out": list(_left_out(tables)),
        **_in_depth(tables),
    }


def _in_depth(tables: Tables) -> Row:
    """What analysts want to know besides, where it was made."""
    if tables.answering is None:
        return {}
    return {
        "statistics": list(_statistics(tables)),
        "strata": [row for table in tables.clients.measures for row in _strata(tables, table)],
        "alarms": [] if tables.alarms is None else [_alarm(row) for row in tables.alarms.rows],
        "released_words": list(_words(tables)),
        "flows": list(_flows(tables)),
        "tariff": [{"contract": name, **row} for name, sheet in tables.tariff.items() for row in _sheet(tables, sheet)],
        "register": None if tables.register is None else _register(tables, tables.register),
        "exits": [_exit(reason, _if_own(cell)) for reason, cell in tables.answering.exits.items()],
    }


def _alarm(row: AlarmRow) -> Row:
    """An alarm, or thanks: exact numbers only where they may be told; replies in the order in which they came."""
    alarm, figures = row.alarm, None if row.alarm.told is None else row.alarm.told.figures
    return {
        "id": alarm.id,
        "sort": alarm.sort,
        "state": row.state,
        "service": alarm.service.id,
        "contract": alarm.service.contract,
        "group": alarm.unit.group,
        "month": alarm.unit.month,
        "instrument": alarm.instrument.instrument,
        "wave": alarm.unit.wave,
        "item": alarm.item.id,
        "below": alarm.rule.below,
        "above": alarm.rule.above,
        "at_least": alarm.least,
        "n_beyond": None if figures is None else figures.yes,
        "n_answered": None if figures is None else figures.n,
        "closed": str(alarm.closed),
        "answer_by": None if alarm.answer_by is None else str(alarm.answer_by),
        "to": list(alarm.rule.to),
        "replies": [
            {"by": one.by, "organisation": one.organisation, "text": one.text, "action": one.action, "done": one.done}
            for one in row.replies
        ],
    }


def _words(tables: Tables) -> Iterator[Row]:
    """Open answers as they were released, by question and kind of service."""
    for one in tables.words.questions if tables.words else ():
        of: Row = {"instrument": one.instrument, "wave": one.wave, "item": one.item, "respondent": one.respondent}
        for kind in one.kinds:
            yield of | {"kind": kind.kind, "texts": list(kind.texts)}


def _flows(tables: Tables) -> Iterator[Row]:
    for table in tables.flows:
        of = {"outcome": table.outcome.outcome, "origin": table.outcome.origin, "item": table.outcome.item.id}
        yield of | _flow(table.flow)


def _flow(flow: ReleasedFlow) -> Row:
    """Numbers at each time, and of those who went from one status to another by the next."""
    return {
        "times": list(flow.times),
        "at": [{"time": flow.times[t], "status": s, "n": _n(cell)} for (t, s), cell in flow.at.items()],
        "steps": [
            {"from_time": flow.times[t], "from": start, "to": end, "n": _n(cell)}
            for (t, start, end), cell in flow.steps.items()
        ],
    }


def _register(tables: Tables, found: RegisterFindings) -> Row:
    """What a register tells of everybody whom it knows."""
    return {
        "until": found.until,
        "known": [_place(tables, p, cell.shown) | {"n": _n(cell)} for p, cell in found.known.items()],
        "outcomes": [
            {"outcome": table.outcome, "wave": table.wave, **_place(tables, place, cell.shown), **_share(tables, cell)}
            for table in found.reached
            for place, cell in table.reached.items()
        ],
        "statistics": [
            {"outcome": outcome, "wave": wave, **row}
            for outcome, wave, sheets in [
                (None, None, found.sheets),
                *((table.outcome, table.wave, table.sheets) for table in found.reached),
            ]
            for sheet in sheets
            for row in _sheet(tables, sheet)
        ],
        "flow": _flow(found.flow),
    }


def _share(tables: Tables, cell: Protected[ShareFigures]) -> Row:
    figures = cell.figures
    return {
        "n_known": None if figures is None else figures.n,
        "n_reached": None if figures is None else figures.yes,
        "percent": None if figures is None else figures.percent,
        "interval": None if figures is None else list(figures.interval),
        "method": "Wilson (1927)",
        "note": _note(tables, cell.reason),
    }


def _exit(reason: str, own: ShareFigures | None) -> Row:
    return {
        "reason": reason,
        "n_asked": None if own is None else own.n,
        "n_answered": None if own is None else own.yes,
    }


def _if_own(cell: Protected[T]) -> T | None:
    """The figures, unless they are those of a wider place."""
    return cell.figures if cell.shown == cell.place else None


def _statistics(tables: Tables) -> Iterator[Row]:
    """Every figure of every sheet, a row each."""
    nothing: Row = dict.fromkeys(("dimension", "origin", "outcome", "wave"))
    found: list[tuple[Row, ReleasedSheet]] = []
    for table in tables.clients.measures:
        of = {"dimension": table.measure.dimension, "origin": table.measure.origin}
        found += [(dict(of), sheet) for sheet in (table.depth.sheets if table.depth else ())]
    for one in tables.clients.outcomes:
        of = {"origin": one.outcome.origin, "outcome": one.outcome.outcome, "wave": one.wave}
        found += [(dict(of), sheet) for sheet in one.sheets]
    found += [({}, sheet) for sheet in (tables.answering.sheets if tables.answering else ())]
    for about, sheet in found:
        yield from (nothing | about | row for row in _sheet(tables, sheet))


def _sheet(tables: Tables, sheet: ReleasedSheet) -> Iterator[Row]:
    for row in sheet.rows:
        figures = row.cell.figures
        yield {
            "sheet": sheet.id,
            "name": row.name,
            "about": row.about or None,
            "under": row.under or None,
            "of": row.of or None,
            "unit": row.unit,
            "n": None if figures is None else figures.n,
            "n_beside": None if figures is None else figures.beside,
            "value": None if figures is None else figures.value,
            "interval": None if figures is None or figures.interval is None else list(figures.interval),
            "p": None if figures is None else figures.p,
            "p_adjusted": None if figures is None else figures.adjusted,
            "method": row.method or None,
            "notes": [_note(tables, reason) for reason in (figures.reasons if figures else [row.cell.reason])],
        }


def _strata(tables: Tables, table: MeasureTable) -> Iterator[Row]:
    """The change of each language, channel and helper, and without assisted and changed-mode pairs."""
    for by, cells in (table.depth.strata if table.depth else {}).items():
        for place, cell in cells.items():
            figures = _if_own(cell)
            if place.kind is not None:
                yield {
                    "dimension": table.measure.dimension,
                    "origin": table.measure.origin,
                    "by": by,
                    "stratum": place.kind,
                    "n_pairs": None if figures is None else figures.n_pairs,
                    "change": None if figures is None else figures.change,
                    "interval": None if figures is None or figures.interval is None else list(figures.interval),
                    "note": None if figures is None else _note(tables, figures.reason),
                }


def _findings(tables: Tables, findings: Findings) -> Row:
    """The lists of what one sort of respondent said."""
    return {
        "measures": [row for table in findings.measures for row in _measures(tables, table)],
        "looking_back": list(_memories(tables, findings)),
        "outcomes": list(_outcomes(tables, findings)),
        "feedback": list(_feedback(tables, findings)),
        "choices": [row for table in findings.choices for row in _choices(tables, table)],
    }


def _left_out(tables: Tables) -> Iterator[Row]:
    """Submissions in languages whose texts await a review, by language and together (null)."""
    if tables.left_out is None:
        return
    for language, cell in (*tables.left_out.parts.items(), (None, tables.left_out.whole)):
        yield {"language": language, "reason": "review", "n_submissions": _n(cell), "note": _note(tables, cell.reason)}


def _place(tables: Tables, place: Place, shown: Place | None) -> Row:
    """What a row is about. That of a service says who provides it, and under which contract, as well."""
    service = None if place.service is None else tables.library.services.service(place.service)
    return {
        "arm": place.arm,
        "level": place.level,
        "kind": place.kind,
        "service": place.service,
        "provider": place.provider if service is None else service.provider,
        "contract": place.contract if service is None else service.contract,
        "shown_level": None if shown is None else shown.level,
    }


def _note(tables: Tables, reason: str | None) -> str | None:
    return None if reason is None else reason.format(**tables.release.policy.thresholds)


def _n(cell: Protected[CountFigures]) -> int | None:
    return None if cell.figures is None else cell.figures.n


def _responses(tables: Tables, table: WaveTable) -> Iterator[Row]:
    for place, cell in table.answered.items():
        outside = table.outside.get(place)
        yield _place(tables, place, cell.shown) | {
            "wave": table.wave,
            "n_due": None if cell.figures is None else cell.figures.n,
            "n_answered": None if cell.figures is None else cell.figures.yes,
            "percent": None if cell.figures is None else cell.figures.percent,
            "outside_window": None if outside is None else _late(outside),
            "note": _note(tables, cell.reason),
        }


def _late(cell: Protected[CountFigures]) -> Row | None:
    if cell.figures is None or cell.shown is None:
        return None
    return {"shown_level": cell.shown.level, "n": cell.figures.n}


def _measures(tables: Tables, table: MeasureTable) -> Iterator[Row]:
    measure = table.measure
    for place, cell in table.changes.items():
        reliable = table.reliable.get(place)
        yield {
            "dimension": measure.dimension,
            "origin": measure.origin,
            "instruments": list(measure.sources),
            **_place(tables, place, cell.shown),
            **_population(tables, table, cell.shown),
            **_change(cell.figures),
            "reliable": None if reliable is None else _reliable(reliable, table.basis),
            "reliable_note": _note(tables, table.basis.reason if reliable is None else reliable.reason),
            "note": _note(tables, cell.reason or (cell.figures.reason if cell.figures else None)),
        }


def _population(tables: Tables, table: MeasureTable, shown: Place | None) -> Row:
    """Who was invited and who answered where the row's figures come from, unless that is itself protected. Nobody is
    counted as invited where a service there does not ask this measure."""
    if shown is None:
        return {"n_invited": None, "answered": None}
    answered = {wave: cells.get(shown) for wave, cells in table.answered.items()}
    return {
        "n_invited": _own(None if _some_do_not_ask(tables, table, shown) else tables.invited.get(shown)),
        "answered": {wave: _own(cell) for wave, cell in answered.items()},
    }


def _own(cell: Protected[CountFigures] | None) -> int | None:
    """A number of the place itself, not one that it has climbed to."""
    return None if cell is None or cell.figures is None or cell.shown != cell.place else cell.figures.n


def _some_do_not_ask(tables: Tables, table: MeasureTable, place: Place) -> bool:
    carriers = {source.partition("@")[0] for source in table.measure.sources}
    others = [
        service
        for service in tables.library.services.services
        if not carriers & {key.partition("@")[0] for key in service.instruments}
    ]
    return any(place.holds(Place(arm=s.arm, kind=s.kind, service=s.id)) for s in others)


def _change(figures: ChangeFigures | None) -> Row:
    if figures is None:
        names = ("n_pairs", "mean_start", "mean_end", "change", "interval", "rough", "clusters")
        return dict.fromkeys((*names, "standardised_change", "method"))
    standardised = {"value": figures.standardised, "name": STANDARDISED, "estimator": STANDARDISED_ESTIMATOR}
    return {
        "n_pairs": figures.n_pairs,
        "mean_start": figures.mean_start,
        "mean_end": figures.mean_end,
        "change": figures.change,
        "interval": None if figures.interval is None else list(figures.interval),
        "rough": figures.rough,
        "clusters": figures.clusters,
        "standardised_change": None if figures.standardised is None else standardised,
        "method": figures.method,
    }


def _reliable(cell: Protected[ReliableFigures], basis: Protected[BasisFigures]) -> Row | None:
    if cell.figures is None or cell.shown is None or basis.figures is None:
        return None
    figures, by = cell.figures, basis.figures
    return {
        "shown_level": cell.shown.level,
        "n": figures.n,
        "percent_better": figures.better,
        "percent_not_better": figures.not_better,
        "percent_same": figures.same,
        "percent_worse": figures.worse,
        "threshold": by.threshold,
        "basis": {"sd": by.sd, "reliability": by.reliability, "interval": by.interval, "source": by.source},
        "provisional": by.provisional,
    }


def _outcomes(tables: Tables, findings: Findings) -> Iterator[Row]:
    for table in findings.outcomes:
        for place, cell in table.reached.items():
            yield {
                "outcome": table.outcome.outcome,
                "item": table.outcome.item.id,
                "origin": table.outcome.origin,
                "wave": table.wave,
                **_place(tables, place, cell.shown),
                "n_answered": None if cell.figures is None else cell.figures.n,
                "n_reached": None if cell.figures is None else cell.figures.yes,
                "percent": None if cell.figures is None else cell.figures.percent,
                "interval": None if cell.figures is None else list(cell.figures.interval),
                "method": "Wilson (1927)",
                "note": _note(tables, cell.reason),
            }


def _question(question: Question) -> Row:
    return {"instrument": question.instrument, "wave": question.wave, "id": question.id}


def _feedback(tables: Tables, findings: Findings) -> Iterator[Row]:
    for table in findings.feedback:
        for place, cell in table.means.items():
            yield {
                **_question(table.question),
                "range": list(table.question.range),
                **_place(tables, place, cell.shown),
                "n_answered": None if cell.figures is None else cell.figures.n,
                "mean": None if cell.figures is None else cell.figures.mean,
                "note": _note(tables, cell.reason),
            }


def _memories(tables: Tables, findings: Findings) -> Iterator[Row]:
    for table in findings.memories:
        for place, cell in table.means.items():
            figures = cell.figures
            interval = None if figures is None else figures.interval
            yield {
                **_question(table.question),
                "range": list(table.question.range),
                **_place(tables, place, cell.shown),
                "n_answered": None if figures is None else figures.n,
                "mean": None if figures is None else figures.mean,
                "interval": None if interval is None else list(interval),
                "rough": None if figures is None else figures.rough,
                "note": _note(tables, cell.reason or (figures.reason if figures else None)),
            }


def _choices(tables: Tables, table: ChoiceTable) -> Iterator[Row]:
    """Each row has the answers that may be told apart, the others as one after them, and names those not told."""
    values = [option.value for option in table.options]
    told = [[values[n]] for n in table.shares.answers]
    rest = [value for value in values if [value] not in told]
    if table.shares.others:
        told.append(rest)
    for place, cell in table.shares.rows.items():
        figures = cell.figures
        answers = [] if figures is None else zip(told, figures.chosen, figures.percents, strict=True)
        yield {
            **_question(table.question),
            "then": table.question.then,
            "sort": table.sort,
            **_place(tables, place, cell.shown),
            "n_answered": None if figures is None else figures.n,
            "answers": [{"values": v, "n_chosen": n, "percent": percent} for v, n, percent in answers],
            "not_told": [] if table.shares.others else rest,
            "note": _note(tables, cell.reason),
        }
