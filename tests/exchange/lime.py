"""Small surveys of LimeSurvey for tests, in the layout of either generation of its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from xml.sax.saxutils import escape

from exchange import limesurvey
from exchange.context import Source
from exchange.loss import Imported
from survey.model import Library

Said = str | Mapping[str, str]
Layout = Literal["rows", "l10ns"]
SID = "12345"


@dataclass(frozen=True, kw_only=True)
class Sub:
    text: Said = ""
    scale: int = 0
    relevance: str = ""
    help: Said = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    text: Said = ""
    scale: int = 0
    points: int = 0


@dataclass(frozen=True, kw_only=True)
class Q:
    """A question. Subquestions and answers are by their codes; a bare text stands for one with nothing else."""

    code: str
    type: str
    text: Said = "Kysymys"
    help: Said = ""
    subs: Mapping[str, Sub | str] = field(default_factory=dict)
    answers: Mapping[str, Answer | str] | Sequence[tuple[str, Answer]] = field(default_factory=dict)
    relevance: str = "1"
    mandatory: str = "N"
    other: bool = False
    pattern: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    default: str = ""
    conditions: Sequence[tuple[str, str, str]] = ()
    """Rows of the older table: the name of the other question (a code, with '+' before and a code of a subquestion
    after it where it is a box), the method and the value."""


@dataclass(frozen=True, kw_only=True)
class Group:
    questions: Sequence[Q]
    title: Said = "Ryhmä"
    description: Said = ""
    relevance: str = ""
    randomized: str = ""


def survey(
    *groups: Group,
    languages: Sequence[str] = ("fi",),
    layout: Layout = "l10ns",
    settings: Mapping[str, str] | None = None,
    texts: Mapping[str, Said] | None = None,
    tables: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
) -> bytes:
    """The structure file of a survey."""
    made = _Tables(languages, layout)
    qids = {q.code: 100 + n for n, q in enumerate(q for group in groups for q in group.questions)}
    for gid, group in enumerate(groups, 1):
        own = {"gid": str(gid), "sid": SID, "group_order": str(gid), "grelevance": group.relevance}
        own["randomization_group"] = group.randomized
        made.spoken("groups", "group_l10ns", own, {"group_name": group.title, "description": group.description})
        for order, q in enumerate(group.questions, 1):
            made.question(q, gid, order, qids)
    base, *others = languages
    made.add("surveys", {"sid": SID, "language": base, "additional_languages": " ".join(others), **(settings or {})})
    for language in languages:
        said = {name: _in(text, language) for name, text in {"surveyls_title": "Kysely", **(texts or {})}.items()}
        made.add("surveys_languagesettings", {"surveyls_survey_id": SID, "surveyls_language": language, **said})
    for name, rows in (tables or {}).items():
        for row in rows:
            made.add(name, row)
    return made.file("350" if layout == "rows" else "640")


def _in(text: Said, language: str) -> str:
    return text if isinstance(text, str) else text.get(language, "")


class _Tables:
    def __init__(self, languages: Sequence[str], layout: Layout) -> None:
        self.languages = languages
        self.layout = layout
        self.tables: dict[str, list[Mapping[str, str]]] = {}
        self.next = 1000

    def add(self, table: str, row: Mapping[str, str]) -> None:
        self.tables.setdefault(table, []).append(row)

    def spoken(self, table: str, texts: str, row: Mapping[str, str], said: Mapping[str, Said]) -> None:
        """A row with texts: one for each language, or one whose texts stand in a table of their own."""
        if self.layout == "l10ns":
            self.add(table, row)
        for language in self.languages:
            words = {name: _in(text, language) for name, text in said.items()}
            key = next(name for name in row if name in ("gid", "qid", "aid", "dvid"))
            if self.layout == "rows":
                self.add(table, {**row, **words, "language": language})
            else:
                self.add(texts, {key: row[key], **words, "language": language})

    def question(self, q: Q, gid: int, order: int, qids: Mapping[str, int]) -> None:
        qid = str(qids[q.code])
        row = {"qid": qid, "parent_qid": "0", "sid": SID, "gid": str(gid), "type": q.type, "title": q.code}
        row |= {"preg": q.pattern, "other": "Y" if q.other else "N", "mandatory": q.mandatory}
        row |= {"question_order": str(order), "relevance": q.relevance}
        self.spoken("questions", "question_l10ns", row, {"question": q.text, "help": q.help})
        for n, (code, given) in enumerate(q.subs.items(), 1):
            sub = Sub(text=given) if isinstance(given, str) else given
            self.next += 1
            own = {"qid": str(self.next), "parent_qid": qid, "gid": str(gid), "type": q.type, "title": code}
            own |= {"question_order": str(n), "scale_id": str(sub.scale), "relevance": sub.relevance}
            self.spoken("subquestions", "question_l10ns", own, {"question": sub.text, "help": sub.help})
        answers = list(q.answers.items()) if isinstance(q.answers, Mapping) else q.answers
        for n, (code, given_answer) in enumerate(answers, 1):
            answer = Answer(text=given_answer) if isinstance(given_answer, str) else given_answer
            self.next += 1
            own = {"aid": str(self.next), "qid": qid, "code": code, "sortorder": str(n)}
            own |= {"assessment_value": str(answer.points), "scale_id": str(answer.scale)}
            if self.layout == "rows":
                del own["aid"]
                own = {"qid": qid, **own}
            self.spoken("answers", "answer_l10ns", own, {"answer": answer.text})
        for name, value in q.attributes.items():
            self.add("question_attributes", {"qid": qid, "attribute": name, "value": value})
        if q.default:
            self.spoken(
                "defaultvalues",
                "defaultvalue_l10ns",
                {"dvid": qid, "qid": qid, "sqid": "0", "scale_id": "0", "specialtype": ""},
                {"defaultvalue": q.default},
            )
        for n, (name, method, value) in enumerate(q.conditions):
            self._condition(qid, n, name, method, value, qids)

    def _condition(self, qid: str, n: int, name: str, method: str, value: str, qids: Mapping[str, int]) -> None:
        code, _, sub = name.removeprefix("+").partition("_")
        other = str(qids[code])
        gid = next(row["gid"] for row in self.tables["questions"] if row["qid"] == other)
        cfieldname = f"{'+' if name.startswith('+') else ''}{SID}X{gid}X{other}{sub}"
        self.add(
            "conditions",
            {"cid": str(n), "qid": qid, "scenario": "1", "cqid": other, "cfieldname": cfieldname}
            | {"method": method, "value": value},
        )

    def file(self, version: str) -> bytes:
        lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<document>"]
        lines += ["<LimeSurveyDocType>Survey</LimeSurveyDocType>", f"<DBVersion>{version}</DBVersion>"]
        lines.append("<languages>" + "".join(f"<language>{tag}</language>" for tag in self.languages) + "</languages>")
        for name, rows in self.tables.items():
            lines.append(f"<{name}><rows>")
            for row in rows:
                cells = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in row.items())
                lines.append(f"<row>{cells}</row>")
            lines.append(f"</rows></{name}>")
        lines.append("</document>")
        return "\n".join(lines).encode()


def import_survey(*groups: Group, library: Library | None = None, **keys: object) -> Imported:
    """What a survey of these groups becomes."""
    return read(survey(*groups, **keys), library=library)  # type: ignore[arg-type]


def import_questions(*questions: Q, library: Library | None = None, **keys: object) -> Imported:
    """What a survey of these questions in one group becomes."""
    return import_survey(Group(questions=questions), library=library, **keys)


def read(data: bytes, *, library: Library | None = None) -> Imported:
    return limesurvey.imported(Source(name="kysely.lss", data=data, instrument="kysely", library=library))
