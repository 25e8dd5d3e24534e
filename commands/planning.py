"""What planners use: how many to invite, and what can be told with those who are there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import click
from click.core import ParameterSource

from commands.failures import Command, WrongCommand

What = Literal["change", "difference", "share"]

BELONGS: dict[str, tuple[What, ...]] = {
    "points": ("change", "difference"),
    "sd": ("change", "difference"),
    "reliability": ("change", "difference"),
    "true_correlation": ("change", "difference"),
    "correlation": ("change", "difference"),
    "share": ("share",),
    "comparison_share": ("share",),
    "comparison_groups": ("difference", "share"),
    "comparison_group_size": ("difference", "share"),
    "ratio": ("difference", "share"),
}
"""Options that some plans alone have a use for."""

_above = click.FloatRange(0.001, 1_000_000)
_part = click.FloatRange(0.01, 1)
_share = click.FloatRange(0.001, 0.999)
_many = click.IntRange(1, 1_000_000)


@click.command(cls=Command)
@click.argument("what", type=click.Choice(["change", "difference", "share"]), metavar="WHAT")
@click.option("--points", type=_above, help="The true change or difference that is to be told from chance.")
@click.option(
    "--half-width",
    type=_above,
    help="How far the interval may reach to each side, in points, of a share in percentage points.",
)
@click.option("--invited", type=_many, help="What is there: people invited (to the intervention).")
@click.option("--pairs", type=_many, help="What is there: people whose answers count (in the intervention).")
@click.option("--groups", type=_many, help="How many groups there are (in the intervention), whatever their size.")
@click.option("--group-size", type=_many, default=12, show_default=True, help="People invited in each; 1: all alone.")
@click.option(
    "--size-variation",
    type=click.FloatRange(0, 3),
    default=0.0,
    show_default=True,
    help="Standard deviation of sizes, by their mean.",
)
@click.option("--comparison-groups", type=_many, help="How many groups the comparison has; else as the intervention.")
@click.option("--comparison-group-size", type=_many, help="People invited in each of those; 1: all alone.")
@click.option(
    "--ratio",
    type=_above,
    default=1.0,
    show_default=True,
    help="People invited to the comparison for each one to the intervention.",
)
@click.option("--sd", type=_above, default=20.0, show_default=True, help="Standard deviation at the start, in points.")
@click.option(
    "--reliability", type=_part, default=0.8, show_default=True, help="Of the score, such as Cronbach's alpha."
)
@click.option(
    "--true-correlation",
    type=click.FloatRange(-1, 1),
    default=0.75,
    show_default=True,
    help="Of start and end, if both were measured without error.",
)
@click.option(
    "--correlation",
    type=click.FloatRange(-0.99, 0.99),
    help="Of start and end as observed, in place of the two before.",
)
@click.option("--share", type=_share, help="The share expected to reach the outcome.")
@click.option("--comparison-share", type=_share, help="The same without the service.")
@click.option(
    "--icc", type=click.FloatRange(0, 1), default=0.05, show_default=True, help="How alike a group's people are."
)
@click.option(
    "--response", type=_part, default=0.8, show_default=True, help="Of those invited, who answers at the start."
)
@click.option(
    "--attrition",
    type=click.FloatRange(0, 0.99),
    default=0.3,
    show_default=True,
    help="Of these, who does not answer at the end.",
)
@click.option("--dimensions", type=_many, default=1, show_default=True, help="Figures tested together, by Holm.")
@click.option(
    "--alpha", type=click.FloatRange(0.0001, 0.2), default=0.05, show_default=True, help="Level, on two sides."
)
@click.option(
    "--power", type=click.FloatRange(0.5, 0.999), default=0.8, show_default=True, help="How often it is told."
)
@click.pass_context
def plan(context: click.Context, /, what: What, **given: Any) -> None:
    """Show how many people to invite, or what can be told with those who are there.

    WHAT is change (of one arm), difference (of two arms' end scores at equal start) or share (who reaches an outcome,
    in one arm or two). With --points or --half-width it says how many are needed; with --invited or --pairs, or both
    --groups and --group-size, what can be told. Shares are numbers from 0 to 1.

    Nothing is read: figures that are not given are assumed, and marked so.
    """
    from commands.planned import need_in_words, those_there_in_words

    asked = _asked(context, what, given)
    click.echo(need_in_words(asked) if asked.people is None else those_there_in_words(asked, asked.people))


# --- what is asked ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The options of a plan; `assumed` are those that nobody gave."""

    what: What
    points: float | None
    half_width: float | None
    invited: int | None
    pairs: int | None
    groups: int | None
    group_size: int
    size_variation: float
    comparison_groups: int | None
    comparison_group_size: int | None
    ratio: float
    sd: float
    reliability: float
    true_correlation: float
    correlation: float | None
    share: float | None
    comparison_share: float | None
    icc: float
    response: float
    attrition: float
    dimensions: int
    alpha: float
    power: float
    assumed: frozenset[str]

    @property
    def two_arms(self) -> bool:
        return self.what == "difference" or self.comparison_share is not None

    @property
    def kept(self) -> float:
        """Of those invited, the share whose answers count; of pairs all do."""
        return 1.0 if self.pairs is not None else self.response * (1 - self.attrition)

    @property
    def people(self) -> int | None:
        """How many are there, or None where that is the question."""
        if self.invited is not None or self.pairs is not None:
            return self.invited or self.pairs
        return self.groups * self.group_size if self.groups is not None and self.gave("group_size") else None

    @property
    def comparison_people(self) -> float | None:
        return None if self.people is None else self.people * self.ratio

    def gave(self, *names: str) -> bool:
        """Whether one of these options was given."""
        return any(name not in self.assumed for name in names)

    @property
    def scale(self) -> float:
        """By which shares are told, as percentage points."""
        return 100.0 if self.what == "share" else 1.0


def _asked(context: click.Context, what: What, given: dict[str, Any]) -> Asked:
    """The options, when they go together. Raises WrongCommand where they do not."""
    assumed = {name for name in given if context.get_parameter_source(name) != ParameterSource.COMMANDLINE}
    for name, value in given.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise WrongCommand(f"{_option(name)} is '{value}', which is no number. Give one.")
        if name not in assumed and what not in BELONGS.get(name, (what,)):
            raise WrongCommand(f"{_option(name)} says nothing about a {what}. Leave it out.")
    asked = Asked(what=what, assumed=frozenset(assumed), **given)
    _refuse_contradictions(asked)
    _refuse_impossible_arms(asked)
    _refuse_open_questions(asked)
    return asked


def _refuse_contradictions(asked: Asked) -> None:
    _refuse_first(
        (asked.invited is not None and asked.pairs is not None, "Give --invited or --pairs, not both."),
        (
            asked.pairs is not None and asked.gave("response", "attrition"),
            "--pairs have answered already. Leave --response and --attrition out, or give --invited.",
        ),
        (
            asked.correlation is not None and asked.gave("reliability", "true_correlation"),
            "--correlation has the reliability in it. Leave --reliability and --true-correlation out.",
        ),
        (
            asked.what != "share" and asked.reliability * abs(asked.true_correlation) == 1,
            "Start and end cannot agree completely. Give a --reliability or a --true-correlation below 1.",
        ),
        (
            asked.points is not None and asked.half_width is not None,
            "Give --points or --half-width, not both: plan for each, and take the larger number.",
        ),
        (
            asked.half_width is not None and asked.people is not None,
            "--half-width asks how many are needed, and you say how many there are. Leave one of the two out.",
        ),
    )


def _refuse_impossible_arms(asked: Asked) -> None:
    _refuse_first(
        (
            not asked.two_arms and asked.gave("ratio", "comparison_groups", "comparison_group_size"),
            "There is one arm only. Give --comparison-share, or leave out what is about a comparison.",
        ),
        (
            asked.comparison_groups is not None and asked.comparison_group_size is not None,
            "Give --comparison-groups or --comparison-group-size, not both: --ratio says how many people come.",
        ),
        *(
            (people < groups, f"{people:g} people cannot be in {groups} groups. Give fewer groups.")
            for people, groups in ((asked.people, asked.groups), (asked.comparison_people, asked.comparison_groups))
            if people is not None and groups is not None
        ),
    )


def _refuse_open_questions(asked: Asked) -> None:
    nothing = asked.points is None and asked.half_width is None and asked.people is None
    _refuse_first(
        (asked.what == "share" and asked.share is None, "Give the share that you expect with --share, like 0.4."),
        (
            asked.share is not None and asked.share == asked.comparison_share,
            "--share and --comparison-share are the same, so there is nothing to tell from chance. Change one of them.",
        ),
        (
            asked.what == "share" and not asked.two_arms and nothing,
            "Give --half-width, --invited or --comparison-share, so that there is something to plan.",
        ),
        (
            asked.what != "share" and nothing,
            "Give --points or --half-width to learn how many are needed, or --invited to learn what can be told.",
        ),
    )


def _refuse_first(*mistakes: tuple[bool, str]) -> None:
    """Each is whether it was made, and what is said about it."""
    for made, sentence in mistakes:
        if made:
            raise WrongCommand(sentence)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


COMMANDS = (plan,)
