"""A first map of a file of answers, for somebody to edit: what its columns seem to be, and why.

What a column is called and what stands in it is all that there is to go by, so each guess says what it rests on, and
nothing is left out: a column that seems to be nothing stands there as a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.elsewhere import Table
from survey.column_map import slug

WORDS: Mapping[str, str] = {
    "participation": r"vastaajatunnus|tunnus|osallistuj|participa|respondent|vastaaja.?id|\bid\b|token|kod|code",
    "wave": r"mittauskerta|mittaus|aalto|\bwave\b|\baika\b|kerta|alku.?loppu|measurement|tillfälle|vaihe",
    "service": r"palvelu|service|tjänst|koulutus|kurssi|valmennus",
    "group": r"ryhmä|\bgroup|grupp",
    "arm": r"verrokki|\barm\b|comparison|treat|koeryhmä",
    "received": r"vastausaika|vastattu|received|submit|completion|päättymisaika|lähetetty|inlämn|timestamp|aikaleima",
}
"""What the names of columns say in Finnish, Swedish and English, in what tools export."""
WAVE_ENDS = (
    ("alku", "loppu"), ("start", "end"), ("pre", "post"), ("before", "after"), ("före", "efter"), ("t0", "t1"),
    ("t1", "t2"), ("1", "2"),
)  # fmt: skip
"""How columns of two waves end, or begin, where a row has both."""
LADDERS = (
    ("täysin eri", "jokseenkin eri|osittain eri|eri", "ei samaa|en samaa|siltä väliltä|neutraali",
     "jokseenkin sama|osittain sama|sama", "täysin sama"),
    ("helt av annan|tar helt avstånd", "delvis av annan|av annan", "varken",
     "delvis av samma|instämmer delvis|av samma", "helt av samma|instämmer helt"),
    ("strongly disagree", "disagree|somewhat disagree", "neither|neutral", "agree|somewhat agree", "strongly agree"),
    ("erittäin huon|erittäin tyytymät", "huono|melko huono|tyytymät|melko tyytymät", "ei hyvä|kohtala|keskin",
     "hyvä|melko hyvä|tyytyvä|melko tyytyvä", "erittäin hyvä|erittäin tyytyvä"),
    ("ei koskaan|en koskaan|aldrig|never", "harvoin|sällan|rarely|seldom", "joskus|ibland|sometimes",
     "usein|ofta|often", "aina|alltid|always"),
    ("ei lainkaan|en lainkaan|inte alls|not at all", "vähän|lite|a little", "jonkin verran|något|somewhat",
     "melko paljon|ganska mycket|quite", "erittäin paljon|hyvin paljon|väldigt mycket|very much"),
)  # fmt: skip
"""How the words of usual steps begin, from the lowest: Finnish, Swedish, English."""
COMPARED = r"verrokki|vertailu|compar|control|kontroll|jämförelse|placebo|usual|tavanomai|\btau\b|^0$|^ei$|^nej$|^no$"
"""Words of those who are compared with, in Finnish, Swedish and English."""
NO_ANSWER = (
    r"en osaa sanoa|ei osaa|vet ej|vet inte|kan inte säga|don.?t know|can.?t say|ei koske|not applicable|en halua"
)
YES, NO = r"kyllä|ja\b|yes", r"en\b|ei\b|nej|no\b"
WORK, STUDY = r"työ(ssä|llis)|töissä|arbete|jobb|employ|\bwork|\bjob", r"opisk|koulutu|opiskel|stud|educat"
FEW = 11
"""Different answers of a question with steps, at most."""
_QUOTED = re.compile(r"[^\w .()/-]|^[\s\d.()/-]|^$|^(?i:yes|no|on|off|true|false|null|~)$|\s$")


@dataclass(frozen=True)
class _Pair:
    """A question with a column for each of two waves."""

    name: str
    columns: tuple[str, str]


def first_map(table: Table) -> str:
    """The text of a map, in YAML."""
    return "\n".join(_Writing(table).lines()) + "\n"


class _Writing:
    def __init__(self, table: Table) -> None:
        self._table, self._cells = table, table.cells
        self._names = [name for name in dict.fromkeys(table.cells.columns) if name]
        self._taken: set[str] = set()
        self._ends: dict[str, tuple[float, float]] = {}
        self._roles = dict(self._found_roles())
        self._pairs = [] if "wave" in self._roles else list(self._found_pairs())

    # --- guesses

    def _found_roles(self) -> Iterator[tuple[str, str]]:
        free = list(self._names)
        for role, pattern in WORDS.items():
            found = next((name for name in free if re.search(pattern, name.lower()) and self._fits(role, name)), None)
            if found is not None:
                free.remove(found)
                yield role, found

    def _fits(self, role: str, name: str) -> bool:
        column = self._column(name)
        different = column.nunique()
        if role == "participation":
            return different >= len(column) / 8
        if role in ("wave", "arm"):
            return 2 <= different <= 6
        return role == "received" or different <= max(len(column) / 2, 1)

    def _found_pairs(self) -> Iterator[_Pair]:
        """Columns that are alike but for how they begin or end."""
        free = [name for name in self._names if name not in self._roles.values()]
        known = {name.lower(): name for name in free}
        for first, second in WAVE_ENDS:
            found = []
            for name in free:
                for pattern, other in ((rf"(.+?)[\s_.-]*{first}$", r"{rest}"), (rf"^{first}[\s_.-]+(.+)", "")):
                    match = re.match(pattern, name.lower())
                    twin = _twin(name.lower(), first, second, ends=bool(other)) if match else ""
                    if match and twin in known:
                        found.append(_Pair(match[1].strip(" _.-"), (name, known[twin])))
                        break
            if len(found) > 1 or (found and first not in ("1", "t1")):
                yield from found
                return

    def _column(self, name: str) -> pd.Series[str]:
        found = self._cells.loc[:, self._cells.columns == name].iloc[:, 0]
        return found

    # --- lines

    def lines(self) -> Iterator[str]:
        yield f"# What the columns of {self._table.file} are, as far as their names and cells tell. Look at every line."
        yield '# Every key is explained in docs/analysts.md, under "Answers from elsewhere".'
        yield "responses: Name what was asked, and when"
        yield from self._role_lines()
        questions = list(self._questions())
        if questions:
            yield "items:"
            for _, lines in questions:
                yield from lines
        yield from self._dimension_lines([id for id, _ in questions if id])
        rest = [name for name in self._names if name not in self._used]
        if rest:
            yield "# Not used:"
            yield from (f"#   {name}" for name in rest)

    def _role_lines(self) -> Iterator[str]:
        self._used = set(self._roles.values())
        whose = self._roles.get("participation")
        if whose is None:
            yield 'participation: ""  # no column looks like it: name the one that says whose answers these are'
        else:
            yield f"participation: {_text(whose)}"
        if "wave" in self._roles:
            name = self._roles["wave"]
            words = sorted(self._column(name).dropna().unique())
            ids = _wave_ids([self._table.labels.get(name, {}).get(word, word) for word in words])
            yield f"waves: [{', '.join(dict.fromkeys(ids))}]  # in their order; the first is at the start"
            yield "wave:"
            yield f"  column: {_text(name)}"
            yield "  values:"
            yield from (f"    {_text(word)}: {id}" for word, id in zip(words, ids, strict=True))
        else:
            yield "waves: [start, end]  # in their order; the first is at the start"
        if "service" in self._roles:
            yield f"service: {{column: {_text(self._roles['service'])}}}"
        if "group" in self._roles:
            yield f"group: {_text(self._roles['group'])}"
        if "arm" in self._roles:
            name = self._roles["arm"]
            yield "arm:  # which of them had the service (intervention), and which are compared with (comparison)"
            yield f"  column: {_text(name)}"
            yield "  values:"
            words = sorted(self._column(name).dropna().unique())
            compared = [word for word in words if re.search(COMPARED, str(word).lower())]
            for word in words:
                # Which is which turns every sign round, so where no word tells it, a person must.
                guess = "comparison" if word in compared else "intervention"
                yield f"    {_text(word)}: {guess if len(compared) == 1 else ''}".rstrip()
        if "received" in self._roles:
            yield f"received: {_text(self._roles['received'])}"

    def _questions(self) -> Iterator[tuple[str, list[str]]]:
        wide = {column for pair in self._pairs for column in pair.columns}
        for pair in self._pairs:
            place = f"    columns: {{start: {_text(pair.columns[0])}, end: {_text(pair.columns[1])}}}"
            yield self._question(pair.name, place, pair.columns)
            self._used |= {*pair.columns}
        for name in self._names:
            if name not in self._used | wide:
                column = self._column(name)
                if self._is_answer(column) and "wave" in self._roles:
                    self._used.add(name)
                    yield self._question(name, f"    column: {_text(name)}", (name,))

    def _is_answer(self, column: pd.Series[str]) -> bool:
        """Whether a question with steps, or with few answers to choose from, could have been answered so."""
        return 2 <= column.nunique() <= FEW

    def _question(self, name: str, place: str, columns: Sequence[str]) -> tuple[str, list[str]]:
        id = slug(name, self._taken, otherwise="q")
        answers = pd.concat([self._column(column) for column in columns]).dropna()
        numbers = pd.to_numeric(answers.str.replace(",", ".", regex=False), errors="coerce")
        title = next((self._table.titles[column] for column in columns if column in self._table.titles), name)
        lines = [f"  {id}:", place, f"    text: {_text(title)}"]
        if numbers.notna().all() and len(numbers):
            return self._numbered(id, title, lines, numbers, columns)
        none = [word for word in sorted(set(answers)) if re.search(NO_ANSWER, word.lower())]
        if none:
            lines.append(f"    missing: [{', '.join(map(_text, none))}]  # no answer")
        words = [word for word in sorted(set(answers)) if word not in none]
        yes = [word for word in words if re.match(YES, word.lower())]
        if len(words) == 2 and yes and any(re.match(NO, word.lower()) for word in words):
            return "", [*lines, *_outcome(name, yes[0])]
        steps = _on_a_ladder(words)
        lines.append(
            f"    values:  # {'from the lowest' if steps else 'which number each stands for: put them in order'}"
        )
        lines += [f"      {_text(word)}: {n}" for word, n in (steps or {w: n for n, w in enumerate(words, 1)}).items()]
        lines += ["    minimum: 1", f"    maximum: {5 if steps else len(words)}"]
        self._ends[id] = (1, 5 if steps else len(words))
        return id, lines

    def _numbered(
        self, id: str, title: str, lines: list[str], numbers: pd.Series[float], columns: Sequence[str]
    ) -> tuple[str, list[str]]:
        """A question that was answered in numbers, with what SPSS says that they mean."""
        words = {code: word for column in columns for code, word in self._table.labels.get(column, {}).items()}
        none = [code for code, word in words.items() if re.search(NO_ANSWER, word.lower())]
        told = {code: word for code, word in words.items() if code not in none}
        if none:
            lines.append(f"    missing: [{', '.join(map(_text, none))}]  # {', '.join(words[code] for code in none)}")
        yes = [code for code, word in told.items() if re.match(YES, word.lower())]
        if len(told) == 2 and yes and any(re.match(NO, word.lower()) for word in told.values()):
            return "", [*lines, *_outcome(title, yes[0])]
        # What was answered, which may be less than what could be.
        seen = numbers[~numbers.isin([float(code) for code in none])]
        could = [*seen, *(float(code) for code in told)]
        ends = (min(could), max(could))
        lines += [f"    minimum: {ends[0]:g}", f"    maximum: {ends[1]:g}  # the ends of what could be answered"]
        lines += [f"    # {code} {word}" for code, word in told.items()]
        self._ends[id] = ends
        return id, lines

    def _dimension_lines(self, items: Sequence[str]) -> Iterator[str]:
        """Questions of the same steps, which may belong together."""
        alike: dict[tuple[float, float], list[str]] = {}
        for id in items:
            if self._ends[id][1] - self._ends[id][0] >= 2:
                alike.setdefault(self._ends[id], []).append(id)
        groups = [ids for ids in alike.values() if len(ids) > 1]
        if groups:
            yield "dimensions:  # which questions are scored together, and what that is called"
        for n, ids in enumerate(groups, 1):
            yield f"  dimension_{n}:"
            yield f"    title: Dimension {n}"
            yield f"    items: [{', '.join(ids)}]"
            yield "    higher_is: better"


def _outcome(name: str, yes: str) -> list[str]:
    """The lines of a question that is answered by yes or no: of one about work or education, what it reaches."""
    kind = "employment" if re.search(WORK, name.lower()) else "education" if re.search(STUDY, name.lower()) else ""
    if kind:
        return [f"    outcome: {kind}", f"    achieved: [{_text(yes)}]"]
    return ["    categories: true"]


def _on_a_ladder(words: Sequence[str]) -> Mapping[str, int]:
    """The step of each word, where all stand on one of the usual ladders, each on a step of its own."""
    for ladder in LADDERS:
        found: dict[str, int] = {}
        for word in words:
            step = next((n for n, begins in enumerate(ladder, 1) if re.match(begins, word.lower())), None)
            if step is not None:
                found[word] = step
        if len(found) == len(words) == len({*found.values()}) > 2:
            return dict(sorted(found.items(), key=lambda one: one[1]))
    return {}


def _twin(name: str, first: str, second: str, *, ends: bool) -> str:
    return name[: -len(first)] + second if ends else second + name[len(first) :]


def _wave_ids(words: Sequence[str]) -> list[str]:
    """What waves are called here, in the order of their words."""
    starts = ("alku", "start", "pre", "före", "before", "1", "0")
    first = next((n for start in starts for n, word in enumerate(words) if word.lower().startswith(start)), 0)
    others = iter(["end", *(f"followup_{n}" for n in range(1, len(words)))])
    return ["start" if n == first else next(others) for n in range(len(words))]


def _text(words: str) -> str:
    """A text as YAML has it: in quotes where it could be something else."""
    if _QUOTED.search(words):
        return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return words
