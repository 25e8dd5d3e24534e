"""The preview over HTTP: the pages as they are published, what the frame is told, forms, and who is refused."""

from __future__ import annotations

import html
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

import build as publishing
from preview import choosing
from preview.app import create_app
from preview.material import Preview
from tests import recorded
from tests.preview.conftest import ROOT, TODAY, Edit, line_of

ID = "0123456789abcdefghjkmnpqrs"


def now(client: FlaskClient, **asked: str) -> dict[str, Any]:
    answer = client.get("/-/preview/now", query_string=asked)
    assert answer.status_code == 200
    return dict(json.loads(answer.data))


def form(path: str, client: FlaskClient, **fields: str) -> dict[str, str]:
    """The fields of a page, hidden ones as they stand."""
    text = client.get(f"/{path}").text
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text)
    return {**dict(hidden), "_id": ID, "_code": "", "_helper": "none", **fields}


# --- pages ----------------------------------------------------------------------------------------


def test_what_is_seen_is_what_is_published(built: publishing.Built, browser_client: FlaskClient) -> None:
    """Every page, style sheet, script and picture of the site is served byte for byte."""
    files = [
        path for path in built.site.rglob("*") if path.is_file() and path.suffix in (".html", ".css", ".js", ".svg")
    ]
    assert len(files) > 150
    for path in files:
        name = path.relative_to(built.site).as_posix()
        answer = browser_client.get(f"/{name}")
        assert (answer.status_code, answer.data) == (200, path.read_bytes()), name


def test_a_recording_is_heard_in_the_preview(edit: Edit, preview: Preview, browser_client: FlaskClient) -> None:
    """With its own type, and in parts, as Safari asks for it; one that is recorded again is another file."""
    folder = preview.material.folder
    (folder / "audio").mkdir()
    edit("palvelupalaute.yaml", "- id: fu1\n", "- id: fu1\n        audio: {fi: audio/fu1.mp3, sv: audio/fu1.m4a}\n")
    found = []
    for frames in (5, 9):
        (folder / "audio" / "fu1.mp3").write_bytes(recorded.mp3(frames))
        (folder / "audio" / "fu1.m4a").write_bytes(recorded.m4a(frames))
        preview.refresh()
        for language, kind, data in (
            ("fi", "audio/mpeg", recorded.mp3(frames)), ("sv", "audio/mp4", recorded.m4a(frames)),
        ):  # fmt: skip
            page = browser_client.get(f"/{language}/palvelupalaute-v1-end.html").text
            (name,) = re.findall(r'<audio controls preload="none" src="\.\./([^"]+)"', page)
            whole = browser_client.get(f"/{name}")
            assert (whole.status_code, whole.mimetype, whole.data) == (200, kind, data)
            part = browser_client.get(f"/{name}", headers={"Range": "bytes=0-1"})
            assert (part.status_code, part.data) == (206, data[:2])
            assert part.headers["Content-Range"] == f"bytes 0-1/{len(data)}"
            assert "media-src 'self'" in whole.headers["Content-Security-Policy"]
            found.append(name)
    assert len(set(found)) == 4
    assert "<audio" not in browser_client.get("/en/palvelupalaute-v1-end.html").text


@pytest.mark.parametrize("state", choosing.STATES)
def test_every_state_has_its_page(state: str, browser_client: FlaskClient) -> None:
    """As the frame asks for it."""
    shown = now(browser_client, instrument="tyohonvalmennus", wave="end", language="sv", state=state)
    expected = {
        "front": "sv/index.html",
        "privacy": "sv/privacy.html",
        "accessibility": "sv/accessibility.html",
        "blank": "sv/tyohonvalmennus-v1-end.html",
        "reminded": "sv/tyohonvalmennus-v1-end.html",
    }
    assert shown["page"] == expected.get(state, f"sv/tyohonvalmennus-v1-end.html?state={state}")
    text = browser_client.get(f"/{shown['page']}").text
    marks = {"filled": "checked", "wrong": 'class="summary"', "thanks": 'class="receipt"'}
    assert '<html lang="sv"' in text and marks.get(state, "<h1>") in text


def test_reminders_are_offered_where_there_are_some(browser_client: FlaskClient, edit: Edit, preview: Preview) -> None:
    """As soon as a question is softly required, its reminder can be looked at."""
    assert "reminded" not in dict(now(browser_client, instrument="palvelupalaute")["pickers"]["state"]["options"])
    edit("palvelupalaute.yaml", "- id: fu1\n", "- id: fu1\n        required: soft\n")
    preview.refresh()
    shown = now(browser_client, instrument="palvelupalaute", state="reminded")
    assert shown["page"] == "fi/palvelupalaute-v1-end.html?state=reminded"
    assert 'name="_asked"' in browser_client.get(f"/{shown['page']}").text


# --- the frame ------------------------------------------------------------------------------------


def test_the_frame(browser_client: FlaskClient) -> None:
    """A page of its own with nothing inline, under a policy that allows nothing from elsewhere."""
    answer = browser_client.get("/")
    assert answer.status_code == 200 and "<h1>Preview" in answer.text
    assert "style=" not in answer.text and not re.search(r"<script(?! src)", answer.text)
    assert answer.headers["Content-Security-Policy"].startswith(
        "default-src 'none'; style-src 'self'; script-src 'self'"
    )
    assert answer.headers["Cache-Control"] == "no-store"
    for name in re.findall(r'(?:href|src)="(/-/preview/[^"]+)"', answer.text):
        assert browser_client.get(name).status_code == 200, name


def test_the_nearest_is_chosen(browser_client: FlaskClient) -> None:
    """What was asked for where it is there, else the first; pickers say what there is."""
    first = now(browser_client)
    assert first["page"] == "fi/asiakasmuutosmittari-v1-start.html"
    ids = [id for id, _ in first["pickers"]["instrument"]["options"]]
    assert ids == sorted(
        path.stem for path in (ROOT / "instruments").glob("*.yaml") if path.stem not in ("site", "services")
    )
    shown = now(browser_client, instrument="palvelupalaute", wave="start", language="ar", service="nothing")
    assert shown["page"] == "ar/palvelupalaute-v1-end.html"
    named = now(browser_client, instrument="tyovoimakoulutus", wave="end")
    assert named["page"] == "fi/tyovoimakoulutus-v1-end--tyovoimakoulutus-kone.html"
    assert named["pickers"]["service"]["value"] == "tyovoimakoulutus-kone"
    back = now(browser_client, path="uk/rekrykoulutus-v1-followup_6.html")
    assert back["page"] == "uk/rekrykoulutus-v1-followup_6.html"


def test_versions_side_by_side(browser_client: FlaskClient, folder: Path, preview: Preview, edit: Edit) -> None:
    """What is locked and the draft that follows it: the newest first, and drafts are called so, also on their pages."""
    publishing.lock(folder, ["palvelupalaute"], every=False, day=TODAY, language="en")
    preview.refresh()
    assert now(browser_client, instrument="palvelupalaute")["pickers"]["version"]["options"] == [["1", "1"]]
    draft = "Draft – answers are for trying out only."
    assert draft not in browser_client.get("/en/palvelupalaute-v1-end.html").text
    edit("palvelupalaute.yaml", "version: 1", "version: 2")
    preview.refresh()
    shown = now(browser_client, instrument="palvelupalaute", language="en")
    assert shown["pickers"]["version"]["options"] == [["2", "2, draft"], ["1", "1"]]
    assert shown["page"] == "en/palvelupalaute-v2-end.html"
    assert draft in browser_client.get("/en/palvelupalaute-v2-end.html").text
    assert now(browser_client, instrument="palvelupalaute", version="1")["page"] == "fi/palvelupalaute-v1-end.html"


def test_problems_in_place_of_a_stack_trace(
    browser_client: FlaskClient, folder: Path, edit: Edit, preview: Preview
) -> None:
    """File, line, sentence, advice and code with the line quoted; the page of before beneath, and called so."""
    edit("palvelupalaute.yaml", "type: long_text", "type: longtext")
    preview.refresh()
    shown = now(browser_client, instrument="palvelupalaute")
    panel = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", shown["panel"])))
    line = line_of(folder / "palvelupalaute.yaml", "longtext")
    sentence = "'type' cannot be 'longtext'. Did you mean 'long_text'? VALUE-UNKNOWN"
    assert f"palvelupalaute.yaml, line {line}: {sentence}" in panel
    assert "type: <mark>longtext</mark>" in shown["panel"]
    assert (shown["summary"], shown["stale"]) == ("Problems to mend: 1", True)
    assert shown["page"] == "fi/palvelupalaute-v1-end.html"
    # In another questionnaire it is a count, and the page is the newest.
    other = now(browser_client, instrument="tyohonvalmennus")
    assert (other["summary"], other["stale"]) == ("No problems to mend here.", False)
    assert "<summary>In other questionnaires: problems 1, warnings " in other["panel"]
    assert other["overview"].count("Problems to mend: 1") == 6


def classes(shown: dict[str, Any]) -> set[str]:
    """The severities of problems in a questionnaire's own files."""
    return set(re.findall(r'<li class="(\w+)">', shown["panel"].partition("In other questionnaires")[0]))


def test_warnings_stand_below(browser_client: FlaskClient, folder: Path, preview: Preview, edit: Edit) -> None:
    """After the errors wherever their lines are, folded; alone they are nothing to mend."""
    (folder / "palvelupalaute.yaml").rename(folder / "palaute.yaml")
    preview.refresh()
    shown = now(browser_client, instrument="palvelupalaute")
    assert shown["summary"] == "No problems to mend here." and not shown["stale"]
    assert classes(shown) == {"warning"} and "FILE-NAME" in shown["panel"]
    edit("palaute.yaml", "type: long_text", "type: longtext")
    preview.refresh()
    shown = now(browser_client, instrument="palvelupalaute")
    assert classes(shown) == {"error", "warning"}
    assert (
        shown["panel"].index('<li class="error">')
        < shown["panel"].index("<details")
        < shown["panel"].index("FILE-NAME")
    )


def test_what_never_was_without_errors(browser_client: FlaskClient, folder: Path, preview: Preview) -> None:
    """A new file with a mistake can be chosen, and has its problems in place of a page."""
    (folder / "uusi.yaml").write_text("instrument: uusi\nversion: 1\n", encoding="utf-8")
    preview.refresh()
    shown = now(browser_client, instrument="uusi")
    assert shown["page"] == "" and shown["pickers"]["instrument"]["value"] == "uusi"
    assert "uusi.yaml, line 1" in shown["panel"]
    assert '<a href="/?instrument=uusi">uusi.yaml</a>' in shown["overview"]


def test_texts_of_files_are_no_markup(browser_client: FlaskClient, edit: Edit, preview: Preview) -> None:
    """Neither in a problem nor in what would be stored."""
    edit("palvelupalaute.yaml", "type: long_text", "type: <script>alert(1)</script>")
    preview.refresh()
    assert "<script>" not in now(browser_client, instrument="palvelupalaute")["panel"]


def test_in_every_language_of_its_authors(folder: Path) -> None:
    """The frame and its problems are said in Finnish and Swedish too."""
    path = folder / "palvelupalaute.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("type: long_text", "type: longtext", 1), encoding="utf-8")
    said = {
        "fi": ("Esikatselu", "Korjattavia virheitä: 1", "Tarkoititko"),
        "sv": ("Förhandsvisning", "Fel att rätta: 1", "Menade du"),
    }
    for language, (name, summary, advice) in said.items():
        client = create_app(Preview(folder), language=language, random=bytes).test_client()
        assert f"<h1>{name}" in client.get("/").text
        shown = now(client, instrument="palvelupalaute")
        assert shown["summary"] == summary and advice in shown["panel"]


# --- sending --------------------------------------------------------------------------------------

FEEDBACK = "fi/palvelupalaute-v1-end.html"
EXAMPLES = ROOT / "docs" / "examples"


@pytest.fixture
def examples(tmp_path: Path) -> FlaskClient:
    """The preview of the examples of every type of question."""
    app = create_app(Preview(EXAMPLES), language="en", random=random.Random(5).randbytes, today=lambda: TODAY)
    return app.test_client()


def examples_path(client: FlaskClient) -> str:
    return str(now(client, instrument="kentat", wave="end", language="en")["page"])


def test_a_wrong_answer_comes_back(examples: FlaskClient) -> None:
    """422, as the collector answers: the summary, the sentence, every answer kept."""
    path = examples_path(examples)
    answer = examples.post("/-/submit", data=form(path, examples, single="full", integer="sata", scale="7"))
    assert answer.status_code == 422
    assert 'class="summary"' in answer.text and "Write a whole number, for example 1." in answer.text
    assert 'value="sata"' in answer.text and 'name="scale" value="7" checked' in answer.text


def test_a_reminder_comes_once(examples: FlaskClient) -> None:
    """A softly required question is asked for once, and then let go."""
    path = examples_path(examples)
    fields = form(path, examples, single="none")
    first = examples.post("/-/submit", data=fields)
    assert first.status_code == 422 and "You have not answered this question." in first.text
    assert examples.post("/-/submit", data={**fields, "_asked": "1"}).status_code == 201


def test_what_would_be_stored(examples: FlaskClient) -> None:
    """The thank-you page says that nothing was; answers, what is absent and why, what is calculated, and scores."""
    path = examples_path(examples)
    given = {"single": "full", "likert": "3", "grid_mood": "1", "grid_plans": "9", "integer": "10", "decimal": "14,5",
             "consent": "yes", "email": "a@example.fi", "multiple.coach": "coach", "multiple.group": "group"}  # fmt: skip
    answer = examples.post("/-/submit", data=form(path, examples, **given))
    assert answer.status_code == 201
    assert "This is the preview: nothing was stored." in answer.text and 'class="receipt"' in answer.text
    rows = {
        id: re.sub(r"(\s*<[^>]+>\s*)+", "|", cells)
        for id, cells in re.findall(
            r"<tr><th scope=\"row\"><code>([\w.]+)</code>(.*?)</td></tr>", answer.text, re.DOTALL
        )
    }
    assert rows["likert"] == "|I cope in everyday life.|3 – Completely|"
    assert rows["multiple"] == "|What helped?|coach – The coach\ngroup – The group|"
    assert "|145|" in rows["calculated"] and rows["calculated"].endswith("|calculated|")
    assert rows["email"].endswith("|a@example.fi|contact details: kept, and never given to the analysis|")
    assert rows["grid_plans"].endswith("|The person cannot say|dont_know|")
    assert rows["dropdown"].endswith("|Left unanswered|skipped|")
    assert rows["coping"] == "|Coping|50.0|0–100|"
    assert rows["before"] == "|Before the service|no score: 0 answered, at least 1 are needed|"


def test_back_to_the_questions(examples: FlaskClient) -> None:
    """With every answer, and without a problem."""
    path = examples_path(examples)
    answer = examples.post("/-/submit", data=form(path, examples, single="none", text="Sana", _back="1"))
    assert answer.status_code == 200 and 'value="Sana"' in answer.text and 'class="summary"' not in answer.text


def test_without_a_script_a_form_is_confirmed_first(browser_client: FlaskClient) -> None:
    """As on the real site: a form without an id is shown once more with one."""
    fields = form(FEEDBACK, browser_client, fu1="3")
    first = browser_client.post("/-/submit", data={**fields, "_id": ""})
    assert first.status_code == 200 and "Vastauksiasi ei ole vielä lähetetty" in first.text
    (id,) = re.findall(r'name="_id" value="(\w{26})"', first.text)
    assert browser_client.post("/-/submit", data={**fields, "_id": id}).status_code == 201


def test_no_code_is_asked_for_and_none_works(browser_client: FlaskClient) -> None:
    """Whatever stands in the field; and the front page says so."""
    assert browser_client.post("/-/submit", data=form(FEEDBACK, browser_client, _code="x")).status_code == 201
    answer = browser_client.post("/-/enter", data={"_code": "x", "_language": "fi"})
    assert answer.status_code == 200 and "<h1>No code works in the preview</h1>" in answer.text


def test_a_form_of_before(browser_client: FlaskClient, edit: Edit, preview: Preview) -> None:
    """Of a page that is not there any more, or with a field that it no longer has."""
    fields = form(FEEDBACK, browser_client, fu1="3")
    for changed in ({**fields, "_wave": "start"}, {**fields, "gone": "1"}, {**fields, "fu1": "77"}, {}):
        answer = browser_client.post("/-/submit", data=changed)
        assert answer.status_code == 400
        assert "<h1>The questionnaire is no longer the one that was answered</h1>" in answer.text


# --- who is refused, and what is ours -------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["example.org", "example.org:8100", "127.0.0.1.example.org", "", "[", "localhost.", "::1"]
)
def test_other_hosts_are_refused(host: str, browser_client: FlaskClient) -> None:
    """A name that leads to this machine from elsewhere reads nothing, whatever is asked for."""
    for path in ("/", "/-/preview/now", FEEDBACK):
        answer = browser_client.get(path, headers={"Host": host})
        assert answer.status_code == 403, host
        assert answer.text == "The preview answers on this machine only, at an address like http://127.0.0.1:8100/.\n"
    for own in ("127.0.0.1:8100", "localhost:9", "LOCALHOST", "[::1]:8100"):
        assert browser_client.get("/", headers={"Host": own}).status_code == 200, own


@pytest.mark.parametrize(
    "path",
    ["../mittari.py", "%2e%2e/mittari.py", "assets/../../site.yaml", "site.yaml", "%2fetc/passwd", "fi/", "assets/",
     "-/preview/", "-/preview/frame.html.j2", "-/preview/../base.css", "fi/palvelupalaute-v1-start.html", "C:/x"],
)  # fmt: skip
def test_nothing_else_is_served(path: str, browser_client: FlaskClient) -> None:
    """Only what the site would have; files of the disk are not looked for at all."""
    answer = browser_client.get(f"/{path}")
    assert answer.status_code == 404 and "<h1>There is no such page</h1>" in answer.text


def test_a_fault_of_ours_is_a_plain_page(browser_client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it is and what to report, and no stack trace; the frame says it too, and goes on."""

    def broken(*_: object) -> str:
        raise KeyError("an answer that is nobody's business")

    with monkeypatch.context() as patched:
        patched.setattr(choosing, "_questionnaire", broken)
        answer = browser_client.get(f"/{FEEDBACK}")
    assert answer.status_code == 500
    assert "This is a fault in Mittari, not in your files." in answer.text
    assert re.search(r"<code>Mittari \S+: KeyError, tests/preview/test_app\.py:\d+</code>", answer.text)
    assert "Traceback" not in answer.text and "business" not in answer.text
    with monkeypatch.context() as patched:
        patched.setattr("preview.app.choose", broken)
        shown = now(browser_client)
    assert shown["summary"] == "This is a fault in Mittari, not in your files." and "KeyError" in shown["panel"]
    assert now(browser_client)["page"]
