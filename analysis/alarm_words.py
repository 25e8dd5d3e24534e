"""What is said of alarms and thanks: a few lines of each for staff, and a message to each organisation concerned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

from analysis.alarms import Alarm, AlarmRow, AlarmTable, Sort
from analysis.wording import Words
from survey import locales
from survey.marking import _
from survey.model import Respondent
from survey.records import Reply, Role

TITLES: Mapping[Sort, str] = {"alarm": _("An alarm: answers that somebody must act on"), "thanks": _("Thanks")}
ROLES: Mapping[Role, str] = {"provider": _("provider"), "buyer": _("buyer"), "area": _("employment area")}
SERVICE = _("Service: {service}.")
GROUP = _("Service: {service}, group {group}.")
MONTH = _("Service: {service}, those without a group, {month}.")
CONTRACT = _("Contract: {contract}.")
LOT = _("Contract: {contract}, lot {lot}.")
QUESTIONNAIRE = _("Questionnaire: {title}, {wave}. The time to answer ended on {day}.")
QUESTION = _("Question: “{question}”")
ANSWERS = _("Answers that count here: {answers}.")
ANSWER = _("“{answer}”")
UNDER, OVER = _("under {limit}"), _("over {limit}")
NUMBERS: Mapping[Respondent, str] = {
    "client": _("Clients who answered so: {yes} of the {n} who answered the question ({percent})."),
    "coach": _("Assessments by coaches that say so: {yes} of {n} ({percent})."),
    "employer": _("Answers from employers that say so: {yes} of {n} ({percent})."),
}
AT_LEAST: Mapping[Respondent, str] = {
    "client": _("Clients who answered so: at least {count}."),
    "coach": _("Assessments by coaches that say so: at least {count}."),
    "employer": _("Answers from employers that say so: at least {count}."),
}
NOT_EXACT = _("Nothing more exact is told, so that nobody can be recognised.")
TOLD_TO = _("Told to: {organisations}.")
OVERDUE = _("Overdue: an answer was due by {day}. Days over: {days}.")
DUE = _("To be answered by {day}. Days left: {days}.")
AWAITED = _("To be answered; no day is set.")
NOT_ASKED = _("No answer is asked for.")
ANSWERED = _("Answered.")
REPLIED = _("{organisation} ({role}) replied on {day}: {text}")
DOES = _("What is done about it: {action}")
DOES_BY = _("What is done about it, by {day}: {action}")
ADDRESSEE, SENDER = _("To: {organisation}"), _("From: {organisation}")
SUBJECTS: Mapping[Sort, str] = {"alarm": _("Feedback that needs an answer, {id}"), "thanks": _("Thanks, {id}")}
BEGINNINGS: Mapping[Sort, str] = {
    "alarm": _("So many answers to a questionnaire were beyond a limit, set beforehand, that something must be done."),
    "thanks": _("Here are thanks from those who answered a questionnaire."),
}
PLEASE_BY = _("Please answer by {day}: how do you see this, and what have you done or will you do about it?")
PLEASE = _("Please answer: how do you see this, and what have you done or will you do about it?")
LATE = _(
    "The day by which an answer was due, {day}, is over. Please answer now: how do you see this, and what have you "
    "done or will you do about it?"
)
OTHERS_ANSWER = _("This is for you to know. An answer is asked of: {organisation}.")
PASS_ON = _("No answer is needed. Please pass the thanks on to those who do the work.")
HOW = _("Send your answer to {email} and give the number {id}.")
CARE = _("Name no clients or other people in it, and do not try to find out who has answered what.")
NEXT = _("Your answer, and what you do, will stand beside this in the next report.")
LOOKED_AT = _("Questionnaires of groups that have closed and had answers: {count}. Alarms: {alarms}. Thanks: {thanks}.")
TOO_FEW = _("Of these questionnaires, with fewer than {minimum} answers, so that nothing can be raised: {count}.")
NO_LONGER = _("Replies to what is not raised any more: {ids}.")


def organisation(alarm: Alarm, table: AlarmTable, role: Role, words: Words) -> str:
    """The name of who has a role: as in services.yaml, and of the area in site.yaml."""
    if role == "area":
        return words.text(table.library.site.organisation.name)
    return alarm.provider if role == "provider" else alarm.service.buyer


def named(alarm: Alarm, table: AlarmTable, role: Role, words: Words) -> str:
    """Who has a role, with the role."""
    return f"{organisation(alarm, table, role, words)} ({words(ROLES[role])})"


def summary(table: AlarmTable, minimum: int, words: Words) -> Iterator[str]:
    """How much was looked at and raised, line by line."""
    sorts = [row.alarm.sort for row in table.rows]
    yield words(LOOKED_AT, count=table.looked_at, alarms=sorts.count("alarm"), thanks=sorts.count("thanks"))
    if table.too_few:
        yield words(TOO_FEW, minimum=minimum, count=table.too_few)
    if table.without_alarm:
        yield words(NO_LONGER, ids=", ".join(dict.fromkeys(reply.alarm for reply in table.without_alarm)))


def lines(row: AlarmRow, table: AlarmTable, words: Words) -> Iterator[str]:
    """What staff read of one alarm: how it stands, what was said and about whom, and what was replied."""
    alarm = row.alarm
    yield f"{alarm.id}  {words(TITLES[alarm.sort])}"
    yield standing(row, words)
    yield from about(alarm, table, words)
    yield told_to(alarm, table, words)
    for reply in row.replies:
        yield from replied(reply, table, words)


def told_to(alarm: Alarm, table: AlarmTable, words: Words) -> str:
    """Who is told of it."""
    told = dict.fromkeys(named(alarm, table, role, words) for role in alarm.rule.to)
    return words(TOLD_TO, organisations=", ".join(told))


def standing(row: AlarmRow, words: Words) -> str:
    """Whether an answer is awaited, by when, or there."""
    due = row.alarm.answer_by
    if row.state == "answered":
        return words(ANSWERED)
    if row.state == "told":
        return words(NOT_ASKED)
    if due is None:
        return words(AWAITED)
    return words(OVERDUE if row.state == "overdue" else DUE, day=_day(due, words), days=row.days)


def about(alarm: Alarm, table: AlarmTable, words: Words) -> Iterator[str]:
    """Which service and group, what was asked, and what was said: protected."""
    yield _service(alarm, words)
    if alarm.service.contract is not None:
        contract, lot = alarm.service.contract, alarm.service.lot
        yield words(CONTRACT, contract=contract) if lot is None else words(LOT, contract=contract, lot=lot)
    wave = words.text(table.library.site.waves[alarm.unit.wave].title)
    title = words.text(alarm.instrument.title)
    yield words(QUESTIONNAIRE, title=title, wave=_inside(wave), day=_day(alarm.closed, words))
    yield words(QUESTION, question=words.text(alarm.item.text))
    yield words(ANSWERS, answers=_answers(alarm, words))
    yield in_numbers(alarm, words)


def in_numbers(alarm: Alarm, words: Words) -> str:
    """How many said so: exactly where that may be told, else no more than that the rule was reached."""
    respondent = alarm.instrument.respondent
    figures = None if alarm.told is None else alarm.told.figures
    if figures is None:
        return f"{words(AT_LEAST[respondent], count=alarm.least)} {words(NOT_EXACT)}"
    return words(NUMBERS[respondent], yes=figures.yes, n=figures.n, percent=words.percent(figures.percent))


def replied(reply: Reply, table: AlarmTable, words: Words) -> Iterator[str]:
    """What was replied, and what is done."""
    moment = datetime.fromisoformat(reply.moment).astimezone(ZoneInfo(table.library.site.time_zone))
    role, day = words(ROLES[reply.by]), _day(moment.date(), words)
    yield words(REPLIED, organisation=reply.organisation, role=role, day=day, text=reply.text)
    if reply.action:
        yield does(reply, words)


def does(reply: Reply, words: Words) -> str:
    """What is done about it, and by which day where one is given."""
    if reply.done is None:
        return words(DOES, action=reply.action)
    return words(DOES_BY, day=_day(date.fromisoformat(reply.done), words), action=reply.action)


def letter(row: AlarmRow, table: AlarmTable, role: Role, words: Words) -> str:
    """A message to who has a role: what was said, and what is asked of them."""
    alarm = row.alarm
    heading = [
        words(SUBJECTS[alarm.sort], id=alarm.id),
        words(ADDRESSEE, organisation=named(alarm, table, role, words)),
        words(SENDER, organisation=organisation(alarm, table, "area", words)),
    ]
    parts = [
        heading,
        [words(BEGINNINGS[alarm.sort])],
        [*about(alarm, table, words)],
        [*_asked(row, table, role, words)],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _asked(row: AlarmRow, table: AlarmTable, role: Role, words: Words) -> Iterator[str]:
    alarm, due = row.alarm, row.alarm.answer_by
    if alarm.answering is None:
        yield words(PASS_ON)
        return
    if alarm.answering != role:
        yield words(OTHERS_ANSWER, organisation=named(alarm, table, alarm.answering, words))
        return
    if due is None:
        yield words(PLEASE)
    else:
        yield words(LATE if row.state == "overdue" else PLEASE_BY, day=_day(due, words))
    yield words(HOW, email=table.library.site.organisation.email, id=alarm.id)
    yield words(CARE)
    yield words(NEXT)


def _service(alarm: Alarm, words: Words) -> str:
    title, unit = words.text(alarm.service.title), alarm.unit
    if unit.group:
        return words(GROUP, service=title, group=unit.group)
    first = date.fromisoformat(f"{unit.month}-01")
    return words(MONTH, service=title, month=format_date(first, "LLLL y", locale=words.language))


def _answers(alarm: Alarm, words: Words) -> str:
    """The options beyond the limit by their labels, or the limits of a number."""
    if alarm.options:
        return ", ".join(words(ANSWER, answer=words.text(option.label)) for option in alarm.options)
    limits = ((UNDER, alarm.rule.below), (OVER, alarm.rule.above))
    return ", ".join(words(side, limit=_limit(limit, words)) for side, limit in limits if limit is not None)


def _limit(limit: float, words: Words) -> str:
    return locales.format_number(int(limit) if limit == int(limit) else limit, words.language)


def _day(day: date, words: Words) -> str:
    return locales.format_date(day, words.language)


def _inside(title: str) -> str:
    """A title inside a sentence."""
    return title[:1].lower() + title[1:]
