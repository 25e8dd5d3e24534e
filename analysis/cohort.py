"""A simulated cohort with a known true change: for tests of the estimators and for demonstrations.

A person's standing on a dimension is a latent value: that of the person (SD 1), plus the group's; by the end it has
moved by the true change, the group's own deviation and the person's. Each item shows the standing with error, cut by
thresholds into options. The truth is the expected change on the reported scale, which `expected_change` gives exactly.
What is answered to other questions is in `analysis.replies`.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from analysis import replies
from survey import calculation, logic
from survey.answers import OTHER
from survey.model import ONE_OF, Dimension, Instrument, Item, Library, Option, Respondent
from survey.records import Answer

Floats = NDArray[np.float64]

COMMON = ""
"""The part of a person's change that all dimensions share, and attrition may hang on."""

SELDOM = ("text", "long_text", "email", "phone", "consent")
"""Types that many leave empty."""
TRIES = 20
"""How often an answer is thought over that breaks a rule of the form."""


@dataclass(frozen=True, kw_only=True)
class Design:
    """What is true of a cohort. Latent figures are in standard deviations between persons at the start.

    `change` names the true latent change of single dimensions (in the direction of the reported score), `usual_change`
    that of all others (towards better). `reliability` is that of a dimension's mean before it is cut into options.
    `attrition` gives the probability of not answering a wave. Where `attrition_by_change` is not 0, it is the rise of
    its log-odds for each unit that a person's own change falls short of the mean. `answering` is how often somebody
    else is asked about a participation and answers.
    """

    groups: tuple[int, ...] = (8, 9, 10, 11, 12, 13, 14, 15)
    usual_change: float = 0.35
    change: Mapping[str, float] = field(default_factory=dict)
    level: float = 0.0
    group_level_sd: float = 0.3
    group_change_sd: float = 0.25
    person_change_sd: float = 0.6
    reliability: float = 0.84
    items: int = 4
    thresholds: tuple[float, float, float, float] = (-1.5, -0.5, 0.5, 1.5)
    attrition: Mapping[str, float] = field(default_factory=lambda: {"start": 0.08, "end": 0.25})
    usual_attrition: float = 0.45
    attrition_by_change: float = 0.0
    skipping: float = 0.03
    outcomes: Mapping[str, float] = field(default_factory=lambda: {"employment": 0.35, "education": 0.2})
    texts: float = 0.3
    answering: Mapping[Respondent, float] = field(default_factory=lambda: {"coach": 0.7, "employer": 0.15})

    def error_sd(self, items: int) -> float:
        """The SD of one item's error that gives the mean of so many items the reliability."""
        return math.sqrt(items * (1 + self.group_level_sd**2) * (1 - self.reliability) / self.reliability)

    def true_change(self, dimension: str, higher_is: Literal["better", "worse"] = "better") -> float:
        """The mean latent change of a dimension."""
        return self.change.get(dimension, self.usual_change if higher_is == "better" else -self.usual_change)


def expected_change(design: Design, dimension: str, higher_is: Literal["better", "worse"] = "better") -> float:
    """The expected change on the reported 0-100 scale of five-option items, exactly.

    An answer lies above a threshold t with probability Phi((m - t) / s); a fourth of the sum over the thresholds is
    the expected score. The mean of several items expects the same, as do the answered ones of some.
    """
    start_sd = math.sqrt(1 + design.group_level_sd**2 + design.error_sd(design.items) ** 2)
    end_sd = math.sqrt(start_sd**2 + design.group_change_sd**2 + design.person_change_sd**2)
    cuts = np.array(design.thresholds)
    before = stats.norm.cdf((design.level - cuts) / start_sd).mean()
    after = stats.norm.cdf((design.level + design.true_change(dimension, higher_is) - cuts) / end_sd).mean()
    return float(100 * (after - before))


# --- arrays, for tests of coverage -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Scores:
    """The reported scores (0-100) of those who answered at the start and at the end, and the group of each."""

    start: Floats
    end: Floats
    group: NDArray[np.int64]


def simulate(design: Design, dimension: str, seed: int) -> Scores:
    """One cohort's scores on a dimension."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(design.groups)), design.groups)
    people = len(group)
    before = design.level + rng.normal(0, 1, people)
    before += rng.normal(0, design.group_level_sd, len(design.groups))[group]
    own = rng.normal(0, design.group_change_sd, len(design.groups))[group]
    own += rng.normal(0, design.person_change_sd, people)
    after = before + design.true_change(dimension) + own
    answers = rng.random(people) >= design.attrition["start"]
    answers &= rng.random(people) >= _attrition(design, "end", own)
    start, end = (_reported(design, standing, rng) for standing in (before, after))
    return Scores(start=start[answers], end=end[answers], group=group[answers])


def _attrition(design: Design, wave: str, own_change: Floats) -> Floats:
    usual = design.attrition.get(wave, design.usual_attrition)
    return np.asarray(special.expit(special.logit(usual) - design.attrition_by_change * own_change))


def _reported(design: Design, standing: Floats, rng: np.random.Generator) -> Floats:
    error = rng.normal(0, design.error_sd(design.items), (len(standing), design.items))
    steps = np.searchsorted(np.array(design.thresholds), standing[:, None] + error)
    return np.asarray(100 * steps.mean(axis=1) / len(design.thresholds))


# --- answers, for demonstrations -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A participation to simulate; dates are ISO text."""

    service: str
    group: str | None
    start: str
    end: str


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Persons who answer any questionnaire of a library as a design has it. The same seed gives the same answers,
    in whatever order they are asked for."""

    library: Library
    planned: Sequence[Planned]
    design: Design = Design()
    seed: int = 0
    _levels: dict[tuple[int, str], tuple[float, float]] = field(default_factory=dict, repr=False, compare=False)
    """Each person's level and change on each dimension, once worked out: every item of it asks."""

    def answers(
        self, person: int, instrument: Instrument, wave: str, day: date | None = None
    ) -> dict[str, Answer] | None:
        """What is answered about the person at an index of `planned`, by item id, or None where nobody answers.

        Clients answer themselves; a coach or an employer about them. Options with a reason to be absent are among the
        answers, and hidden values, as a form would send them; items not shown, and those skipped, are left out. Words
        that go with an option stand as `<item>.other_text`. `day` is that of answering; else that of the wave's anchor.
        """
        if self._is_silent(person, instrument.respondent, wave):
            return None
        return _Sitting(self, person, instrument, wave, day or self._anchor(person, wave)).answers()

    def _is_silent(self, person: int, respondent: Respondent, wave: str) -> bool:
        if respondent == "client":
            return bool(self.random(person, "attrition", wave).random() < self._attrition(person, wave))
        return bool(self.random(person, respondent, wave).random() >= self.design.answering.get(respondent, 0.5))

    def _anchor(self, person: int, wave: str) -> date:
        plan = self.planned[person]
        return date.fromisoformat(plan.start if self.library.site.waves[wave].anchor == "start" else plan.end)

    def random(self, *parts: int | str) -> np.random.Generator:
        """Randomness that hangs on these parts and the seed alone."""
        return np.random.default_rng([self.seed, *(p if isinstance(p, int) else zlib.crc32(p.encode()) for p in parts)])

    def _deviation(self, person: int, part: str) -> float:
        """One part of how far a person's change, and its group's, lie from the true mean."""
        plan = self.planned[person]
        own = self.random(person, "change", part).normal(0, self.design.person_change_sd)
        if plan.group is not None:
            own += self.random("change", plan.service, plan.group, part).normal(0, self.design.group_change_sd)
        return float(own)

    def _attrition(self, person: int, wave: str) -> float:
        common = self._deviation(person, COMMON) * self.elapsed(wave)
        return float(_attrition(self.design, wave, np.array(common)))

    def elapsed(self, wave: str) -> float:
        """The part of the change that has come about by a wave."""
        declared = self.library.site.waves[wave]
        return 1.0 if declared.anchor == "end" else 0.0 if declared.at == "start" else 0.5

    def standing(self, person: int, id: str, dimension: Dimension, elapsed: float) -> float:
        """Where a person stands on a dimension when this part of the change has come about."""
        key = (person, id)
        if key not in self._levels:
            plan = self.planned[person]
            level = self.design.level + self.random(person, "level", id).normal()
            if plan.group is not None:
                level += self.random("level", plan.service, plan.group, id).normal(0, self.design.group_level_sd)
            own = (self._deviation(person, COMMON) + self._deviation(person, id)) / math.sqrt(2)
            self._levels[key] = (float(level), self.design.true_change(id, dimension.higher_is) + own)
        level, change = self._levels[key]
        return level + elapsed * change


@dataclass(frozen=True)
class _Sitting:
    """One person at one questionnaire, on a day."""

    cohort: Cohort
    person: int
    instrument: Instrument
    wave: str
    day: date

    def answers(self) -> dict[str, Answer]:
        """What the form is filled in with."""
        given: dict[str, Answer] = {}
        # What conditions see: an option with a reason to be absent is no answer, and what is calculated is one.
        known: dict[str, object] = {}
        for item in self.instrument.items(self.wave):
            if item.show_if is not None and not logic.holds(logic.effective(self.instrument, item), known):
                continue
            if item.calculate is not None:
                known[item.id] = calculation.value(calculation.parse(item.calculate), known)
                continue
            rng = self.cohort.random(self.person, self.instrument.instrument, self.wave, item.id)
            answer = self._reply(item, known, rng)
            if answer is None:
                continue
            given[item.id] = answer
            chosen = self._chosen(item, answer)
            if not any(option.missing for option in chosen):
                known[item.id] = answer
            if any(option.other for option in chosen) and rng.random() < self.cohort.design.texts:
                given[f"{item.id}.{OTHER}"] = str(rng.choice(replies.SENTENCES))
        return given

    def _chosen(self, item: Item, answer: Answer) -> list[Option]:
        values = answer if isinstance(answer, list) else [answer]
        return [option for option in self.instrument.options(item) if option.value in values]

    def _reply(self, item: Item, known: Mapping[str, object], rng: np.random.Generator) -> Answer | None:
        """An answer that keeps the rules of its item, or None where the question is skipped."""
        if item.required != "hard" and item.type != "hidden" and rng.random() < self.cohort.design.skipping:
            return None
        for _ in range(TRIES):
            answer = self._answer(item, rng)
            if answer is None or _keeps_rules(item, answer, known):
                return answer
        # At last what it is compared with: equal ends keep most rules.
        named = {id for c in item.constraints for id in logic.named(logic.parse(c.rule, rule=True))} - {item.id}
        others = (value for id in sorted(named) if isinstance(value := known.get(id), int | float | str))
        return next((value for value in others if _keeps_rules(item, value, known)), None)

    def _answer(self, item: Item, rng: np.random.Generator) -> Answer | None:
        design, options = self.cohort.design, self.instrument.options(item)
        real = replies.answers(self.instrument, item)
        if item.outcome is not None:
            return self._outcome(real, item.outcome, rng)
        if item.type in ONE_OF and len(real) < len(options) and rng.random() < design.skipping:
            return next(option.value for option in options if option.missing is not None)
        if item.type in ("likert", "scale") or (item.type in ONE_OF and self._is_scored(item)):
            return replies.step(self.instrument, item, design.thresholds, self._latent(item, rng))
        # Circumstances do not change from wave to wave.
        lasting = self.cohort.random(self.person, item.id)
        if item.type in ONE_OF:
            return replies.one_of([option.value for option in real], lasting)
        if item.type == "multiple":
            return replies.ticked(item, real, lasting)
        if item.type == "rank":
            return replies.ranked(item, real, lasting)
        if item.type in ("integer", "decimal"):
            latent = self._latent(item, rng) if self._is_scored(item) else rng.normal()
            return replies.number(item, replies.share_of(latent, item.reverse))
        often = item.required == "hard" or item.type not in SELDOM
        return replies.typed(item, self.day, rng) if often or rng.random() < design.texts else None

    def _is_scored(self, item: Item) -> bool:
        return any(item.id in dimension.items for dimension in self.instrument.dimensions.values())

    def _outcome(self, options: Sequence[Option], outcome: str, rng: np.random.Generator) -> Answer:
        reached = rng.random() < self.cohort.design.outcomes.get(outcome, 0.3) * self.cohort.elapsed(self.wave)
        fitting = [option for option in options if option.achieved == reached] or options
        return fitting[int(rng.integers(len(fitting)))].value

    def _latent(self, item: Item, rng: np.random.Generator) -> float:
        """What an answer shows, with its error: the standing on the item's dimension, or a mild contentment. Memories
        are of the time before anything had changed."""
        elapsed = 0.0 if item.then else self.cohort.elapsed(self.wave)
        for id, dimension in self.instrument.dimensions.items():
            if item.id in dimension.items:
                error = self.cohort.design.error_sd(len(dimension.items))
                return self.cohort.standing(self.person, id, dimension, elapsed) + float(rng.normal(0, error))
        return 0.8 + float(rng.normal(0, 1.0))


def _keeps_rules(item: Item, answer: Answer, known: Mapping[str, object]) -> bool:
    """Whether an answer keeps the rules of its item whose questions are all answered."""
    shown = {**known, item.id: answer}
    for constraint in item.constraints:
        rule = logic.parse(constraint.rule, rule=True)
        answered = all(shown.get(id) is not None for id in logic.named(rule))
        if answered and not logic.holds(rule, shown):
            return False
    return True
