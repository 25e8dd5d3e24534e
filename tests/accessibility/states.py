"""Every page that a respondent can meet, in every language and state, found from the site, the instruments and the
running collector rather than listed.

What is found by itself: each file of the built site, each questionnaire in each state that a form can have, and what
the collector answers to the visits of `VISITS`. A new message of the interface that no page shows here is told by
`test_every_message_is_met`: its visit is to be added.
"""

from __future__ import annotations

import html
import http.client
import random
import re
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pyrage

import build as publishing
from build import read_messages
from collector import create_app, inviting, results, sealing
from collector.app import ALL_DONE
from collector.bundle import Bundle, read_bundle
from collector.receive import OWN_FIELDS
from collector.serving import served
from collector.settings import Keys, Settings, write_keys
from collector.stores import StoreTrouble
from collector.stores.sqlite import SQLiteStore
from preview import filling
from survey import codes, records
from survey.model import Instrument, Library, direction, meaning
from survey.pages import Form, notice_path, questionnaire, questionnaire_path, shared_path
from survey.records import Submission
from tests.collector.forms import Page
from tests.conftest import NOON, ROOT, Clock, questionnaires

EXAMPLES = ROOT / "docs" / "examples"
WORDS = "Näin se on. Qəribə 123 – жук, كلمة."
"""What stands where people write: letters of several alphabets."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A page in a state. `path` is where it stands below the root of its site; `site` is the folder of that."""

    kind: str
    language: str
    state: str
    path: str
    html: str
    site: Path

    @property
    def name(self) -> str:
        return f"{self.path} ({self.state})"

    @property
    def direction(self) -> str:
        return direction(self.language)


# --- files ----------------------------------------------------------------------------------------


def files(built: publishing.Built, library: Library) -> Iterator[Shown]:
    """Every page of a built site, as it lies there."""
    for path in sorted(built.site.rglob("*.html")):
        inside = path.relative_to(built.site)
        language = inside.parts[0] if len(inside.parts) > 1 else next(iter(library.site.languages))
        yield Shown(
            kind=_kind(path.stem, library), language=language, state="blank", path=inside.as_posix(),
            html=path.read_text(encoding="utf-8"), site=built.site,
        )  # fmt: skip


def _kind(stem: str, library: Library) -> str:
    """What sort of page a file is: as it comes, a new one has its own name."""
    if any(stem.startswith(f"{instrument.instrument}-v") for instrument in library.instruments.values()):
        return "questionnaire"
    return {"index": "start"}.get(stem, "notice" if stem in library.site.notices else stem)


# --- forms ----------------------------------------------------------------------------------------


def forms(built: publishing.Built, bundle: Bundle) -> Iterator[Shown]:
    """Each questionnaire as the collector gives it back: answered, with errors, with reminders, with every question
    shown that rests on another. Waves that ask the same are one here; as files they are all there."""
    seen = set()
    for instrument, wave, language, service in questionnaires(bundle.library):
        asked = (instrument.key, language, service and service.id, tuple(item.id for item in instrument.items(wave)))
        path = questionnaire_path(instrument, wave, language, service)
        if asked in seen or not (built.site / path).exists():
            continue
        seen.add(asked)
        page = bundle.question_page(instrument, wave, language, service)
        for state, form in _states(instrument, wave, code=not page.open):
            yield Shown(
                kind="questionnaire", language=language, state=state, path=path, html=questionnaire(page, form),
                site=built.site,
            )  # fmt: skip


def _states(instrument: Instrument, wave: str, *, code: bool) -> Iterator[tuple[str, Form]]:
    today = NOON.date()
    answered = filling.plausible(instrument, wave, words=WORDS, today=today)
    yield "answered", answered
    yield "errors", filling.wrong(instrument, wave, code=code, today=today)
    if filling.reminds(instrument, wave):
        yield "reminded", filling.reminded(instrument, wave)
    if any(item.show_if for item in instrument.items(wave)) or any(s.show_if for s in instrument.sections):
        yield "conditional shown", filling.met(instrument, wave, answered)


# --- the running collector ------------------------------------------------------------------------


class _Breakable(SQLiteStore):
    """A store that can be told to have trouble."""

    broken = False

    def read(self, key: str) -> bytes | None:
        if self.broken:
            raise StoreTrouble("The disk is away.")
        return super().read(key)


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Somebody with a browser of one language, at the real application on loopback."""

    address: str
    language: str
    library: Library
    store: _Breakable
    keys: Keys
    clock: Clock
    chance: random.Random

    def get(self, path: str) -> str:
        return self._ask("GET", path)

    def post(self, path: str, fields: Mapping[str, str], *, mimetype: str = "application/x-www-form-urlencoded") -> str:
        return self._ask("POST", path, urllib.parse.urlencode(fields), {"Content-Type": mimetype})

    def _ask(self, method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None) -> str:
        where = urllib.parse.urlsplit(self.address)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
        connection.request(method, f"/{path}", body, {"Accept-Language": self.language, **(headers or {})})
        answer = connection.getresponse().read().decode()
        connection.close()
        return answer

    def code(self, *, began: int = 0, ends: int | None = None) -> str:
        """A fresh code for a service that began so many days ago and ends so many days from now."""
        today = self.clock().date()
        plan = inviting.plan(
            self.library, service=SERVICE, group=None, start=today - timedelta(days=began), end=None if ends is None else today + timedelta(days=ends), today=today,
        )  # fmt: skip
        (one,) = inviting.invite(self.store, self.keys, [plan], moment=self.clock(), random=self.chance.randbytes)
        return one.code

    def fields(self, code: str, **changed: str) -> dict[str, str]:
        """What the questionnaire of the start sends, unanswered."""
        key = next(k for k in self.library.services.service(SERVICE).instruments if k.startswith(SERVICE))
        name, _, version = key.partition("@")
        asked = {
            "_id": codes.new_id(self.chance.randbytes), "_instrument": name, "_version": version,
            "_meaning": meaning(self.library.instruments[key], self.language), "_wave": "start",
            "_language": self.language, "_channel": "own_device", "_code": code, "_helper": "none",
        }  # fmt: skip
        return {**asked, **changed, "_end": "1"}

    def answers(self, wave: str, steps: str = "") -> dict[str, str]:
        """An answer to every question of a wave; where they are steps, always the same one if it is given."""
        key = next(k for k in self.library.services.service(SERVICE).instruments if k.startswith(SERVICE))
        instrument = self.library.instruments[key]
        form = filling.plausible(instrument, wave, words="Kahvi", today=self.clock().date())
        stepped = {item.id for item in instrument.items(wave) if steps and item.type == "likert"}
        return {name: steps if name in stepped else value for name, (value, *_rest) in form.fields.items()}

    def say(self, message: str) -> str:
        """A message of the interface in the visitor's language."""
        return read_messages(self.language)[message]

    def submit(self, code: str, **changed: str) -> str:
        return self.post("-/submit", self.fields(code, **changed))

    def enter(self, code: str) -> str:
        return self.post("-/enter", {"_language": self.language, "_code": code})

    def in_trouble(self, ask: Callable[[], str]) -> str:
        """What is said while the store does not answer."""
        self.store.broken = True
        try:
            return ask()
        finally:
            self.store.broken = False


SERVICE = "tyohonvalmennus"
Visit = Callable[[Visitor], str]


def _twice(visitor: Visitor) -> str:
    code = visitor.code()
    visitor.submit(code)
    return visitor.submit(code)


def _changed(visitor: Visitor, channel: str) -> str:
    """The acknowledgement was lost, an answer is changed, and the same form is sent again."""
    form = visitor.fields(visitor.code(), _channel=channel)
    visitor.post("-/submit", form)
    return visitor.post("-/submit", {**form, "_helper": "relative"})


def _done(visitor: Visitor) -> str:
    """Every questionnaire that was due has been answered, and the next opens later."""
    code = visitor.code()
    visitor.submit(code)
    return visitor.enter(code)


def _all_done(visitor: Visitor) -> str:
    """Every questionnaire of every wave has been answered, each when its time had come."""
    before, code = visitor.clock.now, visitor.code(ends=0)
    try:
        for _ in range(40):
            page = visitor.enter(code)
            due = Page(page).values
            if "_instrument" in due:
                visitor.post("-/submit", {**{name: value for name, value in due.items() if name in OWN}, "_end": "1"})
            elif html.unescape(visitor.say(ALL_DONE)) in html.unescape(page):
                break
            else:
                visitor.clock.advance(days=20)
        return page
    finally:
        visitor.clock.now = before


OWN = OWN_FIELDS - {"_asked", "_end", "_helper"}


def _result(visitor: Visitor, *, before: str = "", steps: str = "") -> str:
    """The thank-you with what the answers say, compared with an earlier receipt where one is given."""
    code = visitor.code(began=90, ends=0)
    wave = "end" if before else "start"
    return visitor.submit(code if before else visitor.code(), _wave=wave, **visitor.answers(wave, steps),
                          _result="1", _earlier=before)  # fmt: skip


def _receipt(visitor: Visitor, steps: str = "") -> str:
    """The receipt of answers that were just given."""
    thanks = visitor.submit(visitor.code(), **visitor.answers("start", steps))
    (receipt,) = re.findall(r'class="receipt"><bdi>([^<]+)<', thanks)
    return str(receipt)


def _sealed(visitor: Visitor) -> str:
    """A receipt whose answers were sealed when they were stored."""
    receipt = _receipt(visitor)
    envelope = results.by_receipt_envelope(visitor.store, visitor.keys, receipt)
    assert envelope is not None
    key = f"submission/{envelope.participation}/{envelope.instrument}/{envelope.wave}/1"
    body = visitor.store.read(key)
    assert body is not None
    to = [pyrage.x25519.Identity.generate().to_public() for _ in range(2)]
    visitor.store.remove(key)
    visitor.store.create(key, records.encode(sealing.sealed(records.decode(Submission, body), to, frozenset())))
    return _by_receipt(visitor, receipt)


def _with_receipt(visitor: Visitor, what: str, **more: str) -> str:
    """What comes of pressing a button beside a right receipt."""
    form = {"_language": visitor.language, "_shared": "", "_receipt": _receipt(visitor), **more}
    return visitor.post(f"-/{what}", form)


def _wrong_correction(visitor: Visitor) -> str:
    """A page of answers to correct, sent before its questionnaire was locked: asked to look again."""
    sent = Page(_with_receipt(visitor, "correct")).values
    end = sent.pop("_end")
    return visitor.post("-/submit", {**sent, "_meaning": "0" * 16, "_end": end})


def _by_receipt(visitor: Visitor, receipt: str, earlier: str = "", shared: str = "") -> str:
    form = {"_language": visitor.language, "_shared": shared, "_receipt": receipt, "_earlier": earlier}
    return visitor.post("-/result", form)


def _other_language(visitor: Visitor, chosen: str) -> str:
    fields = visitor.fields(visitor.code(), **visitor.answers("start"))
    del fields["_end"]
    return visitor.post("-/language", {**fields, "_chosen": chosen, "_end": "1"})


def _in_trouble(visitor: Visitor, ask: Callable[[str], str]) -> str:
    """What is said under a good code while the store does not answer."""
    code = visitor.code()
    return visitor.in_trouble(lambda: ask(code))


def _cut(visitor: Visitor) -> str:
    fields = visitor.fields(visitor.code())
    del fields["_end"]
    return visitor.post("-/submit", fields)


VISITS: Mapping[str, tuple[str, Visit]] = {
    "no code": ("start", lambda v: v.enter("")),
    "wrong code": ("start", lambda v: v.enter("ABCD-EFGH-JKMNP")),
    "entered by code": ("questionnaire", lambda v: v.enter(v.code())),
    "check and send": ("questionnaire", lambda v: v.submit(v.code(), _id="")),
    "changed meanwhile": ("questionnaire", lambda v: v.submit(v.code(), _meaning="0" * 16)),
    "store in trouble": ("questionnaire", lambda v: _in_trouble(v, v.submit)),
    "sent": ("thank-you", lambda v: v.submit(v.code())),
    "sent, on a shared device": ("thank-you", lambda v: v.submit(v.code(), _channel="shared_device")),
    "sent, with own result": ("thank-you", _result),
    "sent, too little for a result": ("thank-you", lambda v: v.submit(v.code(), wb1="1", _result="1", _earlier="")),
    "sent, with what has changed": ("thank-you", lambda v: _result(v, before=_receipt(v))),
    "sent, larger than last time": ("thank-you", lambda v: _result(v, before=_receipt(v, "1"), steps="5")),
    "sent, smaller than last time": ("thank-you", lambda v: _result(v, before=_receipt(v, "5"), steps="1")),
    "sent, nothing to compare with": ("thank-you", lambda v: _result(v, before="ABCDE-FGHJK-MNPQR-STVWX")),
    "own result by receipt": ("own result", lambda v: _by_receipt(v, _receipt(v))),
    "own result on a shared device": ("own result", lambda v: _by_receipt(v, _receipt(v), shared="1")),
    "wrong receipt": ("start", lambda v: _by_receipt(v, "ABCDE-FGHJK-MNPQR-STVWX")),
    "receipt of sealed answers": ("message", _sealed),
    "answers to correct": ("questionnaire", lambda v: _with_receipt(v, "correct")),
    "answers to correct on a shared device": ("questionnaire", lambda v: _with_receipt(v, "correct", _shared="1")),
    "a correction with a mistake": ("questionnaire", _wrong_correction),
    "whether to erase": ("message", lambda v: _with_receipt(v, "erase")),
    "whether to erase on a shared device": ("message", lambda v: _with_receipt(v, "erase", _shared="1")),
    "erased": ("message", lambda v: _with_receipt(v, "erase", _sure="1")),
    "receipt not looked up": ("message", lambda v: v.in_trouble(lambda: _by_receipt(v, "ABCDE-FGHJK-MNPQR-STVWX"))),
    "start of a shared device": ("start", lambda v: v.get(PATHS["start of a shared device"](v))),
    "on a shared device": ("questionnaire", lambda v: v.get(PATHS["on a shared device"](v))),
    "notice on a shared device": ("notice", lambda v: v.get(PATHS["notice on a shared device"](v))),
    "another language": ("questionnaire", lambda v: _other_language(v, v.language)),
    "language not changed": ("message", lambda v: v.post("-/language", {"_language": v.language, "_end": "1"})),
    "sent, one more": ("thank-you", lambda v: v.submit(v.code(began=90, ends=0), _wave="end")),
    "changed after it was stored": ("thank-you", lambda v: _changed(v, "own_device")),
    "changed after it was stored, on a shared device": ("thank-you", lambda v: _changed(v, "shared_device")),
    "answered already": ("message", _twice),
    "cut short": ("message", _cut),
    "malformed": ("message", lambda v: v.submit(v.code(), _channel="pigeon")),
    "unknown field": ("message", lambda v: v.submit(v.code(), unknown="1")),
    "no longer in use": ("message", lambda v: v.submit(v.code(), _version="999")),
    "not a form": ("message", lambda v: v.post("-/enter", {"_code": "x"}, mimetype="text/plain")),
    "too long": ("message", lambda v: v.submit(v.code(), wb1="x" * 300_000)),
    "opens later": ("message", _done),
    "over": ("message", lambda v: v.enter(v.code(began=2000, ends=-1900))),
    "all done": ("message", _all_done),
    "code not looked up": ("message", lambda v: _in_trouble(v, v.enter)),
    "no such page": ("message", lambda v: v.get(PATHS["no such page"](v))),
}
"""By state: the sort of page that comes, and how a visitor comes by it."""
PATHS: Mapping[str, Callable[[Visitor], str]] = {
    "no such page": lambda v: "there/is/none",
    "start of a shared device": lambda v: shared_path(v.language),
    "on a shared device": lambda v: shared_path(
        questionnaire_path(v.library.instruments[f"{SERVICE}@1"], "start", v.language)
    ),
    "notice on a shared device": lambda v: shared_path(notice_path("privacy", v.language)),
}
"""Where the pages stand that are no answer to a form."""


def visits(built: publishing.Built, keys: Keys, folder: Path) -> Iterator[Shown]:
    """What the real application answers, in every language of the site."""
    secrets = folder / "keys.json"
    write_keys(secrets, keys)
    settings = Settings(
        bundle=built.bundle, site=built.site, store=f"sqlite:{folder / 'store.sqlite'}", secrets=secrets, port=0, drafts=True,
        erasures=f"folder:{folder / 'erasures'}",
    )  # fmt: skip
    store, clock = _Breakable(folder / "store.sqlite"), Clock()
    app = create_app(settings, store=store, clock=clock, random=random.Random(3).randbytes)
    library = read_bundle(built.bundle).library
    with served(app) as address:
        for language in library.site.languages:
            visitor = Visitor(
                address=address, language=language, library=library, store=store, keys=keys, clock=clock,
                chance=random.Random(language),
            )  # fmt: skip
            for state, (kind, visit) in VISITS.items():
                path = PATHS[state](visitor) if state in PATHS else f"-/{state.replace(' ', '-').replace(',', '')}"
                yield Shown(kind=kind, language=language, state=state, path=path, html=visit(visitor), site=built.site)
    store.close()
