"""What an analyst wants to know of a measure beside its change: how well it measures, how large and how sure the change
is in other terms, what it means, and its course over waves. Each is a sheet in full precision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from analysis.change import Grouped, ReliableBasis, reliable_change_index
from analysis.item_functioning import FEWEST_IN_GROUP, differential_item_functioning
from analysis.meaningful import (
    AnchorBased,
    MeaningfulChange,
    anchor_based,
    error_from_reliability,
    has_room,
    regression_to_mean,
    share_by_error,
)
from analysis.multiplicity import holm
from analysis.outcomes import wilson
from analysis.paired_tests import sign_flip_test, signed_rank_test
from analysis.quality import CEILING, FLOOR, Quality, Share, quality, straight_lining
from analysis.regression import ols
from analysis.scores import Floats, Measure
from analysis.standardised import Standardiser, clustered_change, standardised_change
from analysis.statistic import Sheet, Statistic
from analysis.trajectory import trajectory
from survey.marking import _
from survey.model import Text
from survey.scoring import DimensionKey

SEED = 20250101
"""Drawn sign patterns are the same every time, so that equal answers give an equal report."""
MONTH = 30.0
"""Days that a figure per day is given for: a day's change is too small to read."""

QUALITY = _("How well it measures")
SIZE = _("How large the change is, in other terms")
MEANING = _("What the change means")
COURSE = _("The course over the waves")
TIMING = _("When people answered")

OF_STARTS = _("From everyone's first answers at the start.")
WORDS_OF_SIZE = _(
    "The same mean change by three standards. No figure is called small or large: that hangs on what is measured. "
    "Their intervals take people as independent; where groups differ they are too narrow, by the root of the design "
    "effect."
)
WORDS_OF_MEANING = _(
    "Measurement is not exact. So many would be called better or worse if nobody had changed; and who starts low has "
    "more room to rise, by chance alone."
)
WORDS_OF_COURSE = _(
    "All waves in one model, with everybody who answered at two of them. It holds if who is missing could be told from "
    "their earlier answers."
)
WORDS_OF_TIMING = _("Whether the change goes with how long after the start, or after the end, people answered.")

BY: Mapping[Standardiser, tuple[str, str]] = {
    "baseline": ("by_baseline_sd", _("By how people differed at the start (baseline SD), Hedges' correction")),
    "change": ("by_change_sd", _("By how changes differ (d_z, standardised response mean), Hedges' correction")),
    "average": ("by_average_sd", _("By the average of both standard deviations (d_av), Hedges' correction")),
}
NO_ANCHOR = _("Nobody was asked to rate their change as a whole, so meaningful change cannot be told from people.")
NO_LANGUAGES = _("Not tested: fewer than two languages have 200 people who answered.")
NO_TIMES = _("The days of answering do not vary enough to say what goes with them.")


@dataclass(frozen=True, kw_only=True)
class Material:
    """What the sheets of a measure are made from.

    `pairs` is indexed by participation: `start`, `end`, `cluster`, `anchor` (NaN where unrated), `days_start` and
    `days_end` (days from the own start to the first answer and from the own end to the last). `scores` has a row for
    each participation and wave: `participation, wave, score, group`. `parts` (cases × items) and `raw` (as given; None
    where items differ in their scales) are everyone's first start answers, with their `language` and scores (`starts`);
    `items` are the texts.
    """

    measure: Measure
    pairs: pd.DataFrame
    scores: pd.DataFrame
    waves: Sequence[str]
    wave_titles: Mapping[str, Text]
    parts: Floats
    raw: Floats | None
    starts: pd.Series[float]
    language: pd.Series[str]
    items: Mapping[str, Text]
    a_little_better: float | None
    basis: ReliableBasis | str


def sheets(material: Material) -> Iterator[Sheet]:
    """Every sheet of one measure; those of change where there are pairs."""
    yield quality_sheet(material)
    if len(material.pairs):
        yield size_sheet(material)
        yield meaning_sheet(material)
        yield timing_sheet(material)
    if len(material.waves) > 2:
        yield course_sheet(material)


def family(sheets: Sequence[Sheet]) -> tuple[Sheet, ...]:
    """The sheets with Holm's adjustment of the tests of change over all dimensions."""
    tests = [row for sheet in sheets for row in sheet.rows if row.name in ("sign_flip", "signed_rank")]
    adjusted: dict[int, float] = {}
    for name in ("sign_flip", "signed_rank"):
        own = [row for row in tests if row.name == name and row.p is not None]
        found = holm([row.p for row in own if row.p is not None])
        adjusted |= {id(row): p for row, p in zip(own, found.p, strict=True)}
    return tuple(
        replace(sheet, rows=tuple(replace(row, adjusted=adjusted.get(id(row), row.adjusted)) for row in sheet.rows))
        for sheet in sheets
    )


# --- quality ---------------------------------------------------------------------------------------------------------


def quality_sheet(material: Material) -> Sheet:
    """Consistency, omega, items, ends of the range, straight lines, and items that work otherwise in a language."""
    definition, key = material.measure.definition, material.measure.key
    found = quality(material.parts, material.starts, range=key.range, measurement=definition.measurement)
    rows = [_alpha(found, len(material.starts)), *_omegas(found, len(material.starts)), *_item_totals(found, material)]
    rows += [*_ends(found), *_straight_lines(material), *_by_language(material)]
    return Sheet(id="quality", title=QUALITY, words=(OF_STARTS,), rows=rows)


def _alpha(found: Quality, n: int) -> Statistic:
    title = _("Cronbach's alpha")
    if isinstance(found.consistency, str):
        return _untold("alpha", title, n, found.consistency)
    alpha, reason = found.consistency.alpha, found.consistency.reason
    return Statistic(
        name="alpha",
        title=title,
        unit="coefficient",
        n=n if alpha is None else alpha.n,
        value=None if alpha is None else alpha.value,
        interval=None if alpha is None else alpha.interval,
        method=found.consistency.method,
        reasons=() if reason is None else (reason,),
    )


def _omegas(found: Quality, n: int) -> list[Statistic]:
    """Both, as programs differ in what they divide by."""
    implied = _("Omega, of the variance that the model implies")
    if isinstance(found.omega, str):
        return [_untold("omega", implied, n, found.omega)]
    omega, method = found.omega, found.omega.method
    observed = _("Omega, of the variance of the scores as they are")
    return [
        Statistic(
            name="omega", title=implied, unit="coefficient", n=omega.n, value=omega.value, interval=omega.interval,
            method=method,
        ),
        Statistic(
            name="omega_of_observed", title=observed, unit="coefficient", n=omega.n, value=omega.of_observed,
            method=method,
        ),
    ]  # fmt: skip


def _item_totals(found: Quality, material: Material) -> list[Statistic]:
    if isinstance(found.items, str):
        return []
    return [
        Statistic(
            name="item_total",
            title=_("Correlation with the other items"),
            unit="coefficient",
            n=item.n,
            value=item.correlation,
            subject=text,
            about=id,
            method=item.method,
            reasons=() if item.reason is None else (item.reason,),
        )
        for (id, text), item in zip(material.items.items(), found.items, strict=True)
    ]


def _ends(found: Quality) -> list[Statistic]:
    titles = _("Share with the lowest possible score"), _("Share with the highest possible score")
    if isinstance(found.extremes, str):
        return [_untold("floor", titles[0], 0, found.extremes)]
    ends, method = found.extremes, found.extremes.method
    return [
        _share(name, title, share, method, tuple(caution for caution in ends.cautions if caution == of))
        for name, title, share, of in (
            ("floor", titles[0], ends.floor, FLOOR),
            ("ceiling", titles[1], ends.ceiling, CEILING),
        )
    ]


def _straight_lines(material: Material) -> list[Statistic]:
    """Where all items have one response scale."""
    if material.raw is None:
        return []
    title = _("Share with the same answer to every item")
    lines = straight_lining(material.raw, reverse=[part.reverse for part in material.measure.key.items])
    if isinstance(lines, str):
        return [_untold("straight_lining", title, len(material.starts), lines)]
    return [_share("straight_lining", title, lines.share, lines.method, ())]


def _untold(name: str, title: str, n: int, reason: str) -> Statistic:
    return Statistic(name=name, title=title, unit="coefficient", n=n, value=None, reasons=(reason,))


def _share(name: str, title: str, share: Share, method: str, reasons: tuple[str, ...]) -> Statistic:
    return Statistic(
        name=name,
        title=title,
        unit="share",
        n=share.n,
        value=share.share,
        interval=share.interval,
        counts=(share.yes, share.n - share.yes),
        needs="count",
        method=method,
        reasons=reasons,
    )


def _share_of(name: str, title: str, yes: int, n: int, method: str = "Wilson (1927)") -> Statistic:
    interval = wilson(yes, n) if n else (0.0, 0.0)
    share = Share(yes=yes, n=n, share=yes / n if n else 0.0, interval=interval)
    return _share(name, title, share, method, ())


def _by_language(material: Material) -> list[Statistic]:
    """A test of each item between the languages that enough people answered in, adjusted over the items."""
    title = _("Works otherwise in another language: gain in R²")
    if material.measure.definition.measurement == "formative" or len(material.items) < 2:
        return []
    complete = np.isfinite(material.parts).all(axis=1)
    sizes = pd.Series(material.language.to_numpy()[complete]).value_counts()
    tested = np.asarray(complete & material.language.isin(sizes.index[sizes >= FEWEST_IN_GROUP]).to_numpy())
    if (sizes >= FEWEST_IN_GROUP).sum() < 2:
        return [_untold("language_dif", title, int(complete.sum()), NO_LANGUAGES)]
    parts = material.parts[tested]
    found = [
        differential_item_functioning(
            pd.Series(parts[:, n]),
            pd.Series(np.delete(parts, n, axis=1).mean(axis=1)),
            pd.Series(material.language.to_numpy()[tested]),
        )
        for n in range(parts.shape[1])
    ]
    known = [one.either.p for one in found if one.either is not None]
    adjusted = iter(holm(known).p)
    return [
        Statistic(
            name="language_dif",
            title=title,
            unit="square",
            n=one.n,
            value=None if one.either is None else one.either.r2_change,
            p=None if one.either is None else one.either.p,
            adjusted=None if one.either is None else next(adjusted),
            counts=tuple(one.sizes.values()),
            subject=text,
            about=id,
            method=one.method,
            reasons=() if one.reason is None else (one.reason,),
        )
        for (id, text), one in zip(material.items.items(), found, strict=True)
    ]


# --- size ------------------------------------------------------------------------------------------------------------


def size_sheet(material: Material) -> Sheet:
    """Standardised change by three standards, how alike groups are, and tests that take no distribution for granted."""
    rows = [*(_standardised(material, by) for by in BY), *_alike(material.pairs), *_tests(material.pairs)]
    return Sheet(id="size", title=SIZE, words=(WORDS_OF_SIZE,), rows=rows)


def _alike(pairs: pd.DataFrame) -> list[Statistic]:
    """How alike the changes of a group are, and what it costs."""
    change = pairs["end"] - pairs["start"]
    alike = clustered_change(change.to_numpy(), pairs["cluster"].to_numpy())
    grouped = Grouped.of(change, pairs["cluster"])
    return [
        Statistic(
            name="clusters",
            title=_("Groups; who came alone is one"),
            unit="count",
            n=alike.n,
            value=alike.clusters,
            method=alike.method,
        ),
        Statistic(
            name="icc",
            title=_("How alike the changes of a group are (intraclass correlation)"),
            unit="coefficient",
            n=alike.n,
            value=alike.icc,
            interval=alike.interval,
            groups=grouped,
            method=alike.method,
            reasons=alike.reasons,
        ),
        Statistic(
            name="design_effect",
            title=_("How many times the variance of the mean grows by it (design effect)"),
            unit="ratio",
            n=alike.n,
            value=alike.design_effect,
            groups=grouped,
            method=alike.method,
        ),
    ]


def _tests(pairs: pd.DataFrame) -> list[Statistic]:
    """Two tests of change that take no distribution for granted; the first by group."""
    change, cluster = (pairs["end"] - pairs["start"]).to_numpy(), pairs["cluster"].to_numpy()
    flips = sign_flip_test(change, cluster, generator=np.random.default_rng(SEED))
    ranks = signed_rank_test(change, zeros="pratt")
    return [
        Statistic(
            name="sign_flip",
            title=_("Mean change, with the sign-flip test by group"),
            unit="points",
            n=flips.n,
            value=flips.estimate,
            p=flips.p,
            method=flips.method,
            reasons=flips.reasons,
        ),
        Statistic(
            name="signed_rank",
            title=_("What rises outweigh falls (rank-biserial), with the signed-rank test; zeros by Pratt"),
            unit="coefficient",
            n=ranks.n,
            value=ranks.rank_biserial,
            p=ranks.p,
            method=ranks.method,
            reasons=ranks.reasons,
        ),
    ]


def _standardised(material: Material, by: Standardiser) -> Statistic:
    found = standardised_change(material.pairs["start"], material.pairs["end"], by=by)
    name, title = BY[by]
    return Statistic(
        name=name,
        title=title,
        unit="sd",
        n=found.n,
        value=found.corrected,
        interval=found.corrected_interval,
        method=f"{found.method}; Hedges' (1981) exact correction",
        reasons=found.reasons,
    )


# --- meaning ---------------------------------------------------------------------------------------------------------


def meaning_sheet(material: Material) -> Sheet:
    """Error of measurement, what error and regression alone would show, those with room, and people's own rating."""
    rows: list[Statistic] = []
    basis = material.basis
    if isinstance(basis, ReliableBasis):
        rows += [*_error(material, basis), *_regression(material, basis), *_with_room(material, basis)]
    else:
        rows.append(_untold("sem", _("Standard error of a person's score"), len(material.pairs), basis))
    rows += [*_declared(material), *_anchored(material)]
    return Sheet(id="meaning", title=MEANING, words=(WORDS_OF_MEANING,), rows=rows)


def step(key: DimensionKey) -> float | None:
    """The smallest step of a score whose items are all answered, in points; None where items differ in their steps or
    have scores of their own."""
    widths = {part.high - part.low for part in key.items}
    if len(widths) != 1 or any(part.scores for part in key.items):
        return None
    return (key.range[1] - key.range[0]) / (len(key.items) * widths.pop())


def _error(material: Material, basis: ReliableBasis) -> Iterator[Statistic]:
    n, error = len(material.pairs), error_from_reliability(basis)
    points: Sequence[tuple[str, str, float | None]] = (
        ("sem", _("Standard error of a person's score"), error.sem),
        ("sdc", _("Smallest change that can be told from error in one person"), error.sdc),
    )
    for name, title, value in points:
        yield Statistic(name=name, title=title, unit="points", n=n, value=value, method=error.method)
    alone = share_by_error(basis, step=step(material.measure.key))
    yield Statistic(
        name="share_by_error",
        title=_("Share called better by error alone if nobody changed; as many called worse"),
        unit="share",
        n=n,
        value=alone.share,
        method=alone.method,
        reasons=alone.reasons,
    )


def _regression(material: Material, basis: ReliableBasis) -> Iterator[Statistic]:
    pairs = material.pairs
    if not 0 < basis.reliability < 1:
        return
    found = regression_to_mean(
        pairs["start"], pairs["end"], pairs["cluster"],
        mean=float(material.starts.mean()), basis=basis, higher_is=material.measure.definition.higher_is,
    )  # fmt: skip
    yield Statistic(
        name="regression_expected",
        title=_("Mean change to be expected from regression to the mean alone"),
        unit="points",
        n=found.n,
        value=found.expected,
        method=found.method,
    )
    yield Statistic(
        name="regression_adjusted",
        title=_("Mean change beyond it"),
        unit="points",
        n=found.n,
        value=found.adjusted,
        interval=found.interval,
        groups=Grouped.of(pairs["end"] - pairs["start"], pairs["cluster"]),
        method=found.method,
        reasons=found.reasons,
    )
    yield _share_of("regression_better", _("Share better beyond it"), found.reliable.better, found.n, found.method)


def _with_room(material: Material, basis: ReliableBasis) -> Iterator[Statistic]:
    """Whoever starts near the best score cannot become reliably better, whatever happens."""
    definition, pairs = material.measure.definition, material.pairs
    best = material.measure.key.range[1 if definition.higher_is == "better" else 0]
    room = has_room(pairs["start"], threshold=basis.threshold, best=best, higher_is=definition.higher_is)
    change = (pairs["end"] - pairs["start"])[room]
    yield _share_of("room", _("Share with room to become reliably better"), int(room.sum()), len(pairs), "")
    index = reliable_change_index(change if definition.higher_is == "better" else -change, basis)
    yield _share_of(
        "room_better", _("Share reliably better, of those with room"), int((index > 1.96).sum()), int(room.sum())
    )


def _declared(material: Material) -> Iterator[Statistic]:
    definition, pairs = material.measure.definition, material.pairs
    if definition.meaningful_change is not None:
        gain = (pairs["end"] - pairs["start"]) * (1 if definition.higher_is == "better" else -1)
        reached = int((gain >= definition.meaningful_change - 1e-9).sum())
        yield _share_of(
            "meaningful",
            _("Share whose gain reaches the change that the instrument holds meaningful"),
            reached,
            len(pairs),
        )


def _anchored(material: Material) -> Iterator[Statistic]:
    title, pairs = _("Correlation of people's own rating of change with the change"), material.pairs
    if material.a_little_better is None or not pairs["anchor"].notna().any():
        yield _untold("anchor_correlation", title, len(pairs), NO_ANCHOR)
        return
    found = anchor_based(
        pairs["start"], pairs["end"], pairs["anchor"], pairs["cluster"],
        a_little_better=material.a_little_better, higher_is=material.measure.definition.higher_is,
    )  # fmt: skip
    yield Statistic(
        name="anchor_correlation", title=title, unit="coefficient", n=found.n, value=found.with_change,
        method="Spearman", reasons=found.reasons,
    )  # fmt: skip
    yield from _thresholds(found, Grouped.of(pairs["end"] - pairs["start"], pairs["cluster"]))


def _thresholds(found: AnchorBased, groups: Grouped) -> Iterator[Statistic]:
    ways: Sequence[tuple[str, str, MeaningfulChange | None]] = (
        ("meaningful_little", _("Mean gain of those who rate themselves a little better"), found.mean_a_little_better),
        ("meaningful_predictive", _("Gain that tells those who rate themselves better, by a model"), found.predictive),
        ("meaningful_roc", _("Gain that best parts them from the others"), found.roc),
    )
    for name, title, way in ways:
        if way is not None:
            yield Statistic(
                name=name, title=title, unit="points", n=way.n, value=way.estimate, interval=way.interval,
                groups=groups, method=way.method, reasons=way.reasons,
            )  # fmt: skip


# --- time ------------------------------------------------------------------------------------------------------------


def timing_sheet(material: Material) -> Sheet:
    """The change by when people answered: in a regression with a column for each sort of days, from their averages."""
    pairs = material.pairs
    days = pairs[["days_start", "days_end"]]
    known = days.notna().all(axis=1)
    varied = [name for name in days.columns if days[known][name].nunique() > 1] if known.sum() > 3 else []
    titles = {
        "days_start": _("Change for each month later that the first answer came after the own start"),
        "days_end": _("Change for each month later that the last answer came after the own end"),
    }
    if not varied or abs(np.linalg.det(np.atleast_2d(days[known][varied].corr()))) < 1e-8:
        rows = [_untold(name, title, len(pairs), NO_TIMES) for name, title in titles.items()]
        return Sheet(id="timing", title=TIMING, words=(WORDS_OF_TIMING,), rows=rows)
    centred = days[known][varied] - days[known][varied].mean()
    design = np.column_stack([np.ones(len(centred)), centred.to_numpy(dtype="float64") / MONTH])
    change = (pairs["end"] - pairs["start"])[known]
    labels = pairs["cluster"][known].where(pairs["cluster"][known] != "", "alone " + pairs.index[known].astype(str))
    found = ols(change.to_numpy(), design, ["mean", *varied], variance="CR2", cluster=labels.to_numpy())
    groups = Grouped.of(change, pairs["cluster"][known])
    rows = [
        Statistic(
            name=name, title=titles[name], unit="points", n=found.n, value=found.coefficients[name].estimate,
            interval=found.coefficients[name].interval, groups=groups, method=found.method,
            reasons=() if (reason := found.coefficients[name].reason) is None else (reason,),
        )
        for name in varied
    ]  # fmt: skip
    return Sheet(id="timing", title=TIMING, words=(WORDS_OF_TIMING,), rows=rows)


def course_sheet(material: Material) -> Sheet:
    """Mean and change of every wave in a mixed model."""
    found = trajectory(material.scores, material.waves)
    sorts: Sequence[tuple[Literal["means", "changes"], str]] = (
        ("means", _("Mean at the wave")),
        ("changes", _("Change from the first wave")),
    )
    rows = [
        Statistic(
            name=f"course_{sort}", title=title, unit="points", n=one.n, value=one.estimate, interval=one.interval,
            subject=material.wave_titles[wave], about=wave, method=found.method, reasons=found.reasons,
        )
        for sort, title in sorts
        for wave, one in getattr(found, sort).items()
    ]  # fmt: skip
    if not rows:
        rows = [_untold("course_means", _("Mean at the wave"), found.n, reason) for reason in found.reasons]
    return Sheet(id="course", title=COURSE, words=(WORDS_OF_COURSE,), rows=rows)
