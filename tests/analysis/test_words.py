"""What people said in their own words: only what was released, by kind of service, and where enough people wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from analysis import dataset as datasets
from analysis.dataset import RELEASED_WORDS, Dataset, DatasetError
from analysis.disclosure import Policy, Release
from analysis.words import KindWords, QuestionWords, WordsTable, released_words
from survey.model import Item, Library, Option, Section
from survey.records import Participation, Released, Submission, SubmissionKey

MADE = "2026-12-15T06:00:00.000Z"
CAREER = "job_search_coaching"


@dataclass(frozen=True, kw_only=True)
class Wrote:
    """What somebody wrote to a question of the measure, and what was released of it; None where nothing was."""

    who: int
    text: str = "x"
    released: str | None = None
    service: str = "ura"
    item: str = "words"
    wave: str = "end"
    person: str | None = None
    code: bool = True


def many(n: int, *, first: int = 0, **same: object) -> list[Wrote]:
    return [Wrote(who=first + k, **same) for k in range(n)]  # type: ignore[arg-type]


def written(folder: Path, library: Library, said: Sequence[Wrote]) -> Dataset:
    """A dataset of what was written and released, written and read back."""
    found = sorted(((_id(one), one) for one in said), key=lambda entry: entry[0] if entry[1].code else "o_")
    datasets.write(
        folder,
        library=library,
        participations=[_participation(id, one) for id, one in found if one.code],
        submissions=[(_key(id, one), _submission(id, one)) for id, one in found],
        words=[_released(id, one) for id, one in found if one.released is not None],
        made=MADE,
    )
    return datasets.read(folder)


Make = Callable[..., Dataset]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return partial(written, tmp_path / "dataset")


def _id(one: Wrote) -> str:
    return f"p_{one.who:026d}"


def _key(id: str, one: Wrote) -> SubmissionKey:
    return SubmissionKey(id if one.code else f"o_s{id}", "asiakasmuutosmittari", one.wave, 1)


def _participation(id: str, one: Wrote) -> Participation:
    return Participation(
        id=id, number=f"X-{one.who}", service=one.service, group="ura-0", start="2026-01-12", planned_end="2026-04-12",
        person=one.person, invited="2026-01-12T06:00:00.000Z",
    )  # fmt: skip


def _submission(id: str, one: Wrote) -> Submission:
    return Submission(
        id=f"s{id}", participation=id if one.code else None, service=one.service, instrument="asiakasmuutosmittari",
        version=3, meaning="", wave=one.wave, language="fi", channel="own_device", helper="none",
        received="2026-04-20T09:00:00.000Z", answers={one.item: one.text},
    )  # fmt: skip


def _released(id: str, one: Wrote) -> Released:
    return Released(
        submission=f"s{id}", item=one.item, n=1, digest="d", owner=id, service=one.service,
        instrument="asiakasmuutosmittari", wave=one.wave, text=one.released, role="laatukoordinaattori",
        moment="2026-06-01T08:00:00.000Z",
    )  # fmt: skip


def table(dataset: Dataset, **policy: int) -> WordsTable:
    return released_words(dataset, Release(policy=Policy(**policy)))


# --- the dataset ----------------------------------------------------------------------------------


def test_the_dataset_says_nothing_of_who_wrote(make: Make, library: Library) -> None:
    """Service, kind, question, text and the moment of release: neither participation nor group nor language, and in
    an order by what is said."""
    data = make(library, [Wrote(who=1, released="b"), Wrote(who=2, released="a"), Wrote(who=3, text="salaisuus")])
    assert list(data.words.columns) == RELEASED_WORDS.names
    assert data.words["text"].tolist() == ["a", "b"]
    assert data.words["kind"].tolist() == [CAREER, CAREER]
    assert data.words["moment"].tolist() == [pd.Timestamp("2026-06-01T08:00:00Z")] * 2
    assert not data.words.astype(str).map(lambda cell: "p_0" in cell or "ura-0" in cell).any(axis=None)


def test_a_dataset_from_before_there_were_any(make: Make, library: Library, tmp_path: Path) -> None:
    """It has none, and is read as others are."""
    make(library, [Wrote(who=1, released="a")])
    (tmp_path / "dataset" / "released_words.parquet").unlink()
    data = datasets.read(tmp_path / "dataset")
    assert data.words.empty and list(data.words.columns) == RELEASED_WORDS.names
    assert table(data) == WordsTable(questions=(), shown=0, too_few=0)


def test_what_is_withheld_is_in_no_dataset(library: Library, tmp_path: Path) -> None:
    """Whoever passes every decision on gets only what is released; of a service that is gone it says so."""
    one = _released("p_1", Wrote(who=1, released="a"))
    folder = tmp_path / "dataset"
    write = partial(datasets.write, folder, library=library, participations=[], submissions=[], made=MADE)
    write(words=[one, replace(one, text=None)])
    assert datasets.read(folder).words["text"].tolist() == ["a"]
    with pytest.raises(DatasetError, match=r"There are participations or answers in poissa, which services\.yaml"):
        write(words=[replace(one, service="poissa")])


# --- what is shown --------------------------------------------------------------------------------


def test_texts_stand_by_question_and_kind(make: Make, library: Library) -> None:
    """Two services of a kind stand together, in the order of the alphabet, one written twice once; with the titles."""
    said = [
        *(Wrote(who=n, released=text) for n, text in enumerate(["kahvi", "Äiti", "Apua", "kahvi"])),
        Wrote(who=10, released="Bussi", service="tyonhaku"),
        *many(5, first=20, service="hitsaus", released="Hitsi"),
        Wrote(who=30, service="hitsaus", released="Alku", wave="start"),
    ]
    found = table(make(library, said))
    measure = library.instruments["asiakasmuutosmittari@3"]
    kinds = library.services.kinds
    (question,) = found.questions
    assert question == QuestionWords(
        instrument="asiakasmuutosmittari", wave="end", item="words", beside=False, respondent="client",
        title=measure.title, question=measure.item("words").text,
        kinds=(
            KindWords(kind="labour_market_training", title=kinds["labour_market_training"], texts=("Hitsi",)),
            KindWords(kind=CAREER, title=kinds[CAREER], texts=("Apua", "Bussi", "kahvi", "Äiti")),
        ),
    )  # fmt: skip
    assert (found.shown, found.too_few) == (5, 1)
    assert found.of("client") == found.questions and found.of("employer") == ()


@pytest.mark.parametrize(("wrote", "minimum", "shown"), [(4, 5, 0), (5, 5, 1), (5, 6, 0), (9, 6, 1)])
def test_enough_people_must_have_written(make: Make, library: Library, wrote: int, minimum: int, shown: int) -> None:
    """Whether or not theirs were released; those of other kinds, questions and waves do not count."""
    said = [
        *many(wrote - 1),
        Wrote(who=90, released="Sana"),
        *many(9, first=20, service="hitsaus"),
        *many(9, first=40, wave="start"),
    ]
    found = table(make(library, said), minimum_count=minimum)
    assert (len(found.questions), found.shown, found.too_few) == (shown, shown, 1 - shown)


def test_a_person_is_counted_once(make: Make, library: Library) -> None:
    """Five texts of four people are not enough; five without a code are."""
    twice = [*many(3), *many(2, first=10, person="h_1", released="Sana")]
    assert table(make(library, twice)).shown == 0
    assert table(make(library, many(5, code=False, released="Sana"))).shown == 1


def test_the_protection_notices_a_planted_fault(make: Make, library: Library) -> None:
    """With a threshold of nothing the one text of a kind would be shown: the threshold is what keeps it back."""
    data = make(library, [*many(5, released="Muu"), Wrote(who=50, service="hitsaus", released="Ainoa")])
    assert "Ainoa" not in repr(table(data))
    assert "Ainoa" in repr(table(data, minimum_count=1))


def test_nothing_but_released_texts_is_shown(make: Make, library: Library) -> None:
    """What was written and not released is nowhere in the value, nor anything of whose it is."""
    found = table(make(library, [*many(6, text="salaisuus"), Wrote(who=9, text="Kaisa auttoi", released="[…] auttoi")]))
    assert found.questions[0].kinds[0].texts == ("[…] auttoi",)
    assert not any(word in repr(found) for word in ("salaisuus", "Kaisa", "p_0", "ura-0", "laatu"))
    assert {field.name for field in fields(KindWords)} == {"kind", "title", "texts"}


def test_words_beside_an_option(make: Make, library: Library) -> None:
    """They stand under the question whose option they belong to."""
    measure = library.instruments["asiakasmuutosmittari@3"]
    other = Option(value="muu", label=dict.fromkeys(measure.languages, "Muu"), other=True)
    asked = dict.fromkeys(measure.languages, "Miksi?")
    why = Item(id="why", type="single", text=asked, options=(replace(other, value="a", other=False), other))
    whole = replace(measure, sections=(*measure.sections, Section(items=(why,))))
    ours = replace(library, instruments={**library.instruments, whole.key: whole})
    (question,) = table(make(ours, many(5, item="why.other_text", released="Siksi"))).questions
    assert (question.item, question.beside, question.question, question.kinds[0].texts) == (
        "why",
        True,
        asked,
        ("Siksi",),
    )


def test_the_wording_is_that_of_the_newest_version_that_asks(make: Make, library: Library) -> None:
    """A question that a later version has dropped keeps the words in which it was last asked."""
    measure = library.instruments["asiakasmuutosmittari@3"]
    (first, last) = measure.sections
    reworded = replace(measure, version=4, title=dict.fromkeys(measure.languages, "Uusi"))
    dropped = replace(measure, version=5, sections=(first, replace(last, items=last.items[:-1])))
    assert "words" not in {item.id for item in dropped.items()}
    more = {one.key: one for one in (reworded, dropped)}
    ours = replace(library, instruments={**library.instruments, **more})
    (question,) = table(make(ours, many(5, released="Sana"))).questions
    assert question.title["fi"] == "Uusi"
