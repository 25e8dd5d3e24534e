"""Surveys of LimeSurvey, versions 1.9 to 6, from their structure file (`.lss`)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence

from exchange import expression_manager as em
from exchange import expressions, lss, texts
from exchange import limesurvey_words as words
from exchange.context import Source
from exchange.expressions import Call, Expression, Literal, Name, Untranslatable
from exchange.limesurvey_maker import Maker, Parts
from exchange.limesurvey_questions import constraint, items
from exchange.loss import Element, ExchangeError, Imported, Ledger, told, told_by
from exchange.lss import Group, Question, Row, Survey
from exchange.making import Left, both, instrument_id, leave_parts, shared_scales, told_condition
from exchange.markup import gaps, plain
from exchange.naming import Names
from survey import logic
from survey.marking import _
from survey.model import Instrument, Item, Section

_GAP = re.compile(r"\{(?!\s)((?>[^{}\"']+|\"[^\"]*\"|'[^']*'|[\"']){0,200})\}")
"""What LimeSurvey takes for an expression in a text: it may have braces within quotes."""
_SHORT = re.compile(r"(?:TOKEN:)?([\w.:#]{1,40})")
_SHOWN = 100
"""So many letters of an expression or a setting the report repeats."""


def imported(source: Source) -> Imported:
    """The instrument in a survey's structure file. Raises ExchangeError where it holds none."""
    survey = lss.read(source.data)
    return _Import(survey, source).imported()


class _Import:
    def __init__(self, survey: Survey, source: Source) -> None:
        self.survey = survey
        self.source = source
        self.ledger = Ledger()
        self.whole = self.ledger.add(told(_("survey")), told(_("survey {sid}"), sid=survey.sid))
        self.whole.change(told(_("Codes of questions and answers stand in small letters.")))
        self.maker = Maker(
            sid=survey.sid, names=Names(source.taken), texts=self._languages(), scope=expressions.Scope()
        )
        self.defaults = {
            row.get("qid", ""): row for row in survey.others.get("defaultvalues", ()) if not row.get("specialtype")
        }
        self.default_elements: dict[str, Element] = {}

    def _languages(self) -> texts.Texts:
        codes = [(code, self.ledger.add(told(_("language")), f"'{code}'")) for code in self.survey.languages]
        site = self.source.library.site if self.source.library else None
        return texts.chosen(codes, site, self.whole, self._clean)

    def _clean(self, text: str) -> tuple[str, tuple[str, ...]]:
        bare, reasons = plain(text)
        filled, more = gaps(bare, _GAP, self._named)
        return filled, (*reasons, *more)

    def _named(self, expression: str) -> str | None:
        """A name short enough to stand in a text for what LimeSurvey would fill in."""
        bare = expression.removeprefix("INSERTANS:")
        bare = self.maker.variables.aliases.get(bare, bare)
        match = _SHORT.fullmatch(bare)
        return match[1].removesuffix(".NAOK").removesuffix(".shown") if match else None

    def imported(self) -> Imported:
        self._settings()
        title, intro = self._survey_texts()
        for where, why in self.survey.lost:
            self.ledger.add(told(_("survey")), where).leave(why)
        for name, rows in self.survey.others.items():
            self._table(name, rows)
        sections = tuple(section for group in self.survey.groups for section in self._group(group))
        if not any(item.type != "note" for section in sections for item in section.items):
            raise ExchangeError(
                told(_("No question of the survey can be asked with Mittari, so there is no instrument.")),
                self.ledger.losses,
            )
        scales, sections = shared_scales(sections)
        site = self.source.library.site if self.source.library else None
        review = [tag for tag in self.maker.texts.review if tag != self.maker.texts.chosen[0]]
        instrument = Instrument(
            instrument=instrument_id(self.source.instrument, self.source.name),
            version=1,
            languages=self.maker.texts.chosen,
            title=title,
            waves=self.source.waves or (next(iter(site.waves)) if site else "start",),
            review=dict.fromkeys(review, "needed"),
            intro=intro,
            scales=scales,
            sections=sections,
        )
        return Imported(instrument=instrument, losses=self.ledger.losses)

    # --- what is said of the survey ---------------------------------------------------------------

    def _settings(self) -> None:
        for name, value in self.survey.settings.items():
            usual = value in (*words.INHERITED, *words.USUAL_SETTINGS.get(name, ()))
            if name in words.NO_SETTINGS or usual:
                continue
            what = name if name in words.PRIVATE else f"{name} = {_short(value)}"
            element = self.ledger.add(told(_("setting of the survey")), what)
            if name == "assessments":
                element.change(
                    told(_("Points of answers are their 'score'; the texts for sums of points did not come over."))
                )
            else:
                element.leave(words.SETTINGS.get(name, words.NO_COUNTERPART))

    def _survey_texts(self) -> tuple[dict[str, str], dict[str, str] | None]:
        """The title and the introduction."""
        known = dict(self.survey.texts)
        of = self.maker.texts.of
        title = self.ledger.add(told(_("text of the survey")), told(_("title")))
        found = of(known.pop("surveyls_title", {}), title, line=True, otherwise=self.survey.sid or "1") or {}
        intro = []
        for name in ("surveyls_description", "surveyls_welcometext"):
            if name in known:
                element = self.ledger.add(told(_("text of the survey")), name.removeprefix("surveyls_"))
                text = of(known.pop(name), element)
                if self.survey.settings.get("showwelcome") == "N":
                    element.leave(told(_("The survey does not show it.")))
                elif text:
                    intro.append(text)
        mails = [name for name in known if "email" in name or name == "attachments"]
        if mails:
            self.ledger.add(told(_("text of the survey")), told(_("{words} texts of e-mails"), words=len(mails))).leave(
                words.MAILS
            )
        for name in known:
            if name not in mails:
                element = self.ledger.add(told(_("text of the survey")), name.removeprefix("surveyls_"))
                element.leave(words.TEXTS.get(name, words.NO_COUNTERPART))
        whole = {tag: "\n\n".join(text[tag] for text in intro) for tag in self.maker.texts.chosen}
        return found, whole if intro else None

    def _table(self, name: str, rows: Sequence[Row]) -> None:
        why = words.TABLES.get(name, told(_("It is no part of the questions.")))
        if name in words.WHOLE:
            self.ledger.add(told(_("table '{name}'"), name=name), told(_("{words} rows"), words=len(rows))).leave(why)
            return
        for row in rows:
            if name == "defaultvalues":
                what = f"default value {_short(row['defaultvalue'])}"
                element = self.ledger.add(told(_("question '{words}'"), words=row["name"]), what)
                if not row.get("specialtype"):
                    self.default_elements.setdefault(row.get("qid", ""), element)
            else:
                what = row.get("name") or row.get("code") or next(iter(row.values()), "")
                element = self.ledger.add(told(_("table '{name}'"), name=name), _short(what))
            element.leave(why)

    # --- groups -----------------------------------------------------------------------------------

    def _group(self, group: Group) -> Iterator[Section]:
        maker = self.maker
        element = self.ledger.add(told(_("group")), f"'{_short(next(iter(group.title.values()), group.gid))}'")
        title = maker.texts.of(group.title, element, line=True)
        intro = maker.texts.of(group.description, element)
        show_if = None
        never = False
        if group.randomized:
            self.ledger.add(told(_("group")), f"randomization_group = {_short(group.randomized)}").leave(
                told(_("The order is the same for everybody."))
            )
        if group.relevance not in ("", "1"):
            condition = self.ledger.add(told(_("group")), told(_("condition {words}"), words=_short(group.relevance)))
            show_if, never = self._condition(_parsed(group.relevance), condition, "")
        made: list[Item] = []
        for question in group.questions:
            made += self._question(question, conditional=show_if is not None, never=never)
        if not made:
            element.leave(
                told(_("None of its questions came over.")) if group.questions else told(_("It has no questions."))
            )
        else:
            yield Section(title=title, intro=intro, show_if=show_if, items=tuple(made))

    def _condition(self, found: Expression | Untranslatable, element: Element, own: str) -> tuple[str | None, bool]:
        """A condition as text, and whether it never holds; what became of it is told of the element."""

        def resolved() -> Expression:
            if isinstance(found, Untranslatable):
                raise found
            return em.resolved(found, self.maker.variables, own)

        return told_condition(resolved, self.maker.scope, element)

    # --- questions --------------------------------------------------------------------------------

    def _question(self, question: Question, *, conditional: bool, never: bool) -> list[Item]:
        where = told(_("question '{code}'"), code=question.code)
        element = self.ledger.add(where, words.TYPES.get(question.type, f"type '{question.type}'"))
        conditions = self._condition_elements(question, where)
        show_if, own_never = None, False
        if conditions:
            tree = _parsed(question.relevance) if _is_condition(question.relevance) else self._older(question)
            show_if, own_never = self._condition(tree, conditions[0], question.code)
            for other in conditions[1:]:
                _follow(other, conditions[0])
        parts = self._parts(question, where, element, conditional=conditional or show_if is not None)
        try:
            if never or own_never:
                raise Left(told(_("It is never asked, since its condition never holds.")))
            made = items(self.maker, parts)
        except Left as left:
            self.maker.leave(parts)
            self._leave(parts, told_by(left), conditions)
            return []
        self._default(parts, made)
        made = [constraint(self.maker, parts, item) if len(made) == 1 else item for item in made]
        made = self._of_subquestions(parts, made)
        for name, attribute in parts.attributes.items():
            if name not in parts.used:
                attribute.leave(words.reason(name))
        return [dataclasses.replace(item, show_if=both(show_if, item.show_if)) for item in made]

    def _condition_elements(self, question: Question, where: str) -> list[Element]:
        """An element for the condition, and one for each row of the older table that says the same."""
        found = []
        if _is_condition(question.relevance):
            found.append(self.ledger.add(where, told(_("condition {words}"), words=_short(question.relevance))))
        for row in self.survey.conditions.get(question.qid, ()):
            what = f"{row.get('cfieldname', '')} {row.get('method', '').strip()} {row.get('value', '')}"
            found.append(self.ledger.add(where, told(_("older condition {words}"), words=_short(what))))
        return found

    def _older(self, question: Question) -> Expression | Untranslatable:
        """The older table's conditions as one: scenarios under `or`; in each, those on one question under `or`."""
        scenarios: dict[str, dict[str, list[Expression]]] = {}
        try:
            for row in self.survey.conditions[question.qid]:
                by_question = scenarios.setdefault(row.get("scenario", "1"), {})
                by_question.setdefault(row.get("cqid", ""), []).append(_older_test(row))
        except Untranslatable as error:
            return error
        return _under("or", [_under("and", [_under("or", s) for s in one.values()]) for one in scenarios.values()])

    def _parts(self, question: Question, where: str, element: Element, *, conditional: bool) -> Parts:
        attributes = {
            name: self.ledger.add(where, f"{name} = {_short(question.attribute(name))}")
            for name in question.attributes
            if name != "relevance" and words.says_something(name, question.attribute(name))
        }
        if question.pattern:
            pattern = self.ledger.add(where, told(_("validation {words}"), words=_short(question.pattern)))
            pattern.leave(told(_("Patterns that an answer must have are not checked.")))
        subs = {
            sub.qid: self.ledger.add(where, told(_("subquestion '{code}'"), code=sub.code))
            for sub in question.subquestions
        }
        conditions = {
            sub.qid: self.ledger.add(
                where, told(_("condition of subquestion '{code}': {words}"), code=sub.code, words=_short(sub.relevance))
            )
            for sub in question.subquestions
            if _is_condition(sub.relevance)
        }
        answers = {
            (answer.scale, answer.code): self.ledger.add(where, told(_("answer '{code}'"), code=answer.code))
            for answer in question.answers
        }
        return Parts(
            question=question,
            element=element,
            subs=subs,
            conditions=conditions,
            answers=answers,
            other=self.ledger.add(where, told(_("answer 'other'"))) if question.other else None,
            attributes=attributes,
            conditional=conditional,
            default=self.defaults.get(question.qid, {}).get("defaultvalue"),
        )

    def _leave(self, parts: Parts, why: str, conditions: Iterable[Element]) -> None:
        parts.element.leave(why)
        own = [*parts.attributes.values(), *parts.subs.values(), *parts.answers.values(), *parts.conditions.values()]
        leave_parts([*conditions, *own, *([parts.other] if parts.other else [])])

    def _default(self, parts: Parts, made: Sequence[Item]) -> None:
        if made[0].type == "hidden" and parts.question.qid in self.default_elements:
            self.default_elements[parts.question.qid].kind = "came"
            self.default_elements[parts.question.qid].reasons = []

    def _of_subquestions(self, parts: Parts, made: list[Item]) -> list[Item]:
        """The items with the conditions of subquestions, where those became items of their own."""
        by_id = {item.id: item for item in made}
        for sub in parts.question.subquestions:
            element = parts.conditions.get(sub.qid)
            if element is None:
                continue
            id = parts.split.get(sub.qid)
            if id is None:
                element.leave(told(_("Rows and options are offered to everybody who is asked the question.")))
                continue
            show_if, never = self._condition(_parsed(sub.relevance), element, parts.code)
            if never:
                parts.subs[sub.qid].leave(told(_("It is never asked, since its condition never holds.")))
                del by_id[id]
                self.maker.forget(id, told(_("'{code}_{code2}' is never asked"), code=parts.code, code2=sub.code))
            elif show_if is not None and _names(show_if) & set(list(by_id)[list(by_id).index(id) :]):
                element.leave(told(_("It names an answer that is not given before. So it is asked of everybody.")))
            elif show_if is not None:
                by_id[id] = dataclasses.replace(by_id[id], show_if=show_if)
                self.maker.limit(id)
        return list(by_id.values())


def _names(condition: str) -> set[str]:
    return set(logic.named(logic.parse(condition)))


def _short(text: str) -> str:
    bare = " ".join(text.split())
    return bare if len(bare) <= _SHOWN else f"{bare[:_SHOWN]}…"


def _is_condition(relevance: str) -> bool:
    return relevance not in ("", "1")


def _parsed(text: str) -> Expression | Untranslatable:
    try:
        return em.parse(text)
    except Untranslatable as error:
        return error


def _follow(element: Element, other: Element) -> None:
    """What became of another element became of this one too."""
    for reason in other.reasons:
        element.leave(reason) if other.kind == "left" else element.change(reason)


def _older_test(row: Row) -> Expression:
    """A row of the older table: an answer, by the numbers of its question, compared with a value."""
    name, value = row.get("cfieldname", ""), row.get("value", "")
    if name.startswith("+"):
        name = name[1:]
    if re.search(r"^[{@]|@", name) or value.startswith("@") or "TOKEN" in name:
        raise Untranslatable(told(_("it compares with another answer or with what is known of the person")))
    sign = {"": "=", "==": "=", "RX": ""}.get(row.get("method", "").strip(), row.get("method", "").strip())
    if sign not in expressions.COMPARISONS:
        raise Untranslatable(told(_("it compares with a pattern")))
    known = value.strip()
    literal: str | int | float = known
    if sign in expressions.ORDERS and re.fullmatch(r"-?\d+(\.\d+)?", known):
        literal = float(known) if "." in known else int(known)
    return Call(sign, (Name(name), Literal(literal)))


def _under(name: str, parts: Sequence[Expression]) -> Expression:
    return parts[0] if len(parts) == 1 else Call(name, tuple(parts))
