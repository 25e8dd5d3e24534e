"""Keying in: paper forms and interviews that the area's staff enter.

Nobody sees here what somebody answered before. Only where the same paper is keyed a second time do the two keyings
stand beside each other, and of these only the fields in which they differ.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from werkzeug.wrappers import Response

from collector import keying, participations, receive
from collector.desk import keying_twice, printing, sheets
from collector.desk.sheets import CHANNEL_NAMES, Sheet, languages, not_ours, of_number
from collector.desk.typed import Typed
from collector.desk.visit import Place, Visit
from collector.keying import CHANNELS, Asked, Keyed, Standing
from collector.participations import InviteError, written
from collector.receive import Refused
from collector.stores import StoreTrouble
from collector.web import log_by_place
from survey import codes, pages
from survey.frozen import dataclass
from survey.marking import _
from survey.model import HELPERS, Instrument, direction
from survey.pages import Form
from survey.phrases import Phrase, said
from survey.records import Participation, SealedRecord

PILE = ("what", "language", "channel", "day", "service", "group")
"""What the next paper has in common with the one before."""
TITLE = _("Keying in")
NO_NUMBER = _("“{text}” is no number of a slip. It looks like this: JT-2026-017.")
IS_CODE = _("That is a code. Type the number, which stands on the slip too: it looks like JT-2026-017.")
NOT_ASKED = _("{number} is not asked this questionnaire in this language. Choose again.")
ALREADY = _("This was answered already")
ALREADY_TEXT = _(
    "{number}: “{title}” is answered, or the answers were erased. A questionnaire is answered once, so nothing was "
    "stored. Check the number on the paper."
)
STORED = _("Stored: {number}, {filled} of {shown} questions answered.")
STORED_FIRST = _(
    "{number} was stored when you pressed the button the first time. What you changed after that is not stored: key "
    "the paper in a second time to mend it."
)
ANOTHER_GROUP = _("{number} is of another service or group than the paper before. Check the number.")
OPEN, OVER, COMING = _("Open until {last}"), _("Could be answered {first}–{last}"), _("Opens on {first}")
VERSION = _("{name}, version {number}")
RECEIPT = _("Receipt")
RECEIPT_GONE = _("The receipt is no longer here")
RECEIPT_GONE_TEXT = _("It is kept for an hour, for whoever keyed in the interview, and stored nowhere.")


@dataclass(frozen=True)
class Receipt:
    """The receipt of an interview, for the person who was interviewed."""

    number: str
    language: str
    receipt: str


@dataclass(frozen=True)
class Looked:
    """That somebody has looked a number up, and the log says so."""

    number: str


# --- the first page -------------------------------------------------------------------------------


def first(visit: Visit, form: Typed | None = None) -> Response:
    """Where a number is typed: alone, or as the next of a pile. And where papers are printed."""
    kept = {name: form.value(name) if form else visit.asked.get(name, "") for name in PILE}
    token = visit.asked.get("receipt", "")
    receipt = visit.desk.memory.get(visit.person.login, token, Receipt)
    return visit.page(
        "keying.html.j2",
        title=visit.say(TITLE),
        status=422 if form else 200,
        form=form or Typed(),
        kept=kept,
        pile=_pile(visit, kept),
        receipt=token if receipt else "",
        services=printing.services(visit),
    )


def _pile(visit: Visit, kept: Mapping[str, str]) -> list[str]:
    """What a pile has in common, in words; nothing where there is none."""
    key, _slash, wave = kept["what"].partition("/")
    if key not in visit.bundle.library.instruments or wave not in visit.bundle.library.site.waves:
        return []
    channel = CHANNEL_NAMES.get(kept["channel"])
    return [
        f"{visit.instrument_title(key)} – {visit.wave_title(wave)}",
        visit.service_title(kept["service"]) + (f", {kept['group']}" if kept["group"] else ""),
        sheets.language_name(visit, kept["language"]),
        *([visit.say(channel[0])] if channel else []),
    ]


def find(visit: Visit) -> Response:
    """Goes on to a number: straight to its questions, where these are known from the paper before."""
    form = visit.typed
    participation = _typed_number(visit, form)
    if participation is None:
        return first(visit, form)
    visit.log("look", participation.number)
    kept = {name: form.value(name) for name in PILE}
    path = f"keying/number/{participation.number}"
    wanted = _wanted(visit, participation, kept["what"])
    if wanted and not wanted.answered and kept["language"] in languages(visit, wanted.instrument):
        return visit.go(f"{path}/form", None, **kept)
    seen = visit.desk.memory.put(visit.person.login, Looked(participation.number))
    return visit.go(path, None, seen=seen, **kept)


def _typed_number(visit: Visit, form: Typed) -> Participation | None:
    """The participation whose number was typed; None, and a problem, for anything else."""
    text = form.text("number", needed=True)
    if not text:
        return None
    number = participations.number_typed(text)
    if codes.normalised(text):
        # A code is for its person's eyes, and not to be sent twice.
        form.fields["number"] = [""]
        form.wrong("number", said(IS_CODE))
        return None
    if number is None:
        form.wrong("number", said(NO_NUMBER, text=text))
        return None
    try:
        found = participations.by_number(visit.store, number)
    except InviteError as error:
        form.wrong("number", error.sentences[0])
        return None
    why = sheets.closed(visit, found)
    if why is not None:
        form.wrong("number", why)
        return None
    return found


def _wanted(visit: Visit, participation: Participation, what: str) -> Asked | None:
    """The questionnaire of this name that a participation is asked."""
    every = keying.asked(visit.bundle, visit.store, participation, visit.today)
    return next((one for one in every if one.what == what), None)


# --- one number -----------------------------------------------------------------------------------


@of_number
def choose(visit: Visit, participation: Participation) -> Response:
    """Which questionnaire came, in which language; and what is answered already."""
    seen = visit.desk.memory.get(visit.person.login, visit.asked.get("seen", ""), Looked)
    if seen is None or seen.number != participation.number:
        visit.log("look", participation.number)
    return _choice(visit, participation)


def _choice(visit: Visit, participation: Participation, form: Typed | None = None) -> Response:
    every = keying.asked(visit.bundle, visit.store, participation, visit.today)
    left = [one for one in every if not one.answered]
    asked = visit.asked
    return visit.page(
        "keying-number.html.j2",
        title=participation.number,
        status=422 if form else 200,
        form=form or Typed(),
        number=participation.number,
        facts=sheets.facts(visit, participation),
        caution=_other_group(visit, participation),
        left=list(_named(visit, left)),
        # What is not open is not chosen for anybody: the wave is easily taken for another.
        chosen=asked.get("what") or next((one.what for one in left if visit.today in one.window), ""),
        languages=_language_choices(visit, [one.instrument for one in left]),
        language_chosen=asked.get("language") or visit.language,
        done=[_answered(visit, participation, one) for one in _once(every) if one.answered],
        kept={name: asked.get(name, "") for name in ("channel", "day")},
    )


def _named(visit: Visit, left: Sequence[Asked]) -> Iterator[tuple[str, str, str]]:
    """Each by its name in addresses, its title and wave, and when it could be answered; with its version, where another
    one of it is there too."""
    for one in left:
        name = _name(visit, one)
        others = [other for other in left if (other.instrument.instrument, other.wave) == _place(one)]
        if len(others) > 1:
            name = visit.say(VERSION, name=name, number=one.instrument.version)
        yield one.what, name, visit.phrase(_when(visit, one))


def _place(one: Asked) -> tuple[str, str]:
    return one.instrument.instrument, one.wave


def _once(every: Sequence[Asked]) -> Iterator[Asked]:
    """Each questionnaire and wave once, whatever its versions."""
    yield from {_place(one): one for one in every}.values()


def _name(visit: Visit, one: Asked) -> str:
    return f"{visit.text(one.instrument.title)} – {visit.wave_title(one.wave)}"


def _when(visit: Visit, one: Asked) -> Phrase:
    window = {"first": written(one.window.first), "last": written(one.window.last)}
    if visit.today in one.window:
        return said(OPEN, **window)
    return said(COMING if visit.today < one.window.first else OVER, **window)


def _other_group(visit: Visit, participation: Participation) -> str:
    """A caution where a number is of another group than the pile: a number has no check digit."""
    before = visit.asked.get("service", ""), visit.asked.get("group", "")
    if not before[0] or before == (participation.service, participation.group or ""):
        return ""
    return visit.say(ANOTHER_GROUP, number=participation.number)


def _language_choices(visit: Visit, instruments: Sequence[Instrument]) -> list[tuple[str, str]]:
    found = dict.fromkeys(tag for one in instruments for tag in languages(visit, one))
    return [(tag, sheets.language_name(visit, tag)) for tag in found]


def _answered(visit: Visit, participation: Participation, one: Asked) -> tuple[str, str, str]:
    """Name, what is said of it, and the address of keying it a second time, where that can be done."""
    try:
        found = keying.standing(visit.bundle, visit.store, participation, *_place(one))
    except SealedRecord:
        return _name(visit, one), visit.say(keying_twice.SEALED), ""
    if not isinstance(found, Standing):
        return _name(visit, one), visit.say(keying_twice.NOT_AGAIN[found]), ""
    channel, _help = CHANNEL_NAMES[found.submission.channel]
    path = visit.to(f"keying/number/{participation.number}/second", what=f"{found.instrument.key}/{one.wave}")
    return _name(visit, one), visit.say(channel), path


# --- the questions --------------------------------------------------------------------------------


@of_number
def form_page(visit: Visit, participation: Participation) -> Response:
    """The questions, blank."""
    asked = visit.asked
    one, language = _wanted(visit, participation, asked.get("what", "")), asked.get("language", "")
    if one is None or language not in languages(visit, one.instrument):
        form = Typed({name: [value] for name, value in asked.items()})
        if form.choice("what", [one.what] if one else []):
            form.wrong("language", said(NOT_ASKED, number=participation.number))
        return _choice(visit, participation, form)
    if one.answered:
        return _already(visit, participation, one)
    sheet = Sheet(participation=participation, instrument=one.instrument, wave=one.wave, language=language)
    begun = Form(id=codes.new_id(visit.desk.random), channel=asked.get("channel") or CHANNELS[0])
    return _questions(visit, sheet, one, Typed({"_day": [asked.get("day", "")]}), begun)


def _already(visit: Visit, participation: Participation, one: Asked) -> Response:
    text = said(ALREADY_TEXT, number=participation.number, title=_name(visit, one))
    return visit.message(409, said(ALREADY), text, back="keying")


def _questions(
    visit: Visit,
    sheet: Sheet,
    one: Asked,
    typed: Typed,
    form: Form,
    *,
    status: int = 200,
    notice: Phrase | None = None,
) -> Response:
    return sheets.shown(
        visit,
        "keying-form.html.j2",
        sheet,
        typed,
        form,
        status=status,
        notice=notice,
        when=visit.phrase(_when(visit, one)),
        caution=_other_group(visit, sheet.participation),
        hidden={"_id": form.id, **sheet.hidden},
        draft=sheet.instrument.key in visit.bundle.library.drafts,
        channels=[(id, visit.say(name), visit.say(help)) for id, (name, help) in CHANNEL_NAMES.items()],
        channel=form.channel,
        action=visit.to(f"keying/number/{sheet.participation.number}/form"),
    )


@sheets.kept
@of_number
def key(visit: Visit, participation: Participation) -> Response:
    """Stores what was keyed, or gives it back with what is to be mended."""
    typed = visit.typed
    what = f"{typed.value('_instrument')}@{typed.value('_version')}/{typed.value('_wave')}"
    one, language = _wanted(visit, participation, what), typed.value("_language")
    if one is None or language not in languages(visit, one.instrument):
        return not_ours(visit)
    day = sheets.day(visit, typed, participation, one.wave)
    if not typed.choice("_channel", CHANNELS):
        typed.fields["_channel"] = [CHANNELS[0]]
    # Nothing is chosen for the keyer: what the paper says of help would be passed over.
    typed.choice("_helper", HELPERS)
    outcome = keying.key_in(
        sheets.fields(typed),
        participation,
        day=day if typed.ok else None,
        bundle=visit.bundle,
        store=visit.store,
        keys=visit.desk.keys,
        moment=visit.moment,
        random=visit.desk.random,
    )
    sheet = Sheet(participation=participation, instrument=one.instrument, wave=one.wave, language=language)
    if isinstance(outcome, Refused):
        return _keyed_late(visit, sheet, one, typed) if outcome.status == 409 else not_ours(visit, outcome.status)
    if isinstance(outcome, Keyed):
        try:
            return _stored(visit, sheet, outcome, day or visit.today)
        except StoreTrouble as trouble:
            # The answers are stored and the log does not say so yet: the same form sent again writes it down.
            log_by_place("keying", trouble)
            form = _form_of(typed)
            return _questions(visit, sheet, one, typed, dataclasses.replace(form, notice=pages.TROUBLE), status=503)
    if outcome.trouble is not None:
        log_by_place("keying", outcome.trouble)
    return _questions(visit, sheet, one, typed, outcome.form, status=outcome.status)


def _form_of(typed: Typed) -> Form:
    """The form as it came, not judged."""
    return Form.sent(sheets.fields(typed), receive.NOT_JUDGED, id=typed.value("_id"))


def _keyed_late(visit: Visit, sheet: Sheet, one: Asked, typed: Typed) -> Response:
    """For what was answered before the button was pressed. All that was keyed stays: as the second keying, where the
    same paper has been keyed in; else to be seen, since the number may be wrong."""
    again = keying_twice.instead(visit, sheet, typed, _form_of(typed))
    if again is not None:
        return again
    text = said(ALREADY_TEXT, number=sheet.participation.number, title=_name(visit, one))
    return _questions(visit, sheet, one, typed, _form_of(typed), status=409, notice=text)


def _stored(visit: Visit, sheet: Sheet, keyed: Keyed, day: date) -> Response:
    """Writes the log, and goes on to the next paper of the pile."""
    participation, channel = sheet.participation, visit.typed.value("_channel")
    again = {"again": 1} if keyed.again else {}
    visit.log(
        "key in",
        participation.number,
        questionnaire=sheet.instrument.key,
        wave=sheet.wave,
        channel=channel,
        language=sheet.language,
        answered=day.isoformat(),
        **again,
    )
    told = said(STORED, number=participation.number, filled=keyed.filled, shown=keyed.shown)
    if keyed.changed:
        told = said(STORED_FIRST, number=participation.number)
    kept: dict[str, str] = {
        "what": sheet.what,
        "language": sheet.language,
        "channel": channel,
        "service": participation.service,
        "group": participation.group or "",
    }
    if channel == "interview":
        receipt = Receipt(participation.number, sheet.language, keyed.receipt)
        kept["receipt"] = visit.desk.memory.put(visit.person.login, receipt)
    else:
        # Papers of a group were filled in together. Their receipts are shown to nobody: whoever has one reads the
        # answers and changes them, and the person whose they are is not here.
        kept["day"] = written(day)
    return visit.go("keying", told, **kept)


def receipt(visit: Visit) -> Response:
    """The receipt of an interview, to be printed for the person, who is there."""
    found = visit.desk.memory.get(visit.person.login, visit.typed.value("receipt"), Receipt)
    if found is None:
        return visit.message(404, said(RECEIPT_GONE), said(RECEIPT_GONE_TEXT), back="keying")
    visit.log("show receipt", found.number)
    page = visit.bundle.page(found.language)
    return visit.page(
        "keying-receipt.html.j2",
        title=visit.say(RECEIPT),
        number=found.number,
        receipt=codes.receipt_shown(found.receipt),
        tag=found.language,
        direction=direction(found.language),
        theirs=page.say,
        address=visit.desk.address,
        sealed=bool(visit.bundle.library.site.sealed_to),
    )


PLACES = (
    Place(path="keying", view=first, area="keying"),
    Place(path="keying", view=find, area="keying", method="POST"),
    Place(path="keying/receipt", view=receipt, area="keying", method="POST"),
    Place(path="keying/conditions", view=sheets.conditions, area="keying"),
    Place(path="keying/number/<number>", view=choose, area="keying"),
    Place(path="keying/number/<number>/form", view=form_page, area="keying"),
    Place(path="keying/number/<number>/form", view=key, area="keying", method="POST"),
    *keying_twice.PLACES,
    *printing.PLACES,
)
