"""Values as JSON and back, and the hash of meaning: what changes it and what does not."""

from __future__ import annotations

import dataclasses
import json

import pytest

from survey.model import Instrument, Item, Library, as_data, direction, extended, from_data, meaning
from survey.records import Participation, Submission, UnreadableRecord, decode, digest, encode, parse_submission_key


def test_a_library_goes_through_json_unchanged(library: Library) -> None:
    """What the bundle says is what was read."""
    again = from_data(Library, json.loads(json.dumps(as_data(library))))
    assert again == library


def _with_item(instrument: Instrument, id: str, **changes: object) -> Instrument:
    def changed(item: Item) -> Item:
        return dataclasses.replace(item, **changes) if item.id == id else item  # type: ignore[arg-type]

    sections = tuple(dataclasses.replace(s, items=tuple(map(changed, s.items))) for s in instrument.sections)
    return dataclasses.replace(instrument, sections=sections)


@pytest.mark.parametrize(
    "changes",
    [{"text": {"fi": "Toinen kysymys"}}, {"required": "hard"}, {"waves": ("end",)}, {"show_if": "wb1 == 1"}],
)
def test_meaning_changes_with_what_an_answer_means(library: Library, changes: dict[str, object]) -> None:
    """Wording in the language, obligation, waves and conditions."""
    instrument = library.instruments["asiakasmuutosmittari@1"]
    assert meaning(_with_item(instrument, "wb2", **changes), "fi") != meaning(instrument, "fi")


def test_meaning_does_not_change_with_hints_titles_or_other_languages(library: Library) -> None:
    """Notes may be mended in the field; a language has a hash of its own."""
    instrument = library.instruments["asiakasmuutosmittari@1"]
    swedish = {**instrument.item("wb2").text, "sv": "Annan fråga"}
    assert meaning(_with_item(instrument, "wb2", hint={"fi": "Vihje"}), "fi") == meaning(instrument, "fi")
    assert meaning(_with_item(instrument, "wb2", text=swedish), "fi") == meaning(instrument, "fi")
    assert meaning(_with_item(instrument, "wb2", text=swedish), "sv") != meaning(instrument, "sv")
    assert meaning(dataclasses.replace(instrument, title={"fi": "Muu"}), "fi") == meaning(instrument, "fi")
    assert meaning(_with_item(instrument, "wb2", accepted=("NEGATED",)), "fi") == meaning(instrument, "fi")
    outlook = dataclasses.replace(instrument.dimensions["outlook"], accepted=("FEW-ITEMS",))
    accepting = dataclasses.replace(instrument, dimensions={**instrument.dimensions, "outlook": outlook})
    assert meaning(dataclasses.replace(accepting, accepted=("TOO-LONG",)), "fi") == meaning(instrument, "fi")
    assert len({meaning(instrument, language) for language in instrument.languages}) == len(instrument.languages)


def test_direction() -> None:
    """Arabic runs from right to left, whatever its region."""
    assert direction("ar") == direction("ar-ly") == "rtl"
    assert direction("fi-simple") == "ltr"


@pytest.mark.parametrize(
    ("languages", "wanted", "met"),
    [
        (("fi-simple", "fi", "sv"), "fi", "fi-simple"),
        (("fi-simple", "fi", "sv"), "fi-simple", "fi-simple"),
        (("sv", "fi", "fi-simple"), "fi", "fi"),
        (("sv", "fi", "fi-simple"), "fi-simple", "fi-simple"),
        (("fi-simple", "fi", "sv"), "sv", "sv"),
        (("sv", "fi"), "fi-simple", "fi"),
        (("fi", "sv-simple"), "sv", "sv-simple"),
        (("fi-simple", "fi", "sv"), "ar", None),
        (("fi-simple", "fi", "de-simple", "de"), "de", "de"),
    ],
)
def test_the_language_that_somebody_meets(
    library: Library, languages: tuple[str, ...], wanted: str, met: str | None
) -> None:
    """Easy language is met by who comes in the language where the instrument lists it first, and by who asks for it; a
    language that the site has lost is met by nobody."""
    instrument = dataclasses.replace(library.instruments["kotokoulutus@1"], languages=languages)
    assert instrument.met_in(wanted, ("fi", "sv", "fi-simple", "sv-simple", "ar", "de")) == met


SUBMISSION = Submission(
    id="0" * 26, participation="p_1", service="s", instrument="koe", version=1, meaning="m", wave="start",
    language="fi", channel="own_device", helper="none", received="2026-11-24T10:00:00.000Z",
    answers={"a": 1, "b": ["x"], "c": "sanä"}, absent={"d": "skipped"},
)  # fmt: skip


def test_records_hold_every_field_and_come_back() -> None:
    """The JSON of the design, field by field, and the value unchanged."""
    data = json.loads(encode(SUBMISSION))
    assert sorted(data) == sorted(
        ["record", "id", "digest", "participation", "service", "instrument", "version", "meaning", "wave", "language",
         "channel", "helper", "received", "revisions", "answers", "absent"]
    )  # fmt: skip
    assert data["record"] == 2
    assert decode(Submission, encode(SUBMISSION)) == SUBMISSION
    person = Participation(
        id="p_1", number="JT-2026-001", service="s", start="2026-01-01", planned_end="2026-02-01", invited="x"
    )
    assert decode(Participation, encode(person)) == person


KEY = b"k" * 32


def test_the_digest_is_of_the_content() -> None:
    """When it came changes nothing; what it says does."""
    later = dataclasses.replace(SUBMISSION, received="later", digest="x", revisions=1)
    assert digest(SUBMISSION, KEY) == digest(later, KEY)
    assert digest(SUBMISSION, KEY) != digest(dataclasses.replace(SUBMISSION, answers={"a": 2}), KEY)
    assert digest(SUBMISSION, KEY) != digest(SUBMISSION, bytes(32))


@pytest.mark.parametrize("body", [b"", b"{}", b'{"record": 3}', b'{"record": 1, "x": 2}', b"[1]", b"\xff"])
def test_what_is_no_record_is_refused(body: bytes) -> None:
    """A later format or foreign bytes never pass as answers."""
    with pytest.raises(UnreadableRecord):
        decode(Submission, body)


def test_keys_are_read_back_strictly() -> None:
    """Counting needs keys only, so a key must be what it says."""
    key = parse_submission_key("submission/p_1/koe/start/1")
    assert (key.owner, key.instrument, key.wave, key.n) == ("p_1", "koe", "start", 1)
    for bad in ("submission/p_1/koe/start", "receipt/x/y/z/1", "submission/p_1/koe/start/x"):
        with pytest.raises(UnreadableRecord):
            parse_submission_key(bad)


def test_an_extension_asks_at_its_own_waves(library: Library) -> None:
    """What the base asks at other waves only is left out; the rest is asked at those that both have."""
    core = library.instruments["asiakasmuutosmittari@1"]
    own = dataclasses.replace(core, instrument="oma", extends=core.key, waves=("start",), sections=(), dimensions={})
    made = extended(own, core)
    assert [item.id for item in made.items()] == [item.id for item in core.items("start")]
    assert list(made.dimensions) == list(core.dimensions)
    both = extended(dataclasses.replace(own, waves=("start", "end")), core)
    assert {item.waves for item in both.items() if item.waves} == {("end",)}
