"""The list of services: which waves are open on a day, for whom, and which pages need no code."""

from __future__ import annotations

import dataclasses
from datetime import date

from survey import timetable
from survey.model import Group, Instrument, Item, Library, Provider, Section, Service, Services, Site, Wave
from survey.timetable import Listed

TODAY = date(2026, 11, 24)


def words(text: str) -> dict[str, str]:
    return {"fi": text, "sv": f"{text} (sv)"}


def instrument(id: str, *waves: str, **more: object) -> Instrument:
    items = (Item(id=f"{id}1", type="text", text=words("?")),)
    given = {"version": 1, "languages": ("fi", "sv"), "title": words(id), "waves": waves, **more}
    return Instrument(instrument=id, sections=(Section(items=items),), **given)  # type: ignore[arg-type]


def service(id: str, *instruments: str, **more: object) -> Service:
    given = {
        "kind": "job_coaching",
        "provider": "own",
        "sourcing": "own",
        "buyer": "Alue",
        "municipality": "Jämsä",
        **more,
    }
    return Service(id=id, title=words(id), length_days=90, number_prefix="JT", instruments=instruments, **given)  # type: ignore[arg-type]


def listed(site: Site, *services: Service, counts: timetable.Counts | None = None) -> list[Listed]:
    waves = {
        "start": Wave(title=words("A"), at="start", open=(-14, 14)),
        "end": Wave(title=words("L"), at="end", open=(-14, 30)),
        "late": Wave(title=words("J"), after="end", months=6, open=(-30, 30)),
    }
    site = dataclasses.replace(site, waves=waves, languages=("fi", "sv"))
    every = [
        instrument("koe", "start", "end"),
        instrument("palaute", "end"),
        instrument("tyonantaja", "end", respondent="employer"),
    ]
    library = Library(
        site=site,
        services=Services(kinds={}, providers={"own": Provider(name="Alue")}, services=services),
        instruments={each.key: each for each in every},
        drafts=("palaute@1",),
    )
    return timetable.listed(library, today=TODAY, address="https://kysely.example.fi/", counts=counts)


def test_waves_of_groups(library: Library) -> None:
    """Before, in and after its window; both days of a window belong to it; waves that nobody asks are left out."""
    groups = (
        Group(id="g1", start="2026-10-20", end="2026-12-08"),
        Group(id="g2", start="2026-11-10", end="2027-02-10"),
        Group(id="g3", start="2026-12-09", end="2027-03-09"),
    )
    (one,) = listed(library.site, service("jt", "koe@1", "palaute@1", groups=groups))
    assert [str(line) for line in one.lines()] == [
        "jt: jt",
        "  Alue, intervention",
        "  koe@1, palaute@1 (draft)",
        "  group g1, 2026-10-20 to 2026-12-08",
        "    start, closed 2026-11-03: koe@1",
        "    end, open until 2027-01-07: koe@1, palaute@1",
        "  group g2, 2026-11-10 to 2027-02-10",
        "    start, open until 2026-11-24: koe@1",
        "    end, opens 2027-01-27: koe@1, palaute@1",
        "  group g3, 2026-12-09 to 2027-03-09",
        "    start, opens 2026-11-25: koe@1",
        "    end, opens 2027-02-23: koe@1, palaute@1",
    ]


def test_a_service_without_groups(library: Library) -> None:
    """As for whoever begins today; how many were invited and have answered where that is known."""
    counts = {("jt", None, "start", "koe"): (12, 5)}
    (one,) = listed(library.site, service("jt", "koe@1", arm="comparison"), counts=counts)
    assert [str(line) for line in one.lines()][1:] == [
        "  Alue, comparison",
        "  koe@1",
        "  whoever begins today, 2026-11-24 to 2027-02-22",
        "    start, open until 2026-12-08: koe@1 (5 of 12 answered)",
        "    end, opens 2027-02-08: koe@1 (0 of 0 answered)",
    ]


def test_pages_without_a_code(library: Library) -> None:
    """Employers' forms of any service, and all of an open one, in each language; an open service has no windows."""
    found = listed(library.site, service("jt", "koe@1", "tyonantaja@1"), service("avoin", "palaute@1", open=True))
    assert [link.address for link in found[0].links] == [
        "https://kysely.example.fi/fi/tyonantaja-v1-end--jt.html",
        "https://kysely.example.fi/sv/tyonantaja-v1-end--jt.html",
    ]
    assert [str(line) for line in found[1].lines()] == [
        "avoin: avoin",
        "  Alue, intervention, open to everybody",
        "  palaute@1 (draft)",
        "  without a code: https://kysely.example.fi/fi/palaute-v1-end--avoin.html",
        "  without a code: https://kysely.example.fi/sv/palaute-v1-end--avoin.html",
    ]


def test_as_json(library: Library) -> None:
    """All of it, dates as ISO text."""
    (one,) = listed(library.site, service("jt", "koe@1", open=False))
    data = one.as_json()
    assert data["spells"] == [
        {
            "group": None,
            "start": "2026-11-24",
            "end": "2027-02-22",
            "waves": [
                {
                    "wave": "start", "state": "open", "first": "2026-11-10", "last": "2026-12-08",
                    "asked": [{"instrument": "koe@1", "invited": None, "answered": None}],
                },
                {
                    "wave": "end", "state": "not yet open", "first": "2027-02-08", "last": "2027-03-24",
                    "asked": [{"instrument": "koe@1", "invited": None, "answered": None}],
                },
            ],
        }
    ]  # fmt: skip
    assert {key: data[key] for key in data if key != "spells"} == {
        "service": "jt", "title": words("jt"), "kind": "job_coaching", "provider": "own", "provider_name": "Alue",
        "arm": "intervention", "open": False, "instruments": [{"instrument": "koe@1", "draft": False}], "links": [],
    }  # fmt: skip
