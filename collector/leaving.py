"""Exits from a list: a row for each person who has left a service, with the day and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from collector import participations
from collector.lists import Row
from collector.participations import EXIT_REASONS, Exit, InviteError
from collector.stores import Store
from survey.frozen import dataclass
from survey.marking import _
from survey.phrases import Words, said
from survey.records import ExitReason, Participation

COLUMNS = ("number", "end", "reason")
"""Of a list of exits."""
WORDS: Mapping[ExitReason, str] = {
    "completed": """
        päättynyt, päättyi, palvelu päättyi, suoritti palvelun loppuun, kävi palvelun loppuun, suoritettu, valmis,
        loppuun, slutfört, slutförd, slutförde tjänsten, genomförd, genomförde hela tjänsten, fullföljde tjänsten,
        avslutad, completed the service, finished
    """,
    "work": """
        työ, töihin, töissä, sai töitä, sai työtä, sai työpaikan, työllistyi, työllistynyt, työllistyminen, työpaikka,
        työsuhde, arbete, jobb, fick arbete, fick jobb, sysselsatt, got work, job, employed, employment
    """,
    "education": """
        koulutus, koulutukseen, aloitti koulutuksen, opinnot, opiskelu, opiskelemaan, aloitti opinnot, utbildning,
        studier, började studera, började en utbildning, inledde studier, began education, studies, training
    """,
    "illness": """
        sairaus, sairastui, sairasloma, sairausloma, terveys, sjukdom, sjuk, sjukledig, sick, health
    """,
    "transfer": """
        siirto, siirtyi, siirtynyt, siirtyi toiseen palveluun, siirtyi toiseen palveluun tai toiselle tuottajalle,
        toinen palvelu, överföring, övergång, bytte tjänst, annan tjänst, flyttade till en annan tjänst,
        flyttade till en annan tjänst eller producent, moved to another service or provider, another service, moved
    """,
    "other": """
        muu, muu syy, jokin muu syy, annat, annan, annan orsak, övrigt, another reason, other reason
    """,
}
"""What people write for each reason, in Finnish, Swedish and English, beside its code."""
_BY_WORD: Mapping[str, ExitReason] = {
    **{" ".join(word.split()): reason for reason, words in WORDS.items() for word in words.split(",")},
    **{reason: reason for reason in EXIT_REASONS},
}

NO_NUMBER = _("The row has no number. It stands on the slip, like JT-2026-017.")
NO_REASON = _("'{reason}' is no reason. The reasons are {reasons}.")
WHICH_REASON = _("The row has no reason. The reasons are {reasons}.")
TWICE = _("{number} stands in row {row} too. Leave one of the two out.")
TAKEN_BACK = _("The invitation of {number} was taken back, so nothing is asked at its end. Leave the row out.")
IN_ROW = _("Row {row}: {problem}")


@dataclass(frozen=True, kw_only=True)
class Looked:
    """A row of a list with the exit that it tells of; none where it has problems, each by its column. `participation`
    is whom it is about, where that is known."""

    row: Row
    exit: Exit | None
    problems: Mapping[str, Words]
    participation: Participation | None = None


def reason_of(text: str) -> ExitReason:
    """The reason that is meant by a code or a word. Raises InviteError."""
    found = _BY_WORD.get(" ".join(text.split()).casefold().rstrip("."))
    if found is None:
        raise InviteError(
            said(NO_REASON, reason=text, reasons=EXIT_REASONS) if text else said(WHICH_REASON, reasons=EXIT_REASONS)
        )
    return found


def exits(store: Store, rows: Sequence[Row], *, today: date) -> list[Exit]:
    """The exit of each row of a list; today where a row has no day. Raises InviteError with every problem of every
    row."""
    found = looked_through(store, rows, today=today)
    wrong = [said(IN_ROW, row=one.row.line, problem=each) for one in found for each in one.problems.values()]
    if wrong:
        raise InviteError(*wrong, said(_("Nothing was stored. Mend these rows and try again.")))
    return [one.exit for one in found if one.exit is not None]


def looked_through(store: Store, rows: Sequence[Row], *, today: date) -> list[Looked]:
    """Each row of a list with its exit or its problems; today where a row has no day."""
    found: list[Looked] = []
    numbers: dict[str, int] = {}
    for row in rows:
        one = _looked(store, row, today)
        if one.participation is not None:
            number = one.participation.number
            first = numbers.setdefault(number, row.line)
            if first != row.line:
                twice = said(TWICE, number=number, row=first)
                one = Looked(row=row, exit=None, problems={**one.problems, "number": twice})
        found.append(one)
    return found


def _looked(store: Store, row: Row, today: date) -> Looked:
    problems: dict[str, Words] = {}
    participation, day, reason = None, None, ""
    try:
        participation = _participation(store, row.text("number"))
    except InviteError as error:
        problems["number"] = error.sentences[0]
    try:
        day = row.day("end") or today
    except InviteError as error:
        problems["end"] = error.sentences[0]
    try:
        reason = reason_of(row.text("reason"))
    except InviteError as error:
        problems["reason"] = error.sentences[0]
    exit = None
    if participation is not None and day is not None:
        try:
            exit = participations.exit(participation, day=day, reason=reason, today=today)
        except InviteError as error:
            problems["end"] = error.sentences[0]
    return Looked(row=row, exit=None if problems else exit, problems=problems, participation=participation)


def _participation(store: Store, number: str) -> Participation:
    if not number:
        raise InviteError(said(NO_NUMBER))
    found = participations.by_number(store, number)
    if found.revoked:
        raise InviteError(said(TAKEN_BACK, number=found.number))
    return found


def stored(store: Store, exits: Sequence[Exit]) -> Iterator[tuple[Exit, Participation]]:
    """Stores exits one after another, and yields each with the participation as it stands then."""
    for one in exits:
        yield one, participations.amended(store, one.participation, end=one.end, exit_reason=one.reason)
