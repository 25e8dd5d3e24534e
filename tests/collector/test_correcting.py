"""Correcting and erasing one's own answers in the browser, by the receipt and nothing else."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import build as publishing
from collector import audit, correcting, results
from collector.bundle import Bundle, read_bundle
from collector.inviting import Invited
from collector.settings import Keys
from collector.stores.sqlite import SQLiteStore
from preview import filling
from survey import answers, codes, records
from survey.model import Library, meaning
from survey.records import Submission
from tests.collector.forms import ID, OTHER_ID, Page, body, fields
from tests.conftest import NOON, ROOT, Client

FORM = "application/x-www-form-urlencoded"
RECEIPT = re.compile(r'class="receipt"><bdi>([^<]+)')
Invite = Callable[..., Invited]
Post = Callable[..., tuple[int, str]]


@pytest.fixture
def post(client: Client) -> Post:
    def send(path: str, **sent: str) -> tuple[int, str]:
        page = client.post(path, data=body(sent), content_type=FORM)
        return page.status_code, page.text

    return send


@pytest.fixture
def receipt(post: Post, library: Library, invite: Invite) -> str:
    """Of feedback at the end with a choice, words and a question left out."""
    sent = fields(library, invite().code, instrument="palvelupalaute", wave="end", overall="4", best="Ryhmä")
    status, text = post("/-/submit", **sent)
    found = RECEIPT.search(text)
    assert status == 201 and found is not None
    return found[1]


def corrected(page: str, **changed: str) -> dict[str, str]:
    """What a browser sends of a page that shows answers to correct."""
    values = filled(page)
    end = values.pop("_end")
    return {**values, **changed, "_end": end}


def filled(page: str) -> dict[str, str]:
    """The values of every field, of large ones too."""
    found = Page(page)
    return {name: value or found.texts.get(name, "").removeprefix("\n") for name, value in found.values.items()}


def test_answers_are_corrected_with_the_receipt_alone(post: Post, receipt: str, store: SQLiteStore, keys: Keys) -> None:
    """What was sent stands on the page, no code is asked for; what is sent holds, and the first stays beside it. The
    receipt is the same."""
    status, page = post("/-/correct", _receipt=receipt.lower(), _language="fi")
    values = filled(page)
    assert status == 200 and (values["overall"], values["best"]) == ("4", "Ryhmä") and "_code" not in values
    assert "Nämä ovat vastaukset, jotka lähetit." in page and 'id="keep"' not in page, "no draft of it on the device"
    status, text = post("/-/submit", **corrected(page, overall="2"))
    assert status == 201 and RECEIPT.search(text)[1] == receipt  # type: ignore[index]
    assert [key.rpartition("/")[2] for key in store.scan("submission/")] == ["1", "2"]
    now = results.by_receipt(store, keys, receipt)
    assert now is not None and (now.answers["overall"], now.answers["best"], now.revisions) == (2, "Ryhmä", 1)
    assert now.id == ID


def test_the_same_correction_again_is_stored_once(post: Post, receipt: str, store: SQLiteStore) -> None:
    """A retry after an answer that was lost; and what is the same as before makes no record."""
    _status, page = post("/-/correct", _receipt=receipt, _language="fi")
    for _ in range(3):
        assert post("/-/submit", **corrected(page, overall="2"))[0] == 201
    assert len(list(store.scan("submission/"))) == 2
    _status, again = post("/-/correct", _receipt=receipt, _language="fi")
    assert post("/-/submit", **corrected(again))[0] == 201
    assert len(list(store.scan("submission/"))) == 2


def test_two_tabs_both_count_in_order(post: Post, receipt: str, store: SQLiteStore, keys: Keys) -> None:
    """Each correction is a record of its own, the last one holds, and none is lost."""
    pages = [post("/-/correct", _receipt=receipt, _language="fi")[1] for _ in range(2)]
    for page, value in zip(pages, ("2", "3"), strict=True):
        assert post("/-/submit", **corrected(page, overall=value))[0] == 201
    kept = [records.decode(Submission, store.read(key) or b"") for key in store.scan("submission/")]
    assert [(one.answers["overall"], one.revisions) for one in kept] == [(4, 0), (2, 1), (3, 2)]


def test_a_correction_with_a_mistake_comes_back_with_its_receipt(
    post: Post, receipt: str, store: SQLiteStore, library: Library
) -> None:
    """422, everything kept, and sending the mended page stores it."""
    _status, page = post("/-/correct", _receipt=receipt, _language="fi")
    status, wrong = post("/-/submit", **corrected(page, best="x" * 5001))
    assert status == 422 and Page(wrong).values["_receipt"] == receipt and len(list(store.scan("submission/"))) == 1
    assert post("/-/submit", **corrected(wrong, best="Kahvi"))[0] == 201
    assert len(list(store.scan("submission/"))) == 2


@pytest.mark.parametrize("typed", ["", "ABCDE-FGHJK-MNPQR-STVWX", "7" * 13])
def test_a_wrong_receipt_opens_nothing(post: Post, receipt: str, typed: str, store: SQLiteStore) -> None:
    """The front page says so; what was typed stays; nothing is shown, stored or erased."""
    before = list(store.scan(""))
    for path, more in (("/-/correct", {}), ("/-/erase", {}), ("/-/erase", {"_sure": "1"})):
        status, page = post(path, _receipt=typed, _language="fi", **more)
        assert status == 422 and "Kuitti ei ole oikein." in page and "Ryhmä" not in page
    assert list(store.scan("")) == before


def test_a_receipt_corrects_its_own_questionnaire_alone(
    post: Post, receipt: str, library: Library, store: SQLiteStore, invite: Invite
) -> None:
    """A form of another one with this receipt is refused, and a code with a receipt is no way around either."""
    sent = {**fields(library, invite().code, id=OTHER_ID, wb1="4")}
    end = sent.pop("_end")
    status, text = post("/-/submit", **sent, _receipt=receipt, _end=end)
    assert status == 422 and "Kuitti ei ole oikein." in text
    assert len(list(store.scan("submission/"))) == 1


def test_answers_are_erased_after_a_question(
    post: Post, receipt: str, store: SQLiteStore, tmp_path: Path, keys: Keys
) -> None:
    """The first press asks, with the questionnaire and the day, and changes nothing; the second erases for good, in two
    places, and the log says that a respondent did it."""
    status, asking = post("/-/erase", _receipt=receipt, _language="en")
    assert status == 200 and "<h1>Erase your answers?</h1>" in asking and "24 November 2026" in asking
    assert len(list(store.scan("submission/"))) == 1
    status, done = post("/-/erase", _receipt=receipt, _language="en", _sure="1")
    assert status == 200 and "<h1>Your answers are erased</h1>" in done
    assert list(store.scan("submission/")) == [] and results.by_receipt(store, keys, receipt) is None
    assert list((tmp_path / "erasures").rglob("*.record"))
    (entry,) = audit.entries(store)
    assert (entry.actor, entry.action, entry.about, entry.details) == (
        "respondent", "erase", "by receipt", {"questionnaires": 1}
    )  # fmt: skip
    status, _page = post("/-/correct", _receipt=receipt, _language="en")
    assert status == 422


def test_a_correction_of_what_was_erased_meanwhile_is_refused(post: Post, receipt: str, store: SQLiteStore) -> None:
    """The page was open when the answers were taken back in another tab."""
    _status, page = post("/-/correct", _receipt=receipt, _language="fi")
    assert post("/-/erase", _receipt=receipt, _language="fi", _sure="1")[0] == 200
    assert post("/-/submit", **corrected(page, overall="2"))[0] == 422
    assert list(store.scan("submission/")) == []


def test_get_changes_nothing(client: Client) -> None:
    """Neither address answers a link, a picture or a prefetch."""
    for path in ("/-/correct", "/-/erase"):
        assert client.get(path).status_code == 405


def test_open_answers_are_corrected_and_erased(
    open_client: Client, library: Library, store: SQLiteStore, keys: Keys
) -> None:
    """Under the key of their first sending."""
    sent = fields(library, "", wb1="4")
    del sent["_code"]
    first_page = open_client.post("/-/submit", data=body({"_service": "tyohonvalmennus", **sent}), content_type=FORM)
    receipt = RECEIPT.search(first_page.text)[1]  # type: ignore[index]
    page = open_client.post("/-/correct", data=body({"_receipt": receipt, "_language": "fi"}), content_type=FORM)
    done = open_client.post("/-/submit", data=body(corrected(page.text, wb1="2")), content_type=FORM)
    assert done.status_code == 201
    assert list(store.scan("submission/")) == [f"submission/o_{ID}/tyohonvalmennus/start/{n}" for n in (1, 2)]
    gone = open_client.post(
        "/-/erase", data=body({"_receipt": receipt, "_language": "fi", "_sure": "1"}), content_type=FORM
    )
    assert gone.status_code == 200 and list(store.scan("submission/")) == []


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The named examples: every type of question."""
    folder = tmp_path_factory.mktemp("examples") / "in"
    folder.mkdir()
    for path in (ROOT / "docs" / "examples").rglob("*.*"):
        target = folder / path.relative_to(ROOT / "docs" / "examples")
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    return read_bundle(publishing.build(folder, folder.parent / "out", drafts=True).bundle)


def test_every_type_of_answer_comes_back_as_it_was_sent(examples: Bundle) -> None:
    """Judged, stored and filled in again, each answer of each type is judged the same; so is a reason to give none."""
    instrument = examples.library.instruments["kentat@1"]
    for wave in instrument.waves:
        form = filling.plausible(instrument, wave, words="Kahvi", today=NOON.date())
        sent = {name: list(values) for name, values in form.fields.items()}
        judged = answers.judge(instrument, wave, sent, today=NOON.date())
        assert not judged.problems and len(judged.answers) > 5
        kept = Submission(
            id=ID, participation=None, service="s", instrument="kentat", version=1, meaning=meaning(instrument, "fi"),
            wave=wave, language="fi", channel="own_device", helper="none", answers=judged.answers, absent=judged.absent,
        )  # fmt: skip
        back = answers.judge(instrument, wave, correcting.fields(instrument, kept), today=NOON.date())
        assert (dict(back.answers), dict(back.absent)) == (dict(judged.answers), dict(judged.absent))
    reasons = [(item, option) for item in instrument.items() for option in instrument.options(item) if option.missing]
    assert reasons
    for item, option in reasons:
        name = f"{item.id}.{option.value}" if item.type == "multiple" else item.id
        wave = item.waves[0] if item.waves else instrument.waves[0]
        judged = answers.judge(instrument, wave, {name: [str(option.value)]}, today=NOON.date())
        kept = Submission(
            id=ID, participation=None, service="s", instrument="kentat", version=1, meaning="", wave=wave, language="fi",
            channel="own_device", helper="none", answers=judged.answers, absent=judged.absent,
        )  # fmt: skip
        assert correcting.fields(instrument, kept).get(name) in ([str(option.value)], None)
        back = answers.judge(instrument, wave, correcting.fields(instrument, kept), today=NOON.date())
        assert back.absent == judged.absent
    assert codes.new_id(random.Random(1).randbytes)
