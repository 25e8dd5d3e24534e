"""Whom a simulated cohort meets, when, and what a browser would send."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import date

import pytest

from analysis import AnalysisError, fieldwork
from analysis.cohort import Cohort
from survey.model import Library
from survey.schedule import window

UNTIL = date(2026, 11, 24)


def _opened(library: Library, *ids: str) -> Library:
    """The library with these services open to everybody."""
    services = tuple(dataclasses.replace(service, open=service.id in ids) for service in library.services.services)
    return dataclasses.replace(library, services=dataclasses.replace(library.services, services=services))


def test_nobody_is_planned_into_an_open_service(library: Library) -> None:
    """Its people have no codes; the others share all participations, and all has happened by the day."""
    opened = _opened(library, "ura")
    planned = fieldwork.plan(opened, count=60, until=UNTIL, seed=1)
    counts = Counter(one.service for one in planned)
    assert set(counts) == {service.id for service in library.services.services} - {"ura"}
    assert set(counts.values()) == {10}
    last = max(
        window(fieldwork.as_participation(one), wave).last for one in planned for wave in library.site.waves.values()
    )
    assert last == UNTIL


def test_a_site_of_open_services_has_nobody_to_simulate(library: Library) -> None:
    """A sentence that says so."""
    opened = _opened(library, *(service.id for service in library.services.services))
    with pytest.raises(AnalysisError) as error:
        fieldwork.plan(opened, count=10, until=UNTIL, seed=1)
    assert str(error.value) == (
        "Every service is open to everybody. Simulated people need one with codes in services.yaml."
    )


def test_everybody_has_their_events(whole_library: Library) -> None:
    """Of each participation and wave: the client, the coach and an employer, each in one sitting."""
    planned = fieldwork.plan(whole_library, count=7, until=UNTIL, seed=1)
    events = fieldwork.events(Cohort(library=whole_library, planned=planned, seed=1))
    assert events == sorted(events)
    own = [event for event in events if event.person == 0 and event.wave == "end"]
    days: dict[str, set[date]] = {}
    for event in own:
        respondent = whole_library.instruments[event.instrument].respondent
        days.setdefault(respondent, set()).add(event.moment.date())
    assert {respondent: len(found) for respondent, found in days.items()} == {"client": 1, "coach": 1, "employer": 1}
    assert {event.instrument for event in own} >= {"kaikki@1", "mielipide@1", "arvio@1", "tyonantaja@1"}


def test_hidden_fields_are_read_as_they_are_written() -> None:
    """Names and values of a page, with what HTML escapes in them."""
    page = '<input type="hidden" name="_id" value=""><p><input type="hidden" name="a" value="x &amp; &#34;y&#34;" data-known="z">'
    assert fieldwork._hidden_fields(page) == {"_id": "", "a": 'x & "y"'}
