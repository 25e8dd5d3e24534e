"""Instruments that use the whole vocabulary, asked by the services of this folder's small library."""

from __future__ import annotations

import dataclasses

from survey.model import (
    Constraint,
    Dimension,
    Instrument,
    Item,
    ItemType,
    Library,
    Option,
    Row,
    Section,
    Text,
    with_origin,
)

LANGUAGES = ("fi", "sv", "en")


def same(words: str) -> Text:
    return dict.fromkeys(LANGUAGES, words)


def options(*values: int | str, missing: int | None = None, other: str | None = None) -> tuple[Option, ...]:
    """Options labelled by their values; one may be missing, and one may open a field for words."""
    real = (Option(value=value, label=same(f"valinta {value}"), other=value == other) for value in values)
    gone = (Option(value=missing, label=same("-"), missing="dont_know"),) if missing is not None else ()
    return (*real, *gone)


def item(id: str, type: ItemType, **more: object) -> Item:
    return Item(id=id, type=type, text=same(f"Kysymys {id}"), **more)  # type: ignore[arg-type]


STEPS = options(1, 2, 3, 4, 5, missing=9)


def everything() -> Instrument:
    """One item or more of every type, with conditions, rules and limits; asked at the start and at the end."""
    scored = (
        Option(value="never", label=same("Ei koskaan"), score=0),
        Option(value="often", label=same("Usein"), score=2.5),
        Option(value="always", label=same("Aina"), score=3),
    )
    items = (
        item("campaign", "hidden", value="letter", options=options("sms", 2)),
        item("mood", "likert", options=STEPS, required="hard"),
        Item(
            id="week",
            type="grid",
            text=same("Viikko"),
            options=STEPS,
            rows=(
                Row(id="monday", text=same("Maanantai")),
                Row(id="friday", text=same("Perjantai"), reverse=True),
            ),
        ),
        item("rating", "scale", low=same("vähän"), high=same("paljon"), options=options(missing=99)),
        item("habit", "single", options=scored),
        item("place", "dropdown", options=options("town", "village", "other", other="other"), required="soft"),
        item("car", "yes_no", options=options(missing=9)),
        item("mixed", "single", options=options(1, 2, "more")),
        item("channels", "multiple", options=options("web", "phone", "none", 4, other="phone"), at_most=3),
        item("wishes", "rank", options=options("pay", "hours", "travel", 7), at_most=3),
        item("spent", "integer", minimum=0, maximum=60, unit=same("tuntia")),
        item("wage", "decimal", minimum=0, maximum=50.5, show_if="car == 'yes'"),
        item("began", "date", minimum="2020-01-31", maximum="today"),
        item(
            "finished",
            "date",
            constraints=(Constraint(rule="finished >= began", message=same("Loppu on ennen alkua.")),),
        ),
        item("month", "month", minimum="2025-02"),
        item("year", "year", minimum=1950, maximum="today"),
        item("clock", "time", minimum="08:30", maximum="16:00"),
        item("phrase", "text", max_length=12),
        item("story", "long_text"),
        item("mail", "email", show_if="may == 'yes'"),
        item("number", "phone"),
        item("may", "consent"),
        item("remark", "note"),
        item("load", "calculated", calculate="spent * 4 + mean(mood, rating)"),
    )
    # A question may hang on earlier ones only.
    mail = next(one for one in items if one.id == "mail")
    order = (*(one for one in items if one is not mail), mail)
    return Instrument(
        instrument="kaikki",
        version=1,
        languages=LANGUAGES,
        title=same("Kaikki"),
        waves=("start", "end"),
        sections=(
            Section(title=same("Osa"), items=order),
            Section(show_if="car == 'yes' and not answered(spent)", items=(item("why", "text", required="hard"),)),
        ),
        dimensions={
            "steps": Dimension(
                title=same("Askelmat"), items=("mood", "monday", "friday", "rating"), minimum_answered=2
            ),
            "sums": Dimension(title=same("Summat"), items=("habit", "spent"), minimum_answered=1, higher_is="worse"),
        },
    )


def opinion() -> Instrument:
    """Feedback at the end: steps, a scale, a grid, choices, a ranking, and two memories of the time before."""
    memories = tuple(item(f"before{n}", "likert", options=STEPS, then=True) for n in (1, 2))
    items = (
        item("heard", "likert", options=STEPS),
        item("advice", "scale", low=same("en"), high=same("kyllä")),
        Item(
            id="parts",
            type="grid",
            text=same("Osat"),
            options=STEPS,
            rows=(Row(id="room", text=same("Tilat")), Row(id="food", text=same("Ruoka"))),
        ),
        item("again", "yes_no"),
        item("length", "single", options=options("short", "right", "long", missing=9)),
        item("helped", "multiple", options=options("cv", "calls", "practice", "rare")),
        item("best", "rank", options=options("staff", "group", "tasks")),
        *memories,
        item("could", "yes_no", then=True),
    )
    return Instrument(
        instrument="mielipide",
        version=1,
        languages=LANGUAGES,
        title=same("Mielipide"),
        waves=("end",),
        sections=(Section(items=items),),
        dimensions={
            "before": Dimension(title=same("Muisto alusta"), items=("before1", "before2"), minimum_answered=1),
        },
    )


def assessment() -> Instrument:
    """What a coach says about a client, at the start and at the end."""
    items = tuple(item(f"seen{n}", "likert", options=STEPS) for n in (1, 2, 3))
    work = item("seen_work", "yes_no", outcome="employment", waves=("end",))
    return Instrument(
        instrument="arvio",
        version=1,
        languages=LANGUAGES,
        title=same("Valmentajan arvio"),
        waves=("start", "end"),
        respondent="coach",
        sections=(Section(items=(*items, work)),),
        dimensions={
            "seen": Dimension(title=same("Valmentajan näkemä"), items=("seen1", "seen2", "seen3"), minimum_answered=2)
        },
    )


def employer() -> Instrument:
    """What an employer says about a service, without a code, on pages that name the service."""
    return Instrument(
        instrument="tyonantaja",
        version=1,
        languages=("fi", "sv"),
        title=same("Työnantajalle"),
        waves=("end",),
        respondent="employer",
        intro=same("Kysymme palvelusta {service}."),
        sections=(Section(items=(item("fit", "likert", options=STEPS), item("hire", "yes_no"))),),
    )


def with_everything(library: Library) -> Library:
    """The small library whose services ask all these questionnaires too."""
    new = [with_origin(instrument) for instrument in (everything(), opinion(), assessment(), employer())]
    keys = tuple(instrument.key for instrument in new)
    services = tuple(
        dataclasses.replace(service, instruments=(*service.instruments, *keys)) for service in library.services.services
    )
    return dataclasses.replace(
        library,
        services=dataclasses.replace(library.services, services=services),
        instruments={**library.instruments, **{instrument.key: instrument for instrument in new}},
    )
