"""What `mittari plan` answers, in words and tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from analysis.planning import (
    Aim,
    Arm,
    Need,
    Outlook,
    Side,
    Sides,
    adjusted_sd,
    change_sd,
    needed,
    observed_correlation,
    outlook,
    share_sd,
)
from commands.terminal import table

if TYPE_CHECKING:
    from commands.planning import Asked

AROUND = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
"""The rows of the table, as parts of what is needed or there."""
PER_GROUP = (5, 10, 20, 40, 80, 160)
"""Its rows where no number of people in a group is enough."""

RELIABILITY = (
    "The lower the reliability, the lower the correlation of start and end: changes then differ more by chance alone, "
    "and more people are needed."
)
OBSERVED = "The correlation is that of scores as observed, so that the reliability is in it already."
ASSUMED = "What is marked as assumed is our guess. Put figures of your own data there, and see what others would give."
NOTHING = "Nothing can be told from chance."


def need_in_words(asked: Asked) -> str:
    """How many are needed, with the table around them."""
    aim, sides = _aim(asked), _sides(asked)
    need = needed(aim, sides)
    if need.steps is None:
        rows = [(outlook(aim, sides.steps(number)), "") for number in PER_GROUP]
    else:
        rows = _around(aim, sides, need.steps, mark="needed")
    arms, reasons = (need.outlook.arms, need.reasons) if need.steps is not None else (None, need.reasons[1:])
    return _page(asked, _of_need(asked, aim, sides, need), rows, arms, reasons)


def those_there_in_words(asked: Asked, people: int) -> str:
    """What so many people tell, with the table around them."""
    aim, sides = _aim(asked), _sides(asked)
    there = outlook(aim, sides.inviting(people))
    rows = _around(aim, sides, people / sides.intervention.step, mark="there")
    return _page(asked, _of_those_there(asked, aim, there), rows, there.arms, there.reasons)


Row = tuple[Outlook, str]
"""A row of the table, and its mark."""


def _page(
    asked: Asked, answer: Iterator[str], rows: Sequence[Row], arms: Sequence[Arm] | None, reasons: Sequence[str]
) -> str:
    """`arms` are those that the answer is about, None where there are none."""
    spread = () if asked.what == "share" else (RELIABILITY if asked.correlation is None else OBSERVED,)
    given = list(_basis(asked, arms))
    assumed = (ASSUMED,) if any(mark == "assumed" for *_row, mark in given) else ()
    return "\n".join(
        [
            *answer,
            "",
            _table(asked, rows),
            "",
            table(("what this goes by", "", "", ""), given),
            "",
            *(f"- {sentence}" for sentence in (*reasons, *spread, *assumed)),
        ]
    )


# --- the plan ---------------------------------------------------------------------------------------


def _aim(asked: Asked) -> Aim:
    size = asked.points
    if asked.share is not None and asked.comparison_share is not None and asked.half_width is None:
        size = abs(asked.share - asked.comparison_share)
    return Aim(
        figure="shares" if asked.what == "share" and asked.two_arms else asked.what,
        sds=_sds(asked),
        size=size,
        half_width=None if asked.half_width is None else asked.half_width / asked.scale,
        power=asked.power,
        alpha=asked.alpha,
        tests=asked.dimensions,
    )


def _correlation(asked: Asked) -> float:
    """That of start and end as observed."""
    if asked.correlation is not None:
        return asked.correlation
    return observed_correlation(asked.true_correlation, asked.reliability)


def _sds(asked: Asked) -> tuple[float, ...]:
    """The standard deviation of what is averaged, for each arm."""
    if asked.what == "change":
        return (change_sd(asked.sd, _correlation(asked)),)
    if asked.what == "difference":
        return (adjusted_sd(asked.sd, _correlation(asked)),) * 2
    return tuple(share_sd(share) for share in (asked.share, asked.comparison_share) if share is not None)


def _sides(asked: Asked) -> Sides:
    first = _side(asked, asked.group_size, asked.groups)
    if not asked.two_arms:
        return Sides(intervention=first)
    size, groups = asked.comparison_group_size or asked.group_size, asked.comparison_groups
    if groups is None and asked.comparison_group_size is None and asked.groups is not None:
        # As large as those of the intervention.
        groups = math.ceil(asked.groups * asked.ratio)
    return Sides(intervention=first, comparison=_side(asked, size, groups), ratio=asked.ratio)


def _side(asked: Asked, size: int, groups: int | None) -> Side:
    alone = groups is None and size == 1
    return Side(
        size=size,
        groups=groups,
        kept=asked.kept,
        variation=0.0 if alone else asked.size_variation,
        icc=0.0 if alone else asked.icc,
    )


# --- the answer -------------------------------------------------------------------------------------


def _of_need(asked: Asked, aim: Aim, sides: Sides, need: Need) -> Iterator[str]:
    if need.steps is not None:
        yield f"Invite {_arms(need.outlook.arms)}. {_answers(asked, need.outlook)}"
        yield _meaning(asked, aim, need.outlook)
        return
    yield need.reasons[0]
    if sides.intervention.groups is not None:
        yield f"With very many people in each of the {sides.intervention.groups} groups:"
        yield _meaning(asked, aim, need.outlook)
    if need.groups is not None:
        yield f"With very many people in each, {need.groups} groups are just enough; with fewer in each it takes more."


def _of_those_there(asked: Asked, aim: Aim, there: Outlook) -> Iterator[str]:
    if asked.pairs is not None:
        yield f"There are {_arms(there.arms)}, who all answer {_when(asked)}."
    else:
        yield f"Invited are {_arms(there.arms)}. {_answers(asked, there)}"
    if there.smallest is not None:
        yield (
            f"The smallest true {_figure(asked)} that is told from chance in {_of_100(aim.power)} cases is "
            f"{_length(asked, there.smallest)} {_unit(asked)}."
        )
    yield _meaning(asked, aim, there)


def _meaning(asked: Asked, aim: Aim, found: Outlook) -> str:
    """What the numbers mean, in a sentence or two."""
    said = []
    if found.power is not None:
        said.append(f"If {_truth(asked)}, this is told from chance in {_of_100(found.power)} cases.")
    if found.half_width is not None:
        reach = f"{_length(asked, found.half_width)} {_unit(asked)}"
        said.append(f"The {_percent(1 - aim.alpha)} interval reaches about {reach} to each side.")
    return " ".join(said) or NOTHING


def _truth(asked: Asked) -> str:
    """What is true where there is something to tell."""
    if asked.share is not None and asked.comparison_share is not None:
        return (
            f"{_percent(asked.share)} reach the outcome with the service and {_percent(asked.comparison_share)} without"
        )
    if asked.what == "difference":
        return f"the arms really differ by {asked.points:g} points at equal start"
    return f"people really change by {asked.points:g} points on average"


def _arms(arms: Sequence[Arm]) -> str:
    if len(arms) == 1:
        return _people(arms[0])
    return f"{_people(arms[0])} to the intervention and {_people(arms[1])} to the comparison"


def _people(arm: Arm) -> str:
    people = f"{arm.invited:.0f} people"
    if not arm.grouped:
        return f"{people} who come alone"
    about = "" if arm.size == round(arm.size) else "about "
    return f"{people} in {arm.groups} group{'s' if arm.groups > 1 else ''} of {about}{arm.size:.3g}"


def _answers(asked: Asked, found: Outlook) -> str:
    """How many answer, in each arm."""
    first = " and ".join(f"{arm.invited * asked.response:.0f}" for arm in found.arms)
    both = " and ".join(f"{n:.0f}" for n in found.n)
    return f"About {first} answer at the start, and {both} {_when(asked)}."


def _when(asked: Asked) -> str:
    return "at the end" if asked.what == "share" else "at both times"


def _figure(asked: Asked) -> str:
    return "difference" if asked.two_arms else asked.what


def _unit(asked: Asked) -> str:
    return "percentage points" if asked.what == "share" else "points"


def _length(asked: Asked, value: float | None) -> str:
    """A size or a width in its unit; empty where there is none."""
    return "" if value is None else f"{asked.scale * value:.1f}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _of_100(power: float) -> str:
    """How many of 100, never all of them or none."""
    return f"{min(max(round(100 * power), 1), 99)} of 100"


# --- the table --------------------------------------------------------------------------------------


def _around(aim: Aim, sides: Sides, steps: float, *, mark: str) -> list[Row]:
    """What fewer and more than so many steps tell."""
    others = {max(round(part * steps), 1) for part in AROUND if part != 1}
    return [
        (outlook(aim, sides.inviting(number * sides.intervention.step)), mark if number == steps else "")
        for number in sorted(others | {steps})
    ]


def _table(asked: Asked, rows: Sequence[Row]) -> str:
    found = [one for one, _mark in rows]
    grouped = any(arm.grouped for one in found for arm in one.arms)
    columns = {
        "groups": _column(found, lambda arm: f"{arm.groups}") if grouped else [],
        "in each": _column(found, lambda arm: f"{arm.size:.3g}") if grouped else [],
        "invited": _column(found, lambda arm: f"{arm.invited:.0f}") if asked.pairs is None else [],
        _when(asked): _column(found, lambda arm: f"{arm.answered:.0f}"),
        "power %": ["" if one.power is None else f"{100 * one.power:.0f}" for one in found],
        f"{_figure(asked)} told": [_length(asked, one.smallest) for one in found],
        "interval ±": [_length(asked, one.half_width) for one in found],
        "": [mark for _one, mark in rows],
    }
    shown = {head: cells for head, cells in columns.items() if any(cells)}
    return table(tuple(shown), list(zip(*shown.values(), strict=True)))


def _column(found: Sequence[Outlook], say: Callable[[Arm], str]) -> list[str]:
    """A cell for each row: that of one arm, or of both."""
    return [" + ".join(map(say, one.arms)) for one in found]


# --- what it goes by --------------------------------------------------------------------------------

Given = tuple[str, str, str, str]
"""A figure that went in: what it is, how much, the option or the sum that it comes from, and whether it is assumed."""


def _basis(asked: Asked, arms: Sequence[Arm] | None) -> Iterator[Given]:
    yield from _spread(asked)
    if asked.pairs is None:
        yield _given(asked, "answer at the start, of those invited", _percent(asked.response), "response")
        yield _given(asked, "do not answer at the end, of these", _percent(asked.attrition), "attrition")
    yield from _likeness(asked, arms)
    yield _given(asked, "power that is wanted", _percent(asked.power), "power", otherwise="usual")
    yield _given(asked, "level of the two-sided test", f"{asked.alpha:g}", "alpha", otherwise="usual")
    if asked.dimensions > 1:
        yield _given(asked, "figures tested together", f"{asked.dimensions}", "dimensions")
        yield "  level of each", f"{asked.alpha / asked.dimensions:.3g}", f"{asked.alpha:g} / {asked.dimensions}", ""


def _spread(asked: Asked) -> Iterator[Given]:
    """How people differ in what is averaged."""
    if asked.what == "share":
        for name, share in (("share", asked.share), ("comparison_share", asked.comparison_share)):
            if share is not None:
                yield _given(asked, f"{name.replace('_', ' ')} that reach the outcome", _percent(share), name)
        return
    yield _given(asked, "standard deviation at the start", f"{asked.sd:g} points", "sd")
    r = _correlation(asked)
    if asked.correlation is None:
        yield _given(asked, "reliability", f"{asked.reliability:g}", "reliability")
        true = f"{asked.true_correlation:g}"
        yield _given(asked, "correlation of start and end without error", true, "true_correlation")
        yield "  correlation as observed", f"{r:.2f}", f"{asked.reliability:g} × {true}", ""
    else:
        yield _given(asked, "correlation of start and end as observed", f"{r:g}", "correlation")
    if asked.what == "change":
        yield (
            "  standard deviation of change",
            f"{_sds(asked)[0]:.1f} points",
            f"{asked.sd:g} × √(2 × (1 − {r:.2f}))",
            "",
        )
    else:
        yield (
            "  standard deviation at equal start",
            f"{_sds(asked)[0]:.1f} points",
            f"{asked.sd:g} × √(1 − {r:.2f}²)",
            "",
        )


def _likeness(asked: Asked, arms: Sequence[Arm] | None) -> Iterator[Given]:
    """How alike people of a group are, and what that costs the arms."""
    if arms is not None and not any(arm.grouped for arm in arms):
        return
    yield _given(asked, "likeness of people of a group (ICC)", f"{asked.icc:g}", "icc")
    if asked.size_variation:
        yield _given(asked, "variation of group sizes", f"{asked.size_variation:g}", "size_variation")
    sized = [arm for arm in arms or () if arm.grouped]
    for n, arm in enumerate(sized):
        # Arms that are alike are told once.
        if n == 0 or arm.company != sized[0].company:
            name = " in the comparison" if arm is (arms or ())[-1] and n else ""
            n0 = f"{arm.company:.1f}"
            yield f"  people of a group who answer{name}", n0, "", ""
            yield f"  design effect{name}", f"{arm.design_effect:.2f}", f"1 + ({n0} − 1) × {asked.icc:g}", ""


def _given(asked: Asked, label: str, value: str, name: str, *, otherwise: str = "assumed") -> Given:
    return label, value, f"--{name.replace('_', '-')}", otherwise if name in asked.assumed else ""
