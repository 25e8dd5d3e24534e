"""A small library, and a dataset of a simulated cohort that answered its questionnaires."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from analysis import dataset as datasets
from analysis.cohort import Cohort, Design, Planned
from analysis.dataset import Dataset
from analysis.fieldwork import form_fields
from survey.answers import judge
from survey.model import (
    Dimension,
    Group,
    Instrument,
    Item,
    Library,
    Notice,
    Option,
    Organisation,
    Provider,
    Reference,
    Scale,
    Section,
    Service,
    Services,
    Site,
    Text,
    Wave,
    extended,
    meaning,
    with_origin,
)
from survey.records import Answer, Participation, Submission, SubmissionKey, digest
from survey.schedule import window
from tests.analysis.vocabulary import with_everything

MADE = "2026-12-15T06:00:00.000Z"
LANGUAGES = ("fi", "sv", "en")


def text(fi: str, sv: str, en: str) -> Text:
    return {"fi": fi, "sv": sv, "en": en}


def same(words: str) -> Text:
    return dict.fromkeys(LANGUAGES, words)


AGREE = Scale(
    options=(
        *(Option(value=value, label=same(str(value))) for value in range(1, 6)),
        Option(value=9, label=same("-"), missing="not_applicable"),
    )
)


def _likert(id: str, reverse: bool = False) -> Item:
    return Item(id=id, type="likert", scale="agree", text=same(f"Väite {id}"), reverse=reverse)


def _measure() -> Instrument:
    """The core: four dimensions, an outcome of each sort, an item of each other type."""
    items = [
        _likert(f"{stem}{n}", reverse=(stem == "js" and n == 3))
        for stem in ("js", "wb", "st", "ev")
        for n in range(1, 5)
    ]
    work = (Option(value="employed", label=same("Töissä"), achieved=True), Option(value="not", label=same("Ei")))
    study = (Option(value="studying", label=same("Opiskelee"), achieved=True), Option(value="not", label=same("Ei")))
    later = ("end", "followup_6")
    ask_work = text("Oletko töissä?", "Arbetar du?", "Are you working?")
    ask_study = text("Opiskeletko?", "Studerar du?", "Are you studying?")
    more = (
        Item(id="work", type="single", text=ask_work, options=work, waves=later, outcome="employment"),
        Item(
            id="hours",
            type="integer",
            text=same("Tunnit"),
            minimum=1,
            maximum=60,
            waves=later,
            show_if="work == 'employed'",
        ),
        Item(id="study", type="single", text=ask_study, options=study, waves=later, outcome="education"),
        Item(
            id="help",
            type="multiple",
            text=same("Apua"),
            options=(Option(value="cv", label=same("CV")), Option(value=2, label=same("Muu"))),
        ),
        Item(id="words", type="long_text", text=same("Kerro")),
    )
    return Instrument(
        instrument="asiakasmuutosmittari",
        version=3,
        languages=LANGUAGES,
        title=text("Asiakasmuutosmittari", "Klientförändringsmätaren", "Client change measure"),
        waves=("start", "end", "followup_6"),
        source=same("Mittari"),
        scales={"agree": AGREE},
        sections=(Section(title=same("Osa"), items=tuple(items)), Section(title=same("Muut"), items=more)),
        dimensions={
            "job_search": Dimension(
                title=text("Työnhakutaidot", "Jobbsökningsfärdigheter", "Job-search skills"),
                items=("js1", "js2", "js3", "js4"),
                minimum_answered=3,
                reference=Reference(sd=21.0, reliability=0.84, source="Made up for tests"),
                meaningful_change=8,
            ),
            "wellbeing": Dimension(
                title=text("Hyvinvointi", "Välbefinnande", "Well-being"),
                items=("wb1", "wb2", "wb3", "wb4"),
                minimum_answered=2,
            ),
            "strain": Dimension(
                title=text("Arjen kuormitus", "Belastning i vardagen", "Strain in daily life"),
                items=("st1", "st2", "st3", "st4"),
                minimum_answered=2,
                higher_is="worse",
            ),
            "circumstances": Dimension(
                title=text("Elämäntilanne", "Livssituation", "Circumstances"),
                items=("ev1", "ev2", "ev3", "ev4"),
                minimum_answered=2,
                measurement="formative",
            ),
        },
    )


def _coaching(core: Instrument) -> Instrument:
    own = Instrument(
        instrument="tyohonvalmennus",
        version=1,
        languages=LANGUAGES,
        title=text("Työhönvalmennus", "Arbetsträning", "Job coaching"),
        waves=core.waves,
        source=same("Mittari"),
        extends="asiakasmuutosmittari@3",
        sections=(Section(title=same("Omat"), items=(_likert("coach1"), _likert("coach2"))),),
        dimensions={
            "working_life": Dimension(
                title=text("Työelämätaidot", "Arbetslivsfärdigheter", "Working-life skills"),
                items=("coach1", "coach2"),
                minimum_answered=1,
            )
        },
    )
    return extended(own, core)


def _feedback() -> Instrument:
    asked = (
        (
            "fb1",
            "Sain apua silloin, kun tarvitsin",
            "Jag fick hjälp när jag behövde det",
            "I got help when I needed it",
        ),
        ("fb2", "Minua kuunneltiin", "Jag blev hörd", "I was listened to"),
        ("fb3", "Suosittelisin palvelua muille", "Jag skulle rekommendera tjänsten", "I would recommend the service"),
    )
    items = tuple(Item(id=id, type="likert", scale="agree", text=text(*words)) for id, *words in asked)
    return Instrument(
        instrument="palvelupalaute",
        version=2,
        languages=LANGUAGES,
        title=text("Palvelupalaute", "Feedback om tjänsten", "Service feedback"),
        waves=("end",),
        source=same("Mittari"),
        scales={"agree": AGREE},
        sections=(Section(title=same("Palaute"), items=items),),
        dimensions={
            "quality": Dimension(
                title=text("Palvelun laatu", "Tjänstens kvalitet", "Quality of the service"),
                items=("fb1", "fb2", "fb3"),
                minimum_answered=2,
            )
        },
    )


def _service(id: str, title: Text, kind: str, sizes: list[int], **more: str) -> Service:
    first = date(2026, 1, 12)
    groups = tuple(
        Group(id=f"{id}-{n}", start=str(first + timedelta(days=14 * n)), end=str(first + timedelta(days=14 * n + 90)))
        for n in range(len(sizes))
    )
    own = "tyohonvalmennus@1" if kind == "job_coaching" else "asiakasmuutosmittari@3"
    return Service(
        id=id,
        title=title,
        kind=kind,  # type: ignore[arg-type]
        provider="taito",
        sourcing="bought",
        buyer="Jämsä",
        municipality="Jämsä",
        arm=more.get("arm", "intervention"),  # type: ignore[arg-type]
        length_days=90,
        number_prefix=id[:2].upper(),
        instruments=(own, "palvelupalaute@2"),
        groups=groups,
    )


SIZES = {
    "hitsaus": [12, 14, 11, 15, 13],
    "kone": [9, 12, 10, 14],
    "ura": [14, 12, 15, 11, 13, 12],
    "tyonhaku": [6, 5],
    "valmennus": [10, 12, 9, 14],
    "tuettu": [11, 8, 13],
    "verrokki": [20, 22, 25],
}


def _services() -> Services:
    welding = text("Hitsaajakoulutus", "Svetsarutbildning", "Welding course")
    return Services(
        kinds={
            "labour_market_training": text("Työvoimakoulutus", "Arbetskraftsutbildning", "Labour-market training"),
            "job_search_coaching": text(
                "Työnhaku- ja uravalmennus", "Jobbsöknings- och karriärträning", "Job-search and career coaching"
            ),
            "job_coaching": text("Työhönvalmennus", "Arbetsträning", "Job coaching"),
        },
        providers={"taito": Provider(name="Taitotalo Oy")},
        services=(
            _service("hitsaus", welding, "labour_market_training", SIZES["hitsaus"]),
            _service(
                "kone",
                text("Koneenkäyttäjät", "Maskinförare", "Machine operators"),
                "labour_market_training",
                SIZES["kone"],
            ),
            _service(
                "ura", text("Uravalmennus", "Karriärträning", "Career coaching"), "job_search_coaching", SIZES["ura"]
            ),
            _service(
                "tyonhaku",
                text("Työnhakuryhmä", "Jobbsökargrupp", "Job-search group"),
                "job_search_coaching",
                SIZES["tyonhaku"],
            ),
            _service(
                "valmennus",
                text("Työhönvalmennus Jämsä", "Arbetsträning Jämsä", "Job coaching Jämsä"),
                "job_coaching",
                SIZES["valmennus"],
            ),
            _service(
                "tuettu", text("Tuettu työ", "Arbete med stöd", "Supported work"), "job_coaching", SIZES["tuettu"]
            ),
            _service(
                "verrokki",
                text("Ilman valmennusta", "Utan träning", "Without coaching"),
                "job_coaching",
                SIZES["verrokki"],
                arm="comparison",
            ),
        ),
    )


@pytest.fixture(scope="session")
def library() -> Library:
    """A site in three languages, seven services of three kinds (one a comparison), three instruments."""
    core = with_origin(_measure())
    instruments = (core, with_origin(_coaching(core)), with_origin(_feedback()))
    notice = Notice(title=same("Seloste"), updated="2026-01-01", sections=())
    site = Site(
        organisation=Organisation(
            name=text(
                "Eteläisen Keski-Suomen työllisyysalue",
                "Södra Mellersta Finlands sysselsättningsområde",
                "Employment area of southern Central Finland",
            ),
            email="x@example.org",
        ),
        title=same("Mittari"),
        welcome=same("Tervetuloa"),
        languages=LANGUAGES,
        required_languages=LANGUAGES,
        language_names={"fi": "suomi", "sv": "svenska", "en": "English"},
        address="https://example.org",
        time_zone="Europe/Helsinki",
        waves={
            "start": Wave(title=text("Alku", "Start", "Start"), at="start", open=(-14, 14)),
            "end": Wave(title=text("Loppu", "Slut", "End"), at="end", open=(-14, 30)),
            "followup_6": Wave(
                title=text("6 kk lopusta", "6 mån efter slutet", "6 months after the end"),
                after="end",
                months=6,
                open=(-30, 30),
            ),
        },
        who_sees=same("Kuka näkee"),
        notices={"privacy": notice, "accessibility": notice},
    )
    return Library(site=site, services=_services(), instruments={i.key: i for i in instruments})


def participations(library: Library) -> list[Participation]:
    """One for each seat of each group; every fifth of a coaching service came without a group."""
    people: list[Participation] = []
    for service in library.services.services:
        for group, size in zip(service.groups, SIZES[service.id], strict=True):
            for seat in range(size):
                alone = service.kind != "labour_market_training" and seat % 5 == 4
                people.append(_person(service.id, None if alone else group.id, group, len(people)))
    return people


def _person(service: str, group: str | None, dates: Group, n: int) -> Participation:
    return Participation(
        id=f"p_{'0123456789abcdefghjkmnpqrstvwxyz'[n % 32]}{n:025d}",
        number=f"X-2026-{n:03d}",
        service=service,
        group=group,
        start=dates.start,
        planned_end=dates.end,
        invited=f"{dates.start}T06:00:00.000Z",
    )


def submissions(
    library: Library, people: list[Participation], design: Design, seed: int = 1, languages: Sequence[str] = ("fi",)
) -> Iterator[tuple[SubmissionKey, Submission]]:
    """What a cohort, its coaches and employers answer, in the order of keys; every 23rd answer comes after its window.

    People answer in these languages by turns.
    """
    planned = [Planned(service=p.service, group=p.group, start=p.start, end=p.planned_end) for p in people]
    cohort = Cohort(library=library, planned=planned, design=design, seed=seed)
    found = []
    for n, person in enumerate(people):
        for key in sorted(library.services.service(person.service).instruments):
            instrument = library.instruments[key]
            for wave in sorted(instrument.waves):
                open_days = window(person, library.site.waves[wave])
                day = open_days.first + timedelta(days=20) if n % 23 else open_days.last + timedelta(days=3)
                answers = cohort.answers(n, instrument, wave, day)
                if answers is not None and str(day) < MADE:
                    language = languages[n % len(languages)]
                    one = _submission(instrument, person, wave, answers, day, language)
                    found.append((SubmissionKey(one.owner, instrument.instrument, wave, 1), one))
    yield from sorted(found, key=lambda entry: (entry[0].owner, entry[0].instrument, entry[0].wave))


def _submission(
    instrument: Instrument, person: Participation, wave: str, given: Mapping[str, Answer], day: date, language: str
) -> Submission:
    fields = {name: [value] for name, value in form_fields(instrument, given).items()}
    judged = judge(instrument, wave, fields, today=day)
    assert judged.problems == ()
    employer = instrument.respondent == "employer"
    plain = Submission(
        id=f"{person.id[2:]}{instrument.instrument}{wave}",
        participation=None if employer else person.id,
        service=person.service,
        instrument=instrument.instrument,
        version=instrument.version,
        meaning=meaning(instrument, "fi"),
        wave=wave,
        language=language if language in instrument.languages else "fi",
        channel="own_device",
        helper="none",
        received=datetime.combine(day, time(9), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        answers=judged.answers,
        absent=judged.absent,
    )
    return replace(plain, digest=digest(plain, b"k" * 32))


Make = Callable[..., Dataset]


@pytest.fixture(scope="session")
def people(library: Library) -> list[Participation]:
    return participations(library)


@pytest.fixture(scope="session")
def records(library: Library, people: list[Participation]) -> list[tuple[SubmissionKey, Submission]]:
    """Every submission of a cohort that gained a little, in the order of keys."""
    return list(submissions(library, people, Design(change={"circumstances": 0.0})))


@pytest.fixture(scope="session")
def dataset(
    library: Library,
    people: list[Participation],
    records: list[tuple[SubmissionKey, Submission]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Dataset:
    """The dataset of that cohort, written and read back."""
    folder = tmp_path_factory.mktemp("data") / "dataset"
    datasets.write(folder, library=library, participations=people, submissions=records, made=MADE)
    return datasets.read(folder)


@pytest.fixture(scope="session")
def shared(dataset: Dataset) -> Dataset:
    """The same with three providers that cut across kinds, and a contract each but for the comparison."""
    of = {"hitsaus": "alfa", "kone": "beeta", "ura": "beeta", "tyonhaku": "beeta", "valmennus": "gamma",
          "tuettu": "alfa", "verrokki": "alfa"}  # fmt: skip
    services = tuple(
        replace(s, provider=of[s.id], contract=None if s.arm == "comparison" else f"S-{of[s.id]}")
        for s in dataset.library.services.services
    )
    providers = {id: Provider(name=f"{id.title()} Oy") for id in sorted({*of.values()})}
    changed = replace(dataset.library.services, providers=providers, services=services)
    library = replace(dataset.library, services=changed)
    return replace(dataset, library=library, services=datasets.service_frame(library))


@pytest.fixture(scope="session")
def whole_library(library: Library) -> Library:
    """The same with instruments that use the whole vocabulary, for coaches and employers too."""
    return with_everything(library)


@pytest.fixture(scope="session")
def whole(whole_library: Library, people: list[Participation], tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The dataset of a cohort that answered all these, a third of them in Swedish."""
    folder = tmp_path_factory.mktemp("whole") / "dataset"
    answered = submissions(whole_library, people, Design(answering={}), languages=("fi", "sv", "fi"))
    datasets.write(folder, library=whole_library, participations=people, submissions=answered, made=MADE)
    return datasets.read(folder)


@pytest.fixture(scope="session")
def reference() -> Callable[[str], dict]:  # type: ignore[type-arg]
    """Loads a file of figures computed independently in R."""
    folder = Path(__file__).parents[1] / "reference"
    return lambda name: json.loads((folder / f"{name}.json").read_text())
