"""The first page of each role: what is due, and nothing that is not theirs to see."""

from __future__ import annotations

import html
import random
import re
from datetime import UTC, date, datetime, timedelta

from collector import inviting, participations
from collector.inviting import Invited
from collector.settings import Keys
from collector.stores.sqlite import SQLiteStore
from survey import records
from survey.model import Library
from survey.records import Submission
from tests.collector.desk.answering import Answering
from tests.collector.desk.conftest import Visit, text_of
from tests.conftest import NOON, Clock

TODAY = date(2026, 11, 24)
EVERYWHERE = ("planner", "provider", "other", "analyst")


def invited(
    store: SQLiteStore, keys: Keys, library: Library, count: int, service: str, group: str | None = None,
    start: date | None = None,
) -> list[Invited]:  # fmt: skip
    """So many people of a group, or who begin on a day of their own."""
    plan = inviting.plan(library, service=service, group=group, start=start, end=None, today=TODAY)
    seed = f"{service} {group} {start}"
    return list(inviting.invite(store, keys, [plan] * count, moment=NOON, random=random.Random(seed).randbytes))


def answered(store: SQLiteStore, one: Invited, instrument: str, wave: str) -> None:
    """Stores that somebody has answered."""
    person = one.participation
    submission = Submission(
        id=f"{person.id[:20]}{wave}", participation=person.id, service=person.service, instrument=instrument,
        version=1, meaning="m", wave=wave, language="fi", channel="own_device", helper="none",
        received="2026-11-24T09:00:00.000Z", answers={"wb1": 4},
    )  # fmt: skip
    store.create(records.submission_key(person.id, instrument, wave, 1), records.encode(submission))


def test_before_anybody_is_invited_it_leads_to_the_first_measurement(visitor: Visit) -> None:
    """And to bringing a list."""
    page = visitor("planner").get("")
    assert (
        "Nobody is invited yet, so nothing is due. The first measurement is done in six steps, and each says what to do."
        in text_of(page)
    )
    assert 'href="/en/first"' in page.text and 'href="/en/import"' in page.text


def test_what_closes_and_opens(visitor: Visit, store: SQLiteStore, keys: Keys, library: Library) -> None:
    """Figures, what closes within 7 days with a way to the reminders, what opens within 14, and what is open."""
    # Their time at the start is open until the 29th of November.
    closing = invited(store, keys, library, 3, "tyohonvalmennus", start=date(2026, 11, 15))
    answered(store, closing[0], "tyohonvalmennus", "start")
    # Opens on the 1st of December.
    invited(store, keys, library, 2, "tyohonvalmennus", start=date(2026, 12, 15))
    page = visitor("planner").get("")
    text = text_of(page)
    assert "24 November 2026" in text
    assert (
        "Participations under way 3 Questionnaires open today 3 Of them not answered 2 "
        "Not answered, and closing within 7 days 2" in text
    )
    assert (
        "Job coaching At the start of the service Client change measure for job coaching 29.11.2026 Remind (2)" in text
    )
    assert 'href="/en/reminders?service=tyohonvalmennus&amp;wave=start"' in page.text
    assert "Job coaching At the start of the service Client change measure for job coaching 1.12.2026 2" in text
    assert "Job coaching At the start of the service Client change measure for job coaching 29.11.2026 1 of 3" in text


def test_a_quiet_day_says_so(visitor: Visit, store: SQLiteStore, keys: Keys, library: Library) -> None:
    """Each list that is empty has a sentence."""
    invited(store, keys, library, 1, "tyohonvalmennus", start=date(2027, 6, 1))
    text = text_of(visitor("planner").get(""))
    for sentence in (
        "Nothing closes within 7 days that is not answered.", "Nothing opens within 14 days.", "Nothing is open today."
    ):  # fmt: skip
        assert sentence in text
    assert "Exits to be told" not in text


def test_groups_that_begin_or_end(visitor: Visit, store: SQLiteStore, keys: Keys, library: Library) -> None:
    """Within two weeks, by day: with how many are invited, and a way to the group."""
    invited(store, keys, library, 4, "tyovoimakoulutus-kone", "tv-2")
    page = visitor("planner").get("")
    text = text_of(page)
    assert "tv-2 Labour-market training in machinery and metal work Begins 30.11.2026 Invited: 4" in text
    assert "rk-1 Recruitment training in wood work Ends 3.12.2026 Nobody is invited yet" in text
    assert text.index("30.11.2026") < text.index("3.12.2026")
    assert 'href="/en/groups/tyovoimakoulutus-kone/tv-2"' in page.text
    assert "uv-2" not in text.partition("Groups that begin")[2].partition("Opening within")[0]


def test_exits_to_be_told(visitor: Visit, store: SQLiteStore, keys: Keys, library: Library) -> None:
    """Whose planned end is past without an exit, by group, with a way to them."""
    people = invited(store, keys, library, 3, "uravalmennus", "uv-1")
    participations.amended(store, people[0].participation, end="2026-10-28", exit_reason="completed")
    page = visitor("planner").get("")
    text = text_of(page)
    assert "The planned end of these participations is past, and nobody has told when and why they ended." in text
    assert "Job-search and career coaching uv-1 Exits to tell: 2" in text
    assert 'href="/en/participations?service=uravalmennus&amp;group=uv-1&amp;state=untold"' in page.text


def test_a_coach_sees_the_calendar_of_their_own_groups(
    visitor: Visit, store: SQLiteStore, keys: Keys, library: Library
) -> None:
    """Which group answers what, from when until when; what to do, and where the papers are."""
    page = visitor("provider").get("")
    text = text_of(page)
    assert "Järviseudun Valmennus" in text
    assert (
        "uv-2 Job-search and career coaching At the end of the service Client change measure for job-search and career "
        "coaching; Feedback on the service; Ideas for developing services Client 2.12.2026 15.1.2027" in text
    )
    assert "Say that answering is voluntary and has no effect on the service or on benefits." in text
    assert 'href="/en/papers"' in page.text
    invited(store, keys, library, 2, "tyohonvalmennus", start=date(2026, 11, 20))
    invited(store, keys, library, 1, "tyohonvalmennus", start=date(2026, 11, 22))
    assert (
        "Each by their own dates Job coaching At the start of the service Client change measure for job coaching Client "
        "6.11.2026 – 8.11.2026 4.12.2026 – 6.12.2026" in text_of(visitor("provider").get(""))
    )


def test_a_coach_is_told_what_the_paper_for_coaches_says(visitor: Visit) -> None:
    """Half an hour, and no help with what is asked about their own work."""
    text = text_of(visitor("provider").get(""))
    assert "Give half an hour in peace for answering, and a device to whoever has none." in text
    assert (
        "Do not look at the answers, and do not ask who has answered. Do not help with a questionnaire about your own "
        "work. Ask somebody else to help, or ask the area." in text
    )


def test_a_coach_is_led_to_the_page_of_their_own_questionnaire(
    visitor: Visit, store: SQLiteStore, keys: Keys, library: Library
) -> None:
    """On the public site, in the language of the page; to none that clients answer."""
    invited(store, keys, library, 2, "tyohonvalmennus", start=date(2026, 8, 1))
    for language in ("fi", "sv"):
        page = visitor("provider").get(f"/{language}/").text
        found = dict.fromkeys(re.findall(r'href="(https://kysely.example.fi/[^"]*)"', page))
        assert list(found) == [f"https://kysely.example.fi/{language}/valmentajan-arvio-v1-end.html"]


def test_alarms_that_wait_are_told_where_somebody_has_looked(
    visitor: Visit, store: SQLiteStore, keys: Keys, library: Library, clock: Clock
) -> None:
    """To planners, and to coaches those of their own; the first page itself never looks."""
    clock.now = datetime(2026, 12, 5, 10, 0, tzinfo=UTC)
    answer = Answering(store, library, keys)
    answer("uravalmennus", "uv-1", [2] * 7 + [4] * 9)
    every = ("planner", "provider", "other", "analyst")
    assert all("Alarms that wait" not in visitor(who).get("").text for who in every)
    visitor("provider").get("alarms")
    told = "Alarms that wait for a reply: 1, of them late: 0. To the alarms"
    assert [told in text_of(visitor(who).get("")) for who in every] == [True, True, False, False]
    assert '<a href="/en/alarms">To the alarms</a>' in visitor("provider").get("").text
    clock.advance(days=10)
    late = "Alarms that wait for a reply: 1, of them late: 1. To the alarms"
    assert [late in text_of(visitor(who).get("")) for who in every] == [True, True, False, False]
    (id,) = set(re.findall(r"/alarms/(\w{4}-\w{4})", visitor("provider").get("alarms").text))
    visitor("provider").done(f"alarms/{id}/reply", text="Kuuntelemme.")
    assert all("Alarms that wait" not in visitor(who).get("").text for who in every)


def test_a_coach_sees_nothing_of_another_provider(
    visitor: Visit, store: SQLiteStore, keys: Keys, library: Library
) -> None:
    """Neither services nor groups nor people, in whatever is on the page."""
    invited(store, keys, library, 2, "tyohonvalmennus", start=date(2026, 11, 20))
    page = visitor("other").get("").text
    assert "Labour-market training" in page and "tv-2" in page
    for word in ("Järviseudun", "Job coaching", "Job-search", "uv-1", "uv-2", "own job coaching", "JT-2026"):
        assert word not in page, word


def test_a_coachs_page_is_the_same_whoever_has_answered(
    visitor: Visit, store: SQLiteStore, keys: Keys, library: Library
) -> None:
    """Byte for byte: nothing on it hangs on answers."""
    people = invited(store, keys, library, 3, "tyohonvalmennus", start=date(2026, 11, 20))
    before = visitor("provider").get("").text
    for one in people[:2]:
        answered(store, one, "tyohonvalmennus", "start")
    assert visitor("provider").get("").text == before


def test_an_analyst_sees_services_and_no_groups(
    visitor: Visit, store: SQLiteStore, keys: Keys, library: Library
) -> None:
    """What is open, and how many answered of those whose time ended in the last 90 days."""
    people = invited(store, keys, library, 4, "uravalmennus", "uv-1")
    answered(store, people[0], "tyonhakuvalmennus", "start")
    page = visitor("analyst").get("")
    text = text_of(page)
    assert (
        "Job-search and career coaching At the start of the service Client change measure for job-search and career coaching 4 1 25 %"
        in text
    )
    assert "Nothing closes" not in text and "uv-1" not in page.text
    assert 'href="/en/results"' in page.text and 'href="/en/rates"' in page.text
    assert "Nobody's time to answer ended in the last 90 days." in html.unescape(text_of(_empty(visitor, store)))


def _empty(visitor: Visit, store: SQLiteStore):  # type: ignore[no-untyped-def]
    for key in list(store.scan("participation/")):
        store.remove(key)
    return visitor("analyst").get("")


def test_an_officer_is_led_to_requests_papers_and_log(visitor: Visit) -> None:
    """And to nothing else of what a planner does."""
    page = visitor("officer").get("")
    assert (
        "Your role looks after how answers are kept. Answers are opened only for the person whose they are, when they ask."
        in text_of(page)
    )
    for path in ("requests", "papers", "log"):
        assert f'href="/en/{path}"' in page.text
    for path in ("reminders", "rates", "participations", "alarms"):
        assert f'href="/en/{path}"' not in page.text


def test_links_lead_only_where_somebody_may_go(visitor: Visit) -> None:
    """Each link of the first page is open to whoever sees it."""
    for who in (*EVERYWHERE, "officer", "reader"):
        here = visitor(who)
        for path in set(re.findall(r"<main.*?</main>", here.get("").text, re.DOTALL)):
            for address in set(re.findall(r'href="(/en/[^"#]*)"', path)):
                assert here.get(address.replace("&amp;", "&")).status_code != 403, (who, address)


def test_the_day_is_that_of_the_site(visitor: Visit, store: SQLiteStore, keys: Keys, library: Library) -> None:
    """Late in the evening by UTC it is tomorrow in Helsinki."""
    here = visitor("planner")
    here.app.clock.now = NOON.replace(hour=23)  # type: ignore[attr-defined]
    assert "25 November 2026" in text_of(here.get(""))
    assert TODAY + timedelta(1) == date(2026, 11, 25)
