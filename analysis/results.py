"""The protected tables as data, for `results.json`: the same figures as in the report, row by row.

Every figure in a row describes the place that `shown_level` names: the row's own, or the wider one to which a figure
too small has climbed. Notes are English sentences; a reader may compare them but had better go by the levels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analysis.change import STANDARDISED, STANDARDISED_ESTIMATOR
from analysis.disclosure import BasisFigures, ChangeFigures, CountFigures, Protected, ReliableFigures, ShareFigures
from analysis.suppression import Place
from analysis.tables import MeasureTable, Tables, WaveTable

FORMAT = 1
Row = dict[str, object]


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
        "invited": [_place(p, cell.shown) | {"n_invited": _n(cell)} for p, cell in tables.invited.items()],
        "responses": [row for wave in tables.waves for row in _responses(wave)],
        "measures": [row for table in tables.measures for row in _measures(tables, table)],
        "outcomes": list(_outcomes(tables)),
        "feedback": list(_feedback(tables)),
    }


def _place(place: Place, shown: Place | None) -> Row:
    return {
        "arm": place.arm,
        "level": place.level,
        "kind": place.kind,
        "service": place.service,
        "shown_level": None if shown is None else shown.level,
    }


def _n(cell: Protected[CountFigures]) -> int | None:
    return None if cell.figures is None else cell.figures.n


def _responses(table: WaveTable) -> Iterator[Row]:
    for place, cell in table.answered.items():
        outside = table.outside.get(place)
        yield _place(place, cell.shown) | {
            "wave": table.wave,
            "n_due": None if cell.figures is None else cell.figures.n,
            "n_answered": None if cell.figures is None else cell.figures.yes,
            "percent": None if cell.figures is None else cell.figures.percent,
            "outside_window": None if outside is None else _share(outside),
            "note": cell.reason,
        }


def _share(cell: Protected[ShareFigures]) -> Row | None:
    if cell.figures is None or cell.shown is None:
        return None
    figures = cell.figures
    return {
        "shown_level": cell.shown.level,
        "n": figures.n,
        "n_yes": figures.yes,
        "percent": figures.percent,
        "interval": list(figures.interval),
    }


def _measures(tables: Tables, table: MeasureTable) -> Iterator[Row]:
    measure = table.measure
    for place, cell in table.changes.items():
        reliable = table.reliable.get(place)
        yield {
            "dimension": measure.dimension,
            "origin": measure.origin,
            "instruments": list(measure.sources),
            **_place(place, cell.shown),
            **_population(tables, table, cell.shown),
            **_change(cell.figures),
            "reliable": None if reliable is None else _reliable(reliable, table.basis),
            "reliable_note": table.basis.reason if reliable is None else reliable.reason,
            "note": cell.reason or (cell.figures.reason if cell.figures else None),
        }


def _population(tables: Tables, table: MeasureTable, shown: Place | None) -> Row:
    """Who was invited and who answered where the row's figures come from, unless that is itself protected, or holds
    services that do not ask this measure."""
    carriers = {source.partition("@")[0] for source in table.measure.sources}
    others = [
        service
        for service in tables.library.services.services
        if not carriers & {key.partition("@")[0] for key in service.instruments}
    ]
    if shown is None or any(shown.holds(Place(arm=s.arm, kind=s.kind, service=s.id)) for s in others):
        return {"n_invited": None, "answered": None}
    invited = tables.invited.get(shown)
    waves = {w.wave: w.answered[shown] for w in tables.waves if shown in w.answered}
    return {
        "n_invited": _n(invited) if invited is not None and invited.shown == shown else None,
        "answered": {w: c.figures.yes for w, c in waves.items() if c.figures is not None and c.shown == shown},
    }


def _change(figures: ChangeFigures | None) -> Row:
    if figures is None:
        names = ("n_pairs", "mean_start", "mean_end", "change", "interval", "df", "clusters", "standardised_change")
        return dict.fromkeys((*names, "method"))
    standardised = {"value": figures.standardised, "name": STANDARDISED, "estimator": STANDARDISED_ESTIMATOR}
    return {
        "n_pairs": figures.n_pairs,
        "mean_start": figures.mean_start,
        "mean_end": figures.mean_end,
        "change": figures.change,
        "interval": None if figures.interval is None else list(figures.interval),
        "df": figures.df,
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
        "better": figures.better,
        "same": figures.same,
        "worse": figures.worse,
        "threshold": by.threshold,
        "basis": {"sd": by.sd, "reliability": by.reliability, "interval": by.interval, "source": by.source},
        "provisional": by.provisional,
    }


def _outcomes(tables: Tables) -> Iterator[Row]:
    for table in tables.outcomes:
        for place, cell in table.reached.items():
            yield {
                "outcome": table.outcome.outcome,
                "item": table.outcome.item.id,
                "origin": table.outcome.origin,
                "wave": table.wave,
                **_place(place, cell.shown),
                "n_answered": None if cell.figures is None else cell.figures.n,
                "n_reached": None if cell.figures is None else cell.figures.yes,
                "percent": None if cell.figures is None else cell.figures.percent,
                "interval": None if cell.figures is None else list(cell.figures.interval),
                "method": "Wilson (1927)",
                "note": cell.reason,
            }


def _feedback(tables: Tables) -> Iterator[Row]:
    for table in tables.feedback:
        for place, cell in table.means.items():
            yield {
                "instrument": table.instrument,
                "wave": table.wave,
                "id": table.id,
                "range": list(table.range),
                **_place(place, cell.shown),
                "n_answered": None if cell.figures is None else cell.figures.n,
                "mean": None if cell.figures is None else cell.figures.mean,
                "note": cell.reason,
            }
