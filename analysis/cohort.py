"""A simulated cohort with a known true change: for tests of the estimators and for demonstrations.

A person's standing on a dimension is a latent value: that of the person (SD 1), plus the group's; by the end it has
moved by the true change, the group's own deviation and the person's. Each item shows the standing with error, cut by
thresholds into options. The truth is the expected change on the reported scale, which `expected_change` gives exactly.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from survey.logic import shown
from survey.model import Dimension, Instrument, Item, Library, Option
from survey.records import Answer

Floats = NDArray[np.float64]

COMMON = ""
"""The part of a person's change that all dimensions share, and attrition may hang on."""

SENTENCES = (
    "Ryhmässä oli hyvä tunnelma.",
    "Sain apua hakemusten tekemiseen.",
    "Aikaa olisi saanut olla enemmän.",
    "Ohjaaja kuunteli ja neuvoi selkeästi.",
    "Harjoitukset olivat hyödyllisiä.",
    "Aloitusajoista olisi voinut kertoa aiemmin.",
)


@dataclass(frozen=True, kw_only=True)
class Design:
    """What is true of a cohort. Latent figures are in standard deviations between persons at the start.

    `change` names the true latent change of single dimensions (in the direction of the reported score), `usual_change`
    that of all others (towards better). `reliability` is that of a dimension's mean before it is cut into options.
    `attrition` gives the probability of not answering a wave. Where `attrition_by_change` is not 0, it is the rise of
    its log-odds for each unit that a person's own change falls short of the mean.
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

    def answers(self, person: int, instrument: Instrument, wave: str) -> dict[str, Answer] | None:
        """What the person at an index of `planned` answers, by item id, or None who does not answer this wave.

        Options with a reason to be absent are among the answers, as a form would send them; items not shown, and
        those skipped, are left out.
        """
        if self._random(person, "attrition", wave).random() < self._attrition(person, wave):
            return None
        given: dict[str, Answer] = {}
        for item in instrument.items(wave):
            rng = self._random(person, instrument.instrument, wave, item.id)
            if item.show_if is not None and item.id not in shown(instrument, wave, given):
                continue
            if item.required == "no" and rng.random() < self.design.skipping:
                continue
            answer = self._answer(person, instrument, item, wave, rng)
            if answer is not None:
                given[item.id] = answer
        return given

    def _random(self, *parts: int | str) -> np.random.Generator:
        return np.random.default_rng([self.seed, *(p if isinstance(p, int) else zlib.crc32(p.encode()) for p in parts)])

    def _deviation(self, person: int, part: str) -> float:
        """One part of how far a person's change, and its group's, lie from the true mean."""
        plan = self.planned[person]
        own = self._random(person, "change", part).normal(0, self.design.person_change_sd)
        if plan.group is not None:
            own += self._random("change", plan.service, plan.group, part).normal(0, self.design.group_change_sd)
        return float(own)

    def _attrition(self, person: int, wave: str) -> float:
        common = self._deviation(person, COMMON) * self._elapsed(wave)
        return float(_attrition(self.design, wave, np.array(common)))

    def _elapsed(self, wave: str) -> float:
        """The part of the change that has come about by a wave."""
        declared = self.library.site.waves[wave]
        return 1.0 if declared.anchor == "end" else 0.0 if declared.at == "start" else 0.5

    def _standing(self, person: int, id: str, dimension: Dimension, wave: str) -> float:
        plan = self.planned[person]
        level = self.design.level + self._random(person, "level", id).normal()
        if plan.group is not None:
            level += self._random("level", plan.service, plan.group, id).normal(0, self.design.group_level_sd)
        own = (self._deviation(person, COMMON) + self._deviation(person, id)) / math.sqrt(2)
        change = self.design.true_change(id, dimension.higher_is) + own
        return float(level + self._elapsed(wave) * change)

    def _answer(
        self, person: int, instrument: Instrument, item: Item, wave: str, rng: np.random.Generator
    ) -> Answer | None:
        options = instrument.options(item)
        real = [option for option in options if option.missing is None]
        if item.outcome is not None:
            return self._outcome(real, item.outcome, wave, rng)
        if item.type == "likert":
            if len(real) < len(options) and rng.random() < self.design.skipping:
                return next(option.value for option in options if option.missing is not None)
            return self._likert(person, instrument, item, wave, rng)
        if item.type in ("single", "multiple"):
            # Circumstances do not change from wave to wave.
            return _choice(item, real, self._random(person, item.id))
        if item.type == "integer":
            low = item.minimum if isinstance(item.minimum, int) else 0
            high = item.maximum if isinstance(item.maximum, int) else low + 100
            return int(rng.integers(low, high, endpoint=True))
        return str(rng.choice(SENTENCES)) if rng.random() < self.design.texts else None

    def _outcome(self, options: list[Option], outcome: str, wave: str, rng: np.random.Generator) -> Answer:
        reached = rng.random() < self.design.outcomes.get(outcome, 0.3) * self._elapsed(wave)
        fitting = [option for option in options if option.achieved == reached] or options
        return fitting[int(rng.integers(len(fitting)))].value

    def _likert(self, person: int, instrument: Instrument, item: Item, wave: str, rng: np.random.Generator) -> Answer:
        values = sorted(float(o.value) for o in instrument.options(item) if o.missing is None)
        cuts = self.design.thresholds if len(values) == 5 else np.linspace(-1.5, 1.5, len(values) - 1)
        for id, dimension in instrument.dimensions.items():
            if item.id in dimension.items:
                standing = self._standing(person, id, dimension, wave)
                error = self.design.error_sd(len(dimension.items))
                break
        else:
            standing, error = 0.8, 1.0
        step = int(np.searchsorted(np.array(cuts), standing + rng.normal(0, error)))
        return int(values[len(values) - 1 - step if item.reverse else step])


def _choice(item: Item, options: list[Option], rng: np.random.Generator) -> Answer:
    values = [option.value for option in options]
    if item.type == "single":
        return values[int(rng.integers(len(values)))]
    ticked = [value for value in values if rng.random() < 0.35]
    return ticked or [values[int(rng.integers(len(values)))]]
