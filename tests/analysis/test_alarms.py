"""Alarms and thanks: when a rule is looked at, whose answers count, what may be told, and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import alarm_words, alarms
from analysis import dataset as datasets
from analysis.alarms import AlarmRow, AlarmTable, alarm_id, alarm_table
from analysis.dataset import Dataset
from analysis.disclosure import Policy, Release
from analysis.wording import Words
from survey.model import Alarm as Rule
from survey.model import Instrument, Item, Library, Option, OwnRetention, Retention, Scale
from survey.records import Participation, Reply, Submission, SubmissionKey

MADE = "2026-12-15T06:00:00.000Z"
LOW = Rule(item="fb1", below=3, to=("buyer", "provider"), answer_within_days=14)
HIGH = Rule(item="fb1", above=4, to=("provider",))
CLOSED = date(2026, 5, 12)
"""Thirty days after the end of the group ura-0, which ran from 12 January to 12 April."""
ENGLISH = Words("en", {})


@dataclass(frozen=True, kw_only=True)
class Says:
    """What somebody answers to the question fb1."""

    value: int | str
    who: int
    group: str | None = "ura-0"
    start: str = "2026-01-12"
    end: str = "2026-04-12"
    left: str | None = None
    person: str | None = None
    on: str = "2026-04-20T09:00:00.000Z"
    language: str = "fi"
    version: int = 2
    code: bool = True


def people(values: Sequence[int | str], *, first: int = 0, **same: object) -> list[Says]:
    return [Says(value=value, who=first + n, **same) for n, value in enumerate(values)]  # type: ignore[arg-type]


def ruled(library: Library, *rules: Rule, thanks: Sequence[Rule] = ()) -> Library:
    """The library with rules in the feedback."""
    feedback = replace(library.instruments["palvelupalaute@2"], alarms=rules, thanks=tuple(thanks))
    return replace(library, instruments={**library.instruments, feedback.key: feedback})


Make = Callable[..., Dataset]


def written(
    folder: Path, library: Library, said: Sequence[Says], *, made: str = MADE, replies: Sequence[Reply] = ()
) -> Dataset:
    """A dataset of the service `ura`, written and read back."""
    found = sorted(((_id(one), one) for one in said), key=lambda entry: entry[0] if entry[1].code else "o_")
    datasets.write(
        folder,
        library=library,
        participations=[_participation(id, one) for id, one in found if one.code],
        submissions=[
            (SubmissionKey(id if one.code else f"o_{id}", "palvelupalaute", "end", 1), _submission(id, one))
            for id, one in found
        ],
        made=made,
        replies=replies,
    )
    return datasets.read(folder)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return partial(written, tmp_path / "dataset")


def _id(one: Says) -> str:
    return f"p_{one.who:026d}"


def _participation(id: str, one: Says) -> Participation:
    return Participation(
        id=id, number=f"X-{one.who}", service="ura", group=one.group, start=one.start, planned_end=one.end,
        end=one.left, person=one.person, invited=f"{one.start}T06:00:00.000Z",
    )  # fmt: skip


def _submission(id: str, one: Says) -> Submission:
    return Submission(
        id=f"s{id}", participation=id if one.code else None, service="ura", instrument="palvelupalaute",
        version=one.version, meaning="", wave="end", language=one.language, channel="own_device", helper="none",
        received=one.on, answers={"fb1": one.value},
    )  # fmt: skip


def table(dataset: Dataset, day: date | None = None, **policy: int) -> AlarmTable:
    return alarm_table(dataset, Release(policy=Policy(**policy)), day=day)


def numbers(row: AlarmRow) -> tuple[int, int] | None:
    figures = None if row.alarm.told is None else row.alarm.told.figures
    return None if figures is None else (figures.yes, figures.n)


# --- what is raised --------------------------------------------------------------------------------------------------


def test_an_alarm_says_what_it_is_about(make: Make, library: Library) -> None:
    """Six of thirteen under 3: exactly, with the group, the provider, the last day to answer and the day of the reply."""
    (row,) = table(make(ruled(library, LOW), people([1, 2, 1, 2, 2, 1, 3, 3, 4, 4, 5, 5, 5]))).rows
    alarm = row.alarm
    assert (alarm.sort, alarm.unit.service, alarm.unit.group, alarm.unit.wave) == ("alarm", "ura", "ura-0", "end")
    assert (alarm.provider, alarm.service.buyer, alarm.rule) == ("Taitotalo Oy", "Jämsä", LOW)
    assert (alarm.closed, alarm.answer_by, alarm.answering) == (CLOSED, date(2026, 5, 26), "provider")
    assert [option.value for option in alarm.options] == [1, 2]
    assert (numbers(row), alarm.least) == ((6, 13), 5)
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", alarm.id)


@pytest.mark.parametrize(
    ("low", "at_least", "minimum", "raised"),
    [(4, 5, 5, 0), (5, 5, 5, 1), (5, 1, 5, 1), (4, 1, 5, 0), (7, 8, 5, 0), (8, 8, 5, 1), (5, 5, 6, 0)],
)
def test_how_many_raise_it(make: Make, library: Library, low: int, at_least: int, minimum: int, raised: int) -> None:
    """As many as the rule says, and never fewer than may be told of, whatever it says."""
    data = make(ruled(library, replace(LOW, at_least=at_least)), people([1] * low + [4] * 9))
    rows = table(data, minimum_count=minimum).rows
    assert len(rows) == raised
    assert [row.alarm.least for row in rows] == [max(at_least, minimum)] * raised


def test_limits_are_not_beyond_themselves(make: Make, library: Library) -> None:
    """Below 3 is not 3, above 4 is not 4; a rule with both limits counts what lies beyond either."""
    both = Rule(item="fb1", below=2, above=4, to=("area",))
    data = make(ruled(library, LOW, both, thanks=[HIGH]), people([3] * 6 + [4] * 6 + [1] * 3 + [5] * 3))
    assert [row.alarm.rule for row in table(data).rows] == [both]


def test_the_id_stays(make: Make, library: Library) -> None:
    """More answers, another day, another place among the rules: the same id. Another group, wave, limit or version, or a
    second rule alike: another id."""
    said = people([1] * 6 + [4] * 6)
    (row,) = table(make(ruled(library, LOW), said)).rows
    more = table(make(ruled(library, HIGH, LOW), [*said, *people([1], first=50)]), date(2026, 8, 1)).rows
    assert [each.alarm.id for each in more] == [row.alarm.id]
    twice = table(make(ruled(library, LOW, replace(LOW, to=("area",))), said)).rows
    assert {each.alarm.id for each in twice} > {row.alarm.id} and len(twice) == 2
    other = table(make(ruled(library, LOW), [replace(one, group="ura-1") for one in said])).rows
    limit = table(make(ruled(library, replace(LOW, below=4)), said)).rows
    assert len({row.alarm.id, other[0].alarm.id, limit[0].alarm.id}) == 3


def test_an_id_as_it_is_typed() -> None:
    """Case, spaces and look-alikes do not matter."""
    assert {alarm_id(typed) for typed in ("7K3M-9Q10", "7k3m9qlo", " 7K3M 9QIO ")} == {"7K3M-9Q10"}


# --- when ------------------------------------------------------------------------------------------------------------


def test_a_group_is_looked_at_when_all_of_it_has_closed(make: Make, library: Library) -> None:
    """Not on its last day but on the next; somebody who ends later makes it later; who left early does not make it
    earlier for the others."""
    said = people([1] * 6 + [4] * 6)
    assert table(make(ruled(library, LOW), said), CLOSED).rows == ()
    assert len(table(make(ruled(library, LOW), said), date(2026, 5, 13)).rows) == 1
    later = [*said, *people([4], first=50, end="2026-04-20")]
    assert table(make(ruled(library, LOW), later), date(2026, 5, 20)).rows == ()
    (row,) = table(make(ruled(library, LOW), later), date(2026, 5, 21)).rows
    assert row.alarm.closed == date(2026, 5, 20)
    early = [*said, *people([4], first=50, left="2026-04-10")]
    assert table(make(ruled(library, LOW), early)).rows[0].alarm.closed == CLOSED
    everyone = [replace(one, left="2026-04-10") for one in said]
    assert table(make(ruled(library, LOW), everyone)).rows[0].alarm.closed == date(2026, 5, 10)


def test_what_closes_after_the_export_waits_for_the_next(make: Make, library: Library) -> None:
    """However late somebody looks: answers could have come since."""
    data = make(ruled(library, LOW), people([1] * 6 + [4] * 6), made="2026-05-12T20:59:00.000Z")
    assert table(data, date(2026, 9, 1)).rows == ()
    data = make(ruled(library, LOW), people([1] * 6 + [4] * 6), made="2026-05-12T21:01:00.000Z")
    assert len(table(data, date(2026, 9, 1)).rows) == 1, "in Finland it was the 13th"


def test_who_has_no_group_is_looked_at_by_month(make: Make, library: Library) -> None:
    """The month in which their time to answer ends, when it is over, whatever the group of others."""
    alone = people([1] * 6 + [4] * 6, group=None)
    april = people([1] * 3, first=20, group=None, end="2026-03-25", on="2026-04-01T09:00:00.000Z")
    data = make(ruled(library, LOW), [*alone, *april, *people([1] * 4, first=40)])
    assert table(data, date(2026, 5, 31)).rows == ()
    (row,) = table(data, date(2026, 6, 1)).rows
    assert (row.alarm.unit.group, row.alarm.unit.month, row.alarm.closed) == ("", "2026-05", date(2026, 5, 31))
    assert numbers(row) == (6, 12)


def test_answers_without_a_code_are_looked_at_by_month(make: Make, library: Library) -> None:
    """The month in which they came, on the site's calendar; each is one."""
    may = people([1] * 5 + [5] * 5, code=False, on="2026-05-31T20:59:00.000Z")
    june = people([1] * 5, first=20, code=False, on="2026-05-31T21:00:00.000Z")
    found = table(make(ruled(library, LOW), [*may, *june]), date(2026, 7, 1)).rows
    assert [(row.alarm.unit.month, row.alarm.closed, numbers(row)) for row in found] == [
        ("2026-05", date(2026, 5, 31), (5, 10)),
        ("2026-06", date(2026, 6, 30), None),
    ]


def test_what_may_have_been_removed_by_its_age_is_passed_over(make: Make, library: Library) -> None:
    """From the day on which the first answer of the group could go: by the calendar, not by who answered when. The time
    of the instrument goes before that of the site."""
    said = people([1] * 6 + [4] * 6)
    kept = {"palvelupalaute": OwnRetention(answers=7)}
    site = replace(library.site, retention=Retention(answers=3, instruments=kept))
    data = make(replace(ruled(library, LOW), site=site), said)
    assert len(table(data, date(2026, 10, 29)).rows) == 1, "open from 29 March"
    assert table(data, date(2026, 10, 30)).rows == ()
    assert table(data, date(2026, 10, 30)).looked_at == 0
    before = [*people([4], first=90, end="2026-04-11"), *said, *people([4], first=91, end="2026-04-13")]
    data = make(replace(ruled(library, LOW), site=site), [replace(one, who=99 - one.who) for one in before])
    assert len(table(data, date(2026, 10, 28)).rows) == 1, "for somebody open from 28 March"
    assert table(data, date(2026, 10, 29)).rows == ()


# --- whose answers ---------------------------------------------------------------------------------------------------


def test_only_timely_reviewed_first_answers_count(make: Make, library: Library) -> None:
    """Four that count, and beside them one late, one early, one in a language under review, and one who has answered in
    another participation of the group before: not one of these makes five."""
    whole = ruled(library, LOW)
    feedback = replace(whole.instruments["palvelupalaute@2"], review={"sv": "needed"})
    whole = replace(whole, instruments={**whole.instruments, feedback.key: feedback})
    four = people([1] * 4 + [4] * 6)
    # Of the same person, and later in the order of ids.
    first = people([4], first=40, person="h_1", on="2026-04-01T09:00:00.000Z")
    beside = {
        "late": people([1], first=30, on="2026-05-13T09:00:00.000Z"),
        "early": people([1], first=30, on="2026-03-28T09:00:00.000Z"),
        "under review": people([1], first=30, language="sv"),
        "the same person": people([1], first=30, person="h_1"),
    }
    for why, one in beside.items():
        assert table(make(whole, [*four, *first, *one])).rows == (), why
    fifth = people([1], first=30, person="h_2")
    assert len(table(make(whole, [*four, *first, *fifth])).rows) == 1


def test_too_few_answers_are_said(make: Make, library: Library) -> None:
    """Four answers can raise nothing, and the table says of how many questionnaires that holds; one that nobody
    answered is none that was looked at."""
    found = table(make(ruled(library, LOW), [*people([1] * 4), *people([4] * 9, first=20, group="ura-1")]))
    assert (found.rows, found.looked_at, found.too_few) == ((), 2, 1)


def test_rules_are_those_of_the_version_that_was_asked_last(make: Make, library: Library) -> None:
    """Answers to an earlier version count where it asks the same, and its own rules do not; a later version, which the
    group was not asked, raises nothing."""
    second = replace(ruled(library).instruments["palvelupalaute@2"], alarms=(replace(LOW, below=2),))
    third = replace(second, version=3, alarms=(LOW,))
    fourth = replace(second, version=4, alarms=(replace(LOW, below=5),))
    whole = replace(library, instruments={**library.instruments, **{i.key: i for i in (second, third, fourth)}})
    said = [*people([2] * 4 + [4] * 5), *people([1, 4], first=20, version=3)]
    (row,) = table(make(whole, said)).rows
    assert (row.alarm.instrument.key, row.alarm.rule, numbers(row)) == ("palvelupalaute@3", LOW, (5, 11))
    (scale,) = second.scales.values()
    shorter = {"agree": Scale(options=scale.options[1:])}
    other = replace(whole, instruments={**whole.instruments, third.key: replace(third, scales=shorter)})
    assert table(make(other, said)).rows == (), "two answers to a question asked otherwise"


# --- what may be told ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("low", "others", "told"), [(5, 5, True), (5, 4, False), (9, 0, False), (30, 5, True)])
def test_numbers_only_where_both_sides_are_enough(
    make: Make, library: Library, low: int, others: int, told: bool
) -> None:
    """Where next to all say the same, that there are at least five is told, and not how many answered."""
    (row,) = table(make(ruled(library, LOW), people([2] * low + [5] * others))).rows
    assert numbers(row) == ((low, low + others) if told else None)
    assert alarm_words.in_numbers(row.alarm, ENGLISH) == (
        f"Clients who answered so: {low} of the {low + others} who answered the question "
        f"({round(100 * low / (low + others))}%)."
        if told
        else "Clients who answered so: at least 5. Nothing more exact is told, so that nobody can be recognised."
    )


def given_away(found: AlarmTable, minimum: int = 5) -> list[int]:
    """Parts of the answers, from one person to one too few, that follow from the numbers told."""
    told = {row.alarm.sort: numbers(row) for row in found.rows if numbers(row) is not None}
    low, high = told.get("alarm"), told.get("thanks")
    parts = [part for pair in (low, high) if pair for part in (pair[0], pair[1] - pair[0])]
    if low and high:
        parts.append(low[1] - low[0] - high[0])
    return [part for part in parts if part < minimum]


class Frames:
    """Datasets of one group of `ura` by what was answered, without writing each."""

    def __init__(self, data: Dataset) -> None:
        self._data = data

    def of(self, values: Sequence[int]) -> Dataset:
        some = self._data.responses.iloc[: len(values)].copy()
        some["fb1"] = values
        return replace(self._data, responses=some.astype({"fb1": "Int64"}))


@pytest.fixture(scope="module")
def frames(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Frames:
    folder = tmp_path_factory.mktemp("frames") / "dataset"
    return Frames(written(folder, ruled(library, LOW, thanks=[HIGH]), people([1] * 40)))


ANSWERS = st.lists(st.integers(1, 5), min_size=5, max_size=40)


@settings(max_examples=60)
@given(values=ANSWERS)
def test_nothing_too_small_follows_from_an_alarm_and_thanks_together(frames: Frames, values: list[int]) -> None:
    """The limits of both cut the answers in three: each part that follows from the numbers has five people."""
    found = table(frames.of(values))
    assert {row.alarm.sort for row in found.rows} == {
        sort
        for sort, reached in (("alarm", sum(v < 3 for v in values)), ("thanks", sum(v > 4 for v in values)))
        if reached >= 5
    }
    assert given_away(found) == []


def test_the_attack_notices_rules_that_are_told_apart(frames: Frames, monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault: numbers of each rule by itself give away that two people said neither."""
    values = [1] * 6 + [5] * 7 + [3] * 2
    assert given_away(table(frames.of(values))) == []
    monkeypatch.setattr(alarms, "_may_be_told", lambda *_: True)
    assert given_away(table(frames.of(values))) == [2]


def test_no_numbers_of_questions_whose_answers_are_counted_elsewhere(make: Make, library: Library) -> None:
    """A report counts the answers of whole services to a question with one choice: those of the other groups would
    follow. Of a number that is typed in, no table counts any."""
    labels = dict.fromkeys(("fi", "sv", "en"), "-")
    chosen = Item(
        id="fb1", type="single", text=labels, options=tuple(Option(value=n, label=labels) for n in range(1, 6))
    )
    typed = Item(id="fb1", type="integer", text=labels, minimum=1, maximum=5)
    for item, told in ((chosen, None), (typed, (6, 13))):
        whole = ruled(library, LOW)
        feedback = whole.instruments["palvelupalaute@2"]
        asked = replace(feedback, sections=(replace(feedback.sections[0], items=(item,)),), dimensions={})
        data = make(replace(whole, instruments={**whole.instruments, asked.key: asked}), people([1] * 6 + [4] * 7))
        (row,) = table(data).rows
        assert numbers(row) == told


# --- replies ---------------------------------------------------------------------------------------------------------


def reply(alarm: str, n: int = 1, **more: object) -> Reply:
    whole = {
        "by": "provider", "organisation": "Taitotalo Oy", "text": "We have heard you.", "action": "Smaller groups.",
        "done": "2026-06-30", "moment": "2026-05-20T22:30:00.000Z", **more,
    }  # fmt: skip
    return Reply(alarm=alarm, n=n, **whole)  # type: ignore[arg-type]


def test_how_alarms_stand(make: Make, library: Library) -> None:
    """Overdue from the day after, until who is to answer has replied; a buyer's word beside it settles nothing. Thanks
    ask for no answer, an alarm without days waits for ever."""
    said = people([1] * 6 + [4] * 6)
    (row,) = table(make(ruled(library, LOW), said)).rows
    for day, state, days in ((26, "open", 0), (27, "overdue", 1), (16, "open", 10)):
        (at,) = table(make(ruled(library, LOW), said), date(2026, 5, day)).rows
        assert (at.state, at.days) == (state, days)
    buyers = [reply(row.alarm.id, by="buyer")]
    assert table(make(ruled(library, LOW), said, replies=buyers)).rows[0].state == "overdue"
    both = [*buyers, reply(row.alarm.id, 2)]
    (settled,) = table(make(ruled(library, LOW), said, replies=both)).rows
    assert (settled.state, settled.days, settled.replies) == ("answered", None, tuple(both))
    endless = replace(LOW, answer_within_days=None, to=("buyer", "area"))
    (waits,) = table(make(ruled(library, endless), said)).rows
    assert (waits.state, waits.days, waits.alarm.answering) == ("open", None, "buyer")
    (thanks,) = table(make(ruled(library, thanks=[HIGH]), people([5] * 6 + [4] * 6))).rows
    assert (thanks.state, thanks.alarm.answering) == ("told", None)


def test_the_order_is_by_what_waits_longest(make: Make, library: Library) -> None:
    """Overdue before open before thanks before answered, whatever the order of rows: never by how bad it is."""
    slow, seen = replace(LOW, answer_within_days=400), replace(LOW, below=4)
    whole = ruled(library, slow, LOW, seen, thanks=[HIGH])
    said = people([1] * 6 + [3] * 6 + [5] * 6)
    settled = [row.alarm.id for row in table(make(whole, said)).rows if row.alarm.rule == seen]
    data = make(whole, said, replies=[reply(settled[0]), reply("GONE-0000"), reply("GONE-0000", 2)])
    found = table(data)
    assert [row.state for row in found.rows] == ["overdue", "open", "told", "answered"]
    assert [row.state for row in found.open] == ["overdue", "open"]
    assert [(one.alarm, one.n) for one in found.without_alarm] == [("GONE-0000", 1), ("GONE-0000", 2)]
    mixed = replace(data, responses=data.responses.sample(frac=1, random_state=5))
    assert [row.alarm.id for row in table(mixed).rows] == [row.alarm.id for row in found.rows]


def test_what_was_raised_with_the_replies_of_later(make: Make, library: Library) -> None:
    """As a dataset with them would have it on that day; what was looked at stays."""
    whole, said = ruled(library, LOW, thanks=[HIGH]), people([1] * 6 + [5] * 6)
    before = table(make(whole, said))
    late = [reply(before.rows[0].alarm.id), reply("GONE-0000")]
    day = date(2026, 5, 27)
    assert alarms.with_replies(before, late, day=day) == table(make(whole, said, replies=late), day)
    assert alarms.with_replies(before, [], day=day).rows[0].state == "overdue"


def test_replies_come_back_from_a_dataset(make: Make, library: Library) -> None:
    """As they were stored, by alarm; without an action or a day too."""
    some = [reply("AAAA-AAAA"), reply("AAAA-AAAA", 2, action="", done=None), reply("BBBB-BBBB", by="area")]
    assert list(table(make(library, people([1]), replies=some)).without_alarm) == some


def test_a_dataset_from_before_there_were_replies(make: Make, library: Library, tmp_path: Path) -> None:
    """It is read as one without any, with the same columns and types."""
    data = make(library, people([1]), replies=[reply("AAAA-AAAA")])
    (tmp_path / "dataset" / "replies.parquet").unlink()
    old = datasets.read(tmp_path / "dataset")
    assert len(old.replies) == 0 and len(data.replies) == 1
    assert dict(old.replies.dtypes.astype(str)) == dict(data.replies.dtypes.astype(str))
    assert table(old).without_alarm == ()


# --- what is said ----------------------------------------------------------------------------------------------------


def labelled(library: Library) -> Library:
    """With a contract, and labels on the lowest answers."""
    services = tuple(replace(s, contract="ETKS-7", lot="2") for s in library.services.services)
    feedback: Instrument = library.instruments["palvelupalaute@2"]
    names = {1: "Not at all", 2: "Hardly"}
    options = tuple(
        replace(o, label={**o.label, "en": names.get(o.value, "-")})  # type: ignore[arg-type]
        for o in feedback.scales["agree"].options
    )
    named = replace(feedback, scales={"agree": Scale(options=options)})
    return replace(
        library,
        services=replace(library.services, services=services),
        instruments={**library.instruments, named.key: named},
    )


def test_the_lines_of_an_alarm(make: Make, library: Library) -> None:
    """All that staff read of one, with a reply; and the lines above all."""
    whole = ruled(labelled(library), LOW)
    said = [*people([1] * 6 + [4] * 7), *people([1] * 2, first=40, group="ura-1")]
    (row,) = table(make(whole, said)).rows
    found = table(make(whole, said, replies=[reply(row.alarm.id), reply("GONE-0000")]))
    assert list(alarm_words.lines(found.rows[0], found, ENGLISH)) == [
        f"{row.alarm.id}  An alarm: answers that somebody must act on",
        "Answered.",
        "Service: Career coaching, group ura-0.",
        "Contract: ETKS-7, lot 2.",
        "Questionnaire: Service feedback, end. The time to answer ended on 12 May 2026.",
        "Question: “I got help when I needed it”",
        "Answers that count here: “Not at all”, “Hardly”.",
        "Clients who answered so: 6 of the 13 who answered the question (46%).",
        "Told to: Jämsä (buyer), Taitotalo Oy (provider).",
        "Taitotalo Oy (provider) replied on 21 May 2026: We have heard you.",
        "What is done about it, by 30 June 2026: Smaller groups.",
    ]
    assert list(alarm_words.summary(found, 5, ENGLISH)) == [
        "Questionnaires of groups that have closed and had answers: 2. Alarms: 1. Thanks: 0.",
        "Of these questionnaires, with fewer than 5 answers, so that nothing can be raised: 1.",
        "Replies to what is not raised any more: GONE-0000.",
    ]


LETTER = """\
Feedback that needs an answer, {id}
To: Taitotalo Oy (provider)
From: Employment area of southern Central Finland

So many answers to a questionnaire were beyond a limit, set beforehand, that something must be done.

Service: Career coaching, group ura-0.
Contract: ETKS-7, lot 2.
Questionnaire: Service feedback, end. The time to answer ended on 12 May 2026.
Question: “I got help when I needed it”
Answers that count here: “Not at all”, “Hardly”.
Clients who answered so: at least 5. Nothing more exact is told, so that nobody can be recognised.

Please answer by 26 May 2026: how do you see this, and what have you done or will you do about it?
Send your answer to x@example.org and give the number {id}.
Name no clients or other people in it, and do not try to find out who has answered what.
Your answer, and what you do, will stand beside this in the next report.
"""


def test_a_letter_to_each(make: Make, library: Library) -> None:
    """Whole, to who is to answer; what is asked of others, of who is late, and after thanks."""
    whole = ruled(labelled(library), LOW, thanks=[HIGH])
    found = table(make(whole, people([1] * 6 + [4] * 2)), date(2026, 5, 20))
    (row,) = found.rows
    assert alarm_words.letter(row, found, "provider", ENGLISH) == LETTER.format(id=row.alarm.id)
    ends = alarm_words.letter(row, found, "buyer", ENGLISH).rpartition("\n\n")[2]
    assert ends == "This is for you to know. An answer is asked of: Taitotalo Oy (provider).\n"
    late = table(make(whole, people([1] * 6 + [4] * 2)), date(2026, 5, 27))
    assert alarm_words.letter(late.rows[0], late, "provider", ENGLISH).splitlines()[-4] == (
        "The day by which an answer was due, 26 May 2026, is over. Please answer now: how do you see this, and what have "
        "you done or will you do about it?"
    )
    glad = table(make(whole, people([5] * 6 + [4] * 9)))
    letter = alarm_words.letter(glad.rows[0], glad, "provider", ENGLISH).splitlines()
    assert letter[0] == f"Thanks, {glad.rows[0].alarm.id}"
    assert letter[-1] == "No answer is needed. Please pass the thanks on to those who do the work."


def test_numbers_and_dates_are_those_of_the_language(make: Make, library: Library) -> None:
    """Limits, months, days and shares as the language writes them."""
    limits = Rule(item="fb1", below=2.5, to=("area",))
    whole = ruled(library, limits)
    feedback = whole.instruments["palvelupalaute@2"]
    typed = Item(
        id="fb1", type="decimal", text=dict.fromkeys(("fi", "sv", "en"), "?"), minimum=0, maximum=9, decimals=1
    )
    asked = replace(feedback, sections=(replace(feedback.sections[0], items=(typed,)),), dimensions={})
    whole = replace(whole, instruments={**whole.instruments, asked.key: asked})
    found = table(make(whole, people([1] * 6 + [4] * 6, group=None)))
    marked = {value: value for value in vars(alarm_words).values() if isinstance(value, str)}
    for each in (
        alarm_words.NUMBERS,
        alarm_words.TITLES,
        alarm_words.ROLES,
        alarm_words.SUBJECTS,
        alarm_words.BEGINNINGS,
    ):
        marked |= {str(value): str(value) for value in each.values()}
    finnish = list(alarm_words.about(found.rows[0].alarm, found, Words("fi", marked)))
    assert finnish == [
        "Service: Uravalmennus, those without a group, toukokuu 2026.",
        "Questionnaire: Palvelupalaute, loppu. The time to answer ended on 31. toukokuuta 2026.",
        "Question: “?”",
        "Answers that count here: under 2,5.",
        "Clients who answered so: 6 of the 12 who answered the question (50\xa0%).",
    ]
