"""LimeSurvey's `.lss` files: tables as XML, of whatever version, as groups with questions.

Up to version 3 every table has a row for each language; from 4 on the texts stand in tables of their own (`…_l10ns`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from exchange.loss import ExchangeError, told
from survey.marking import _

SIZE_LIMIT = 20_000_000
ROWS_LIMIT = 200_000
Row = Mapping[str, str]
Words = Mapping[str, str]
"""A text by LimeSurvey's codes of languages."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, kw_only=True)
class Answer:
    code: str
    scale: int
    order: int
    points: str
    text: Words


@dataclass(frozen=True, kw_only=True)
class Subquestion:
    qid: str
    code: str
    scale: int
    order: int
    relevance: str
    text: Words
    help: Words


@dataclass(frozen=True, kw_only=True)
class Question:
    """`attributes` have a value for each language, under "" where it is the same in all."""

    qid: str
    gid: str
    code: str
    type: str
    order: int
    other: bool
    mandatory: str
    pattern: str
    relevance: str
    text: Words
    help: Words
    attributes: Mapping[str, Words] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()
    subquestions: tuple[Subquestion, ...] = ()

    def attribute(self, name: str) -> str:
        """The value of an attribute, in whatever language; "" where it has none."""
        return next((value for value in self.attributes.get(name, {}).values() if value), "")

    def on(self, name: str) -> bool:
        return self.attribute(name) in ("1", "Y", "yes", "on")

    def subs(self, scale: int = 0) -> tuple[Subquestion, ...]:
        return tuple(sub for sub in self.subquestions if sub.scale == scale)

    def options(self, scale: int = 0) -> tuple[Answer, ...]:
        return tuple(answer for answer in self.answers if answer.scale == scale)


@dataclass(frozen=True, kw_only=True)
class Group:
    gid: str
    order: int
    relevance: str
    randomized: str
    title: Words
    description: Words
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Survey:
    """`languages` has the base language first; `texts` the survey's own texts by column; `conditions` the older table
    of conditions by question; `others` the rows of tables that are no part of a questionnaire; `lost` questions and
    subquestions that belong to nothing."""

    sid: str
    languages: tuple[str, ...]
    settings: Row
    texts: Mapping[str, Words]
    groups: tuple[Group, ...]
    conditions: Mapping[str, tuple[Row, ...]]
    others: Mapping[str, tuple[Row, ...]]
    lost: tuple[tuple[str, str], ...]


def read(data: bytes) -> Survey:
    """The survey in a file. Raises ExchangeError where it is none, too large or not safe to read."""
    tables = _tables(_document(data))
    if not tables.get("surveys"):
        raise ExchangeError(told(_("The file has no survey in it: its table 'surveys' is empty or missing.")))
    settings = tables["surveys"][0]
    base = settings.get("language") or "en"
    languages = dict.fromkeys([base, *settings.get("additional_languages", "").split()])
    known = {row.get("qid", ""): row.get("title", "") for row in tables.get("questions", ())}
    tables["defaultvalues"] = _defaults(tables, known)
    groups, orphans = _groups(tables)
    lost = [
        (told(_("question '{code}'"), code=question.code), told(_("It belongs to no group."))) for question in orphans
    ]
    lost += [
        (told(_("subquestion '{code}'"), code=row.get("title", "")), told(_("It belongs to no question.")))
        for row in _once(tables.get("subquestions", ()), "qid")
        if row.get("parent_qid", "") not in known
    ]
    lost += [
        (told(_("answer '{code}'"), code=row.get("code", "")), told(_("It belongs to no question.")))
        for row in _once(tables.get("answers", ()), "qid", "code", "scale_id")
        if row.get("qid", "") not in known
    ]
    own = (*_QUESTIONNAIRE, "surveys", "surveys_languagesettings", "conditions")
    return Survey(
        sid=settings.get("sid", ""),
        languages=tuple(languages),
        settings=settings,
        texts=_survey_texts(tables.get("surveys_languagesettings", ())),
        groups=groups,
        conditions=_by(tables.get("conditions", ()), "qid"),
        others={name: tuple(rows) for name, rows in tables.items() if name not in own and rows},
        lost=tuple(lost),
    )


_QUESTIONNAIRE = (
    *("answers", "answer_l10ns", "groups", "group_l10ns", "questions", "question_l10ns", "subquestions"),
    *("question_attributes", "defaultvalue_l10ns"),
)


# --- XML ------------------------------------------------------------------------------------------


def _document(data: bytes) -> Any:
    """The root of the file, read without entities or anything from outside."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    if len(data) > SIZE_LIMIT:
        raise ExchangeError(
            told(
                _(
                    "The file has {words} MB; at most {words2} MB are read. The structure of a survey needs far "
                    "less: export it from LimeSurvey again as 'Survey structure (.lss)'."
                ),
                words=f"{len(data) / 1000000.0:.1f}",
                words2=SIZE_LIMIT // 10**6,
            )
        )
    if data.startswith(b"PK"):
        raise ExchangeError(told(_("The file is a packed archive. Export 'Survey structure (.lss)' and import that.")))
    try:
        root = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise ExchangeError(
            told(_("The file holds declarations that LimeSurvey does not write; it was not read."))
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise ExchangeError(
            told(
                _(
                    "The file is no XML that can be read. Export the survey from LimeSurvey again as 'Survey "
                    "structure (.lss)'."
                )
            )
        ) from error
    kind = root.findtext("LimeSurveyDocType") if root.tag == "document" else None
    if kind is None:
        raise ExchangeError(
            told(_("The file is XML, but not of LimeSurvey. Export the survey as 'Survey structure (.lss)'."))
        )
    if kind.strip() != "Survey":
        raise ExchangeError(
            told(
                _(
                    "The file holds a LimeSurvey {words}, not a whole survey. Export 'Survey structure (.lss)' and "
                    "import that."
                ),
                words=kind.strip().lower()[:40],
            )
        )
    return root


def _tables(root: Any) -> dict[str, list[Row]]:
    """The rows of each table; what has no rows in this sense is one row with nothing in it."""
    tables: dict[str, list[Row]] = {}
    count = 0
    for table in root:
        if table.tag in ("LimeSurveyDocType", "DBVersion", "languages"):
            continue
        rows = table.find("rows")
        found = list(rows) if rows is not None else []
        count += len(found)
        if count > ROWS_LIMIT:
            raise ExchangeError(
                told(
                    _("The file has more than {ROWS_LIMIT} rows, far more than a survey needs."), ROWS_LIMIT=ROWS_LIMIT
                )
            )
        if rows is None and len(table):
            tables[table.tag] = [{} for _ in table]
        else:
            tables.setdefault(table.tag, []).extend(
                {cell.tag: _CONTROL.sub("", cell.text or "") for cell in row} for row in found
            )
    return tables


# --- rows -----------------------------------------------------------------------------------------


def _once(rows: Iterable[Row], *keys: str) -> list[Row]:
    """The first of the rows that share some keys: up to version 3 there is one for each language."""
    found: dict[tuple[str, ...], Row] = {}
    for row in rows:
        found.setdefault(tuple(row.get(key, "") for key in keys), row)
    return list(found.values())


def _by(rows: Iterable[Row], key: str) -> Mapping[str, tuple[Row, ...]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.get(key, ""), []).append(row)
    return {name: tuple(group) for name, group in found.items()}


def _words(rows: Iterable[Row], column: str) -> Words:
    """A text by language from rows that have one each."""
    return {row.get("language", ""): row[column] for row in rows if row.get(column, "").strip()}


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else 0


def _survey_texts(rows: Iterable[Row]) -> Mapping[str, Words]:
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        for column, text in row.items():
            if text.strip() and column not in ("surveyls_language", "surveyls_survey_id"):
                found.setdefault(column, {})[row.get("surveyls_language", "")] = text
    return found


def _groups(tables: Mapping[str, list[Row]]) -> tuple[tuple[Group, ...], list[Question]]:
    """The groups with their questions, and the questions of no group."""
    texts = _by([*tables.get("groups", ()), *tables.get("group_l10ns", ())], "gid")
    questions = list(_questions(tables))
    by_group: dict[str, list[Question]] = {}
    for question in questions:
        by_group.setdefault(question.gid, []).append(question)
    groups = [
        Group(
            gid=row.get("gid", ""),
            order=_number(row.get("group_order", "")),
            relevance=row.get("grelevance", "").strip(),
            randomized=row.get("randomization_group", "").strip(),
            title=_words(texts[row.get("gid", "")], "group_name"),
            description=_words(texts[row.get("gid", "")], "description"),
            questions=tuple(by_group.get(row.get("gid", ""), ())),
        )
        for row in _once(tables.get("groups") or tables.get("group_l10ns") or (), "gid")
    ]
    known = {group.gid for group in groups}
    return tuple(sorted(groups, key=_order)), [question for question in questions if question.gid not in known]


def _order(one: Group | Question | Subquestion | Answer) -> int:
    return one.order


def _questions(tables: Mapping[str, list[Row]]) -> Iterator[Question]:
    """Every question with all that belongs to it, in the order of asking."""
    texts = _by([*tables.get("questions", ()), *tables.get("question_l10ns", ())], "qid")
    attributes = _by(tables.get("question_attributes", ()), "qid")
    answers = _answers(tables)
    subquestions = _subquestions(tables)
    found = [
        Question(
            qid=(qid := row.get("qid", "")),
            gid=row.get("gid", ""),
            code=row.get("title", ""),
            type=row.get("type", ""),
            order=_number(row.get("question_order", "")),
            other=row.get("other") == "Y",
            mandatory=row.get("mandatory", ""),
            pattern=row.get("preg", "").strip(),
            relevance=row.get("relevance", "").strip(),
            text=_words(texts[qid], "question"),
            help=_words(texts[qid], "help"),
            attributes=_attributes(attributes.get(qid, ())),
            answers=tuple(answers.get(qid, ())),
            subquestions=tuple(subquestions.get(qid, ())),
        )
        for row in _once(tables.get("questions", ()), "qid")
    ]
    yield from sorted(found, key=_order)


def _attributes(rows: Iterable[Row]) -> Mapping[str, Words]:
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        if row.get("value", "").strip():
            found.setdefault(row.get("attribute", ""), {})[row.get("language", "")] = row["value"].strip()
    return found


def _subquestions(tables: Mapping[str, list[Row]]) -> Mapping[str, Sequence[Subquestion]]:
    rows = tables.get("subquestions", ())
    texts = _by([*rows, *tables.get("question_l10ns", ())], "qid")
    found: dict[str, list[Subquestion]] = {}
    for row in _once(rows, "qid"):
        qid = row.get("qid", "")
        sub = Subquestion(
            qid=qid,
            code=row.get("title", ""),
            scale=_number(row.get("scale_id", "")),
            order=_number(row.get("question_order", "")),
            relevance=row.get("relevance", "").strip(),
            text=_words(texts[qid], "question"),
            help=_words(texts[qid], "help"),
        )
        found.setdefault(row.get("parent_qid", ""), []).append(sub)
    return {qid: sorted(subs, key=_order) for qid, subs in found.items()}


def _defaults(tables: Mapping[str, list[Row]], codes: Mapping[str, str]) -> list[Row]:
    """The default values, each once, with the code of the question as `name` and the value in some language."""
    values = {row.get("dvid", ""): row.get("defaultvalue", "") for row in tables.get("defaultvalue_l10ns", ())}
    rows = _once(tables.get("defaultvalues", ()), "qid", "sqid", "scale_id", "specialtype")
    return [
        {
            **row,
            "defaultvalue": row.get("defaultvalue") or values.get(row.get("dvid", "-"), ""),
            "name": codes.get(row.get("qid", ""), ""),
        }
        for row in rows
    ]


def _answers(tables: Mapping[str, list[Row]]) -> Mapping[str, Sequence[Answer]]:
    rows = tables.get("answers", ())
    own = {(row.get("qid", ""), row.get("code", ""), row.get("scale_id", "")): [] for row in rows}  # type: ignore[var-annotated]
    for row in rows:
        own[row.get("qid", ""), row.get("code", ""), row.get("scale_id", "")].append(row)
    by_aid = _by(tables.get("answer_l10ns", ()), "aid")
    found: dict[str, list[Answer]] = {}
    for (qid, code, scale), same in own.items():
        texts = [*same, *by_aid.get(same[0].get("aid", "-"), ())]
        answer = Answer(
            code=code,
            scale=_number(scale),
            order=_number(same[0].get("sortorder", "")),
            points=same[0].get("assessment_value", ""),
            text=_words(texts, "answer"),
        )
        found.setdefault(qid, []).append(answer)
    return {qid: sorted(answers, key=_order) for qid, answers in found.items()}
