"""`mittari plan`: what it says, whole, and what it refuses."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from commands.planning import plan

EFFECT = (
    "- A change within one arm is not the effect of the service: people change without a service too, and those who "
    "begin at a low point rise by regression to the mean.\n"
)
RANDOM = (
    "- The difference is the effect of the service only where chance decided who came into which arm. Where it did not, "
    "more people make the interval narrower but not the comparison fairer.\n"
)
FEW = (
    "- There are fewer than eight groups in an arm: one unusual group can decide the result. More groups help more than "
    "larger groups.\n"
)
LOSS = (
    "- Those who do not answer are taken to be like those who do. Where they are not, inviting more people does not mend "
    "it.\n"
)
STRICTEST = (
    "- Power is that of the strictest step of Holm's adjustment, as if only this finding were real. Where others are "
    "real too, it is higher.\n"
)
RELIABILITY = (
    "- The lower the reliability, the lower the correlation of start and end: changes then differ more by chance alone, "
    "and more people are needed.\n"
)
OBSERVED = "- The correlation is that of scores as observed, so that the reliability is in it already.\n"
ASSUMED = (
    "- What is marked as assumed is our guess. Put figures of your own data there, and see what others would give.\n"
)


def planned(line: str) -> Result:
    return CliRunner().invoke(plan, line.split())


def test_how_many_for_a_change() -> None:
    """From a size to pairs, answers, invitations and groups, with the table around it and every figure it goes by."""
    result = planned("change --points 5")
    assert result.exit_code == 0
    assert result.output == (
        """\
Invite 264 people in 22 groups of 12. About 211 answer at the start, and 148 at both times.
If people really change by 5 points on average, this is told from chance in 81 of 100 cases. The 95 % interval reaches \
about 3.5 points to each side.

groups  in each  invited  at both times  power %  change told  interval ±
    11       12      132             74       47          7.5         5.2
    16       12      192            108       65          5.9         4.2
    22       12      264            148       81          5.0         3.5  needed
    28       12      336            188       90          4.3         3.0
    33       12      396            222       94          4.0         2.8
    44       12      528            296       98          3.4         2.4

what this goes by
standard deviation at the start             20 points    --sd                    assumed
reliability                                 0.8          --reliability           assumed
correlation of start and end without error  0.75         --true-correlation      assumed
  correlation as observed                   0.60         0.8 × 0.75
  standard deviation of change              17.9 points  20 × √(2 × (1 − 0.60))
answer at the start, of those invited       80 %         --response              assumed
do not answer at the end, of these          30 %         --attrition             assumed
likeness of people of a group (ICC)         0.05         --icc                   assumed
  people of a group who answer              7.2
  design effect                             1.31         1 + (7.2 − 1) × 0.05
power that is wanted                        80 %         --power                 usual
level of the two-sided test                 0.05         --alpha                 usual

"""
        + EFFECT
        + LOSS
        + RELIABILITY
        + ASSUMED
    )


def test_what_is_there() -> None:
    """120 pairs in 10 groups, with figures of one's own: what can be told; nothing of theirs is marked as assumed."""
    result = planned("change --pairs 120 --groups 10 --sd 18 --correlation 0.62 --icc 0.04 --dimensions 4 --points 6")
    assert result.exit_code == 0
    assert result.output == (
        """\
There are 120 people in 10 groups of 12, who all answer at both times.
The smallest true change that is told from chance in 80 of 100 cases is 7.0 points.
If people really change by 6 points on average, this is told from chance in 65 of 100 cases. The 95 % interval reaches \
about 3.8 points to each side.

groups  in each  at both times  power %  change told  interval ±
    10        6             60       40          9.0         4.9
    10        9             90       55          7.7         4.2
    10       12            120       65          7.0         3.8  there
    10       15            150       72          6.5         3.5
    10       18            180       78          6.2         3.3
    10       24            240       84          5.7         3.1

what this goes by
standard deviation at the start           18 points    --sd
correlation of start and end as observed  0.62         --correlation
  standard deviation of change            15.7 points  18 × √(2 × (1 − 0.62))
likeness of people of a group (ICC)       0.04         --icc
  people of a group who answer            12.0
  design effect                           1.44         1 + (12.0 − 1) × 0.04
power that is wanted                      80 %         --power                 usual
level of the two-sided test               0.05         --alpha                 usual
figures tested together                   4            --dimensions
  level of each                           0.0125       0.05 / 4

"""
        + EFFECT
        + STRICTEST
        + OBSERVED
    )


def test_groups_so_few_that_no_number_is_enough() -> None:
    """Said plainly, with what would be; the table shows that larger groups hardly help."""
    result = planned("change --points 5 --groups 4")
    assert result.exit_code == 0
    answer, _, rest = result.output.partition("\nwhat this goes by\n")
    assert answer == (
        """\
With so few groups no number of people in each group is enough, because people of one group are alike. Plan for more groups.
With very many people in each of the 4 groups:
If people really change by 5 points on average, this is told from chance in 41 of 100 cases. The 95 % interval reaches \
about 5.9 points to each side.
With very many people in each, 8 groups are just enough; with fewer in each it takes more.

groups  in each  invited  at both times  power %  change told  interval ±
     4        5       20             11        9         27.0        18.5
     4       10       40             22       13         19.1        13.1
     4       20       80             45       18         14.5        10.0
     4       40      160             90       25         11.8         8.1
     4       80      320            179       31         10.3         7.1
     4      160      640            358       35          9.4         6.5
"""
    )
    assert rest.endswith("\n\n" + EFFECT + FEW + LOSS + RELIABILITY + ASSUMED)
    assert "design effect" not in rest


def test_how_many_for_a_difference() -> None:
    """Groups beside people who come alone, more of them than of the others."""
    result = planned("difference --points 6 --comparison-group-size 1 --ratio 1.5 --size-variation 0.4")
    assert result.exit_code == 0
    assert result.output == (
        """\
Invite 216 people in 18 groups of 12 to the intervention and 324 people who come alone to the comparison. About 173 and \
259 answer at the start, and 121 and 181 at both times.
If the arms really differ by 6 points at equal start, this is told from chance in 80 of 100 cases. The 95 % interval \
reaches about 4.2 points to each side.

groups    in each  invited    at both times  power %  difference told  interval ±
9 + 162   12 + 1   108 + 162  60 + 91             49              8.7         6.1
14 + 252  12 + 1   168 + 252  94 + 141            69              6.8         4.8
18 + 324  12 + 1   216 + 324  121 + 181           80              6.0         4.2  needed
22 + 396  12 + 1   264 + 396  148 + 222           88              5.4         3.8
27 + 486  12 + 1   324 + 486  181 + 272           94              4.8         3.4
36 + 648  12 + 1   432 + 648  242 + 363           98              4.2         2.9

what this goes by
standard deviation at the start             20 points    --sd                  assumed
reliability                                 0.8          --reliability         assumed
correlation of start and end without error  0.75         --true-correlation    assumed
  correlation as observed                   0.60         0.8 × 0.75
  standard deviation at equal start         16.0 points  20 × √(1 − 0.60²)
answer at the start, of those invited       80 %         --response            assumed
do not answer at the end, of these          30 %         --attrition           assumed
likeness of people of a group (ICC)         0.05         --icc                 assumed
variation of group sizes                    0.4          --size-variation
  people of a group who answer              8.2
  design effect                             1.36         1 + (8.2 − 1) × 0.05
power that is wanted                        80 %         --power               usual
level of the two-sided test                 0.05         --alpha               usual

"""
        + RANDOM
        + LOSS
        + RELIABILITY
        + ASSUMED
    )


def test_how_many_for_a_share() -> None:
    """By how far its interval may reach; nobody in a group, so nothing about groups."""
    result = planned("share --share 0.4 --half-width 5 --group-size 1 --response 0.9 --attrition 0.25")
    assert result.exit_code == 0
    assert result.output == (
        """\
Invite 550 people who come alone. About 495 answer at the start, and 371 at the end.
The 95 % interval reaches about 5.0 percentage points to each side.

invited  at the end  interval ±
    275         186         7.1
    412         278         5.8
    550         371         5.0  needed
    688         464         4.5
    825         557         4.1
   1100         742         3.5

what this goes by
share that reach the outcome           40 %  --share
answer at the start, of those invited  90 %  --response
do not answer at the end, of these     25 %  --attrition
power that is wanted                   80 %  --power      usual
level of the two-sided test            0.05  --alpha      usual

"""
        + LOSS
    )


def test_two_shares_that_are_there() -> None:
    """In percentage points; groups are as large as was said, or a little smaller, so that they are whole."""
    result = planned("share --share 0.4 --comparison-share 0.3 --invited 305 --ratio 0.5")
    assert result.exit_code == 0
    assert result.output.partition("\n\n")[0] == (
        "Invited are 305 people in 26 groups of about 11.7 to the intervention and 152 people in 13 groups of about 11.7 "
        "to the comparison. About 244 and 122 answer at the start, and 171 and 85 at the end.\n"
        "The smallest true difference that is told from chance in 80 of 100 cases is 20.8 percentage points.\n"
        "If 40 % reach the outcome with the service and 30 % without, this is told from chance in 27 of 100 cases. The "
        "95 % interval reaches about 14.5 percentage points to each side."
    )


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "change",
            "Give --points or --half-width to learn how many are needed, or --invited to learn what can be told.",
        ),
        ("change --share 0.4", "--share says nothing about a change. Leave it out."),
        ("change --points 5 --ratio 2", "--ratio says nothing about a change. Leave it out."),
        ("change --points nan", "--points is 'nan', which is no number. Give one."),
        ("change --invited 80 --pairs 80", "Give --invited or --pairs, not both."),
        (
            "change --pairs 80 --attrition 0.2",
            "--pairs have answered already. Leave --response and --attrition out, or give --invited.",
        ),
        (
            "difference --points 5 --correlation 0.6 --reliability 0.8",
            "--correlation has the reliability in it. Leave --reliability and --true-correlation out.",
        ),
        (
            "difference --points 5 --reliability 1 --true-correlation -1",
            "Start and end cannot agree completely. Give a --reliability or a --true-correlation below 1.",
        ),
        (
            "share --share 0.4 --half-width 5 --ratio 2",
            "There is one arm only. Give --comparison-share, or leave out what is about a comparison.",
        ),
        (
            "difference --points 5 --comparison-groups 4 --comparison-group-size 9",
            "Give --comparison-groups or --comparison-group-size, not both: --ratio says how many people come.",
        ),
        (
            "change --points 5 --half-width 3",
            "Give --points or --half-width, not both: plan for each, and take the larger number.",
        ),
        (
            "change --half-width 3 --invited 120",
            "--half-width asks how many are needed, and you say how many there are. Leave one of the two out.",
        ),
        ("change --invited 8 --groups 10", "8 people cannot be in 10 groups. Give fewer groups."),
        (
            "difference --invited 40 --comparison-groups 30 --ratio 0.5",
            "20 people cannot be in 30 groups. Give fewer groups.",
        ),
        ("share --half-width 5", "Give the share that you expect with --share, like 0.4."),
        (
            "share --share 0.4 --comparison-share 0.4",
            "--share and --comparison-share are the same, so there is nothing to tell from chance. Change one of them.",
        ),
        (
            "share --share 0.4",
            "Give --half-width, --invited or --comparison-share, so that there is something to plan.",
        ),
    ],
)
def test_plans_that_do_not_go_together(line: str, sentence: str) -> None:
    """2, with one sentence that says what to do."""
    result = planned(line)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"{sentence}\n")


@pytest.mark.parametrize("what", ["change", "difference"])
@pytest.mark.parametrize("end", ["--points 0.001", "--points 1000000", "--pairs 1", "--pairs 1000000"])
@pytest.mark.parametrize("more", ["", "--groups 1", "--sd 0.001", "--sd 1000000", "--icc 1 --size-variation 3"])
def test_no_number_stops_it(what: str, end: str, more: str) -> None:
    """Whatever is at the ends of what the options take, there is an answer and no warning."""
    answering = "" if "--pairs" in end else "--response 0.01 --attrition 0.99"
    result = planned(f"{what} {end} {more} {answering} --power 0.999 --alpha 0.0001")
    assert result.exit_code == 0 and "nan" not in result.output and "inf" not in result.output, result.output
