"""What a tariff would have paid for a contract, and what to ask a provider, as sheets. Nothing is paid by them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.gaming import NO_RANKING as NO_RANKING_OF_FLAGS
from analysis.gaming import QUESTION as QUESTION_OF_FLAGS
from analysis.gaming import SENTENCES, Flag, answers_of, flags
from analysis.scores import Measure
from analysis.statistic import Sheet, Statistic
from analysis.tariff import Payment, ResultPayment, participations_of, shadow
from analysis.unit_sheets import NOT_TOLD
from survey.marking import _
from survey.model import Text

if TYPE_CHECKING:
    # It brings YAML, which a report without a tariff does without.
    from survey.tariff import Tariff


SEED = 20270101
"""Drawn permutations are the same every time."""
PAID = _("What the tariff would have paid")
ASKED = _("Questions to ask")
TITLES: Mapping[str, str] = {
    "missing_end": _("Share of end answers that are missing"),
    "late_end": _("Share of end answers after the window"),
    "coach_at_end": _("Share with the coach's help at the end, and not at the start"),
    "shared_device": _("Share of start answers on a shared device"),
    "same_hour": _("Share of groups that answered in the same hour"),
    "straight_lining": _("Share with the same answer to every question at the end"),
    "easy_clients": _("Mean score at the start"),
}
WORDS_OF_PAID = _(
    "Fixed fees and results by the tariff, after its caps, of participations in its window. The interval says how far "
    "chance alone could move it. What such clients would have earned with an average provider stands beside it; where "
    "the two are alike, the payment follows from who was served."
)
EXPECTED = _("What an average provider would have earned with these clients, before the caps")
BY_ERROR = _("What error of measurement alone would have earned, had nobody changed")


def tariff_sheets(dataset: Dataset, tariff: Tariff, *, is_told: Callable[[str], bool]) -> Mapping[str, Sheet]:
    """A sheet for each contract (or service) that the tariff names; withheld unless what it is made of `is_told`."""
    rows, points = participations_of(dataset, tariff)
    background = _background(rows, tariff)
    found = shadow(rows, tariff, points=points, covariates=background)
    unit = rows["contract"] if tariff.contracts else rows["service"]
    sizes = unit.value_counts()
    return {
        one.contract: Sheet(
            id="paid",
            title=PAID,
            words=(*found.words, WORDS_OF_PAID),
            rows=tuple(_payment(one, rest=int(sizes.get(one.contract, 0)) - one.n, told=is_told(one.contract))),
        )
        for one in found.contracts
    }


def _background(rows: pd.DataFrame, tariff: Tariff) -> pd.DataFrame | None:
    """Start scores that the tariff looks at are all that is known of clients here."""
    names = [f"{result.change}.start" for result in tariff.results if result.change is not None]
    return rows[names] if names else None


def _payment(one: Payment, *, rest: int, told: bool) -> Iterator[Statistic]:
    """`rest`: who is in the contract and not in the window, so that what they earned would follow from the whole."""
    counts = tuple(n for result in one.results for n in _counts(result)) if told else NOT_TOLD
    figures = (
        ("paid", _("Payment"), one.payment, one.interval),
        ("fixed", _("of it fixed fees"), one.fixed, None),
        ("for_results", _("of it for results"), one.for_results, None),
        ("before_caps", _("Payment before the caps"), one.before_caps, None),
        ("expected", EXPECTED, one.expected, None),
        ("missing_low", _("Payment if all missing results were the worst that they can be"), one.missing.low, None),
        ("missing_high", _("Payment if all missing results were the best that they can be"), one.missing.high, None),
    )
    for name, title, value, interval in figures:
        yield Statistic(
            name=name, title=title, unit="euros", value=value, interval=interval, method=one.method,
            reasons=one.reasons if name == "paid" else (), n=one.n, rest=rest, counts=counts,
        )  # fmt: skip
    for result in one.results:
        yield from _result(result, rest=rest, counts=counts)


def _counts(result: ResultPayment) -> tuple[int, ...]:
    """Those who reached an outcome and those who did not: a payment tells both."""
    return () if result.reached is None else (result.reached, result.known - result.reached)


def _result(result: ResultPayment, *, rest: int, counts: tuple[int, ...]) -> Iterator[Statistic]:
    wrong = result.wrong_answers
    figures = (
        ("result_paid", _("Paid for this result, before the caps"), result.paid),
        ("result_expected", _("The same for such clients with an average provider"), result.expected),
        ("result_shrunken", _("The same once chance is taken out of the contract's own change"), result.shrunken),
        ("result_by_error", BY_ERROR, result.by_error),
        ("result_overpaid", _("Paid for answers that say what is not so"), None if wrong is None else wrong.overpaid),
        ("result_unpaid", _("Not paid as answers do not say what is so"), None if wrong is None else wrong.unpaid),
    )
    for name, title, value in figures:
        if value is not None or (name == "result_paid" and result.reasons):
            yield Statistic(
                name=name, title=title, unit="euros", n=result.known, value=value, rest=rest, counts=counts,
                about=result.key, subject={"en": result.key}, method=result.method,
                reasons=result.reasons if name == "result_paid" else (),
            )  # fmt: skip


# --- questions to ask ------------------------------------------------------------------------------------------------


def question_sheet(dataset: Dataset, measure: Measure | None, names: Mapping[str, Text]) -> Sheet:
    """What stands out at a provider, each as a question: only those that are raised, and how many were looked at."""
    found = flags(answers_of(dataset, measure=measure), by="provider", generator=np.random.default_rng(SEED))
    rows = [_flag(flag, names) for flag in sorted(found.raised, key=lambda one: (str(names.get(one.unit)), one.kind))]
    looked = Statistic(
        name="questions_looked_at", title=_("Comparisons looked at"), unit="count", n=len(dataset.participations),
        value=float(found.tests), method=found.method,
    )  # fmt: skip
    return Sheet(id="questions", title=ASKED, words=(QUESTION_OF_FLAGS, NO_RANKING_OF_FLAGS), rows=(looked, *rows))


def _flag(flag: Flag, names: Mapping[str, Text]) -> Statistic:
    share = flag.kind not in ("easy_clients",)
    yes = round((flag.figure or 0.0) * flag.n)
    return Statistic(
        name=f"question_{flag.kind}", title=TITLES[flag.kind], unit="share" if share else "points", n=flag.n,
        value=flag.figure, p=flag.p, adjusted=flag.adjusted, counts=(yes, flag.n - yes) if share else (),
        needs="count" if share else "mean", subject=names.get(flag.unit), about=flag.unit,
        method=flag.method, reasons=(SENTENCES[flag.kind], *flag.reasons),
    )  # fmt: skip
