"""Warnings for judgement: how items are worded and put together, and how long answering takes.

Nothing here is an error. The word lists err towards silence: what they find is worth a look, and whoever has looked
writes the code under `accepted`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from survey import problems as p
from survey.frozen import dataclass
from survey.located import Path, Read, own_items, texts
from survey.model import CONTACT, DATED, TICKED, TYPED_NUMBERS, Instrument, Item, Option, Text
from survey.problems import Problem

RATED = ("likert", "scale", "grid")
"""Types that are answered with how much, how often or how true."""


def wording_problems(read: Read[Instrument]) -> Iterator[Problem]:
    """The warnings of one file. What came from a base is judged in the base's own file."""
    for _section, item, path in own_items(read):
        if item.type in RATED:
            yield from _rated_problems(read, item, path)
        if item.type == "dropdown":
            yield from _dropdown_problems(read, item, path)
    items = {item.id: item for item in read.value.items()}
    for id in read.value.dimensions:
        if read.has("dimensions", id):
            yield from _dimension_problems(read, id, items)
    yield from _same_texts(read)
    yield from _length_problems(read)
    unread = [language for language in read.value.languages if read.has("review", language)]
    if unread and "REVIEW-NEEDED" not in read.value.accepted:
        yield p.review_needed(read.place("review"), languages=unread)


# --- words ----------------------------------------------------------------------------------------

_JOINING = {
    "fi": ("ja", "tai", "sekä", "mutta"),
    "sv": ("och", "eller", "samt", "men"),
    "en": ("and", "or", "but"),
}
_JOINS = {language: re.compile(rf"(?i)\b(?:{'|'.join(words)})\b") for language, words in _JOINING.items()}
# A comma parts clauses, unless a joining word follows it.
_CLAUSES = {
    language: re.compile(rf"(?i)[.;:!?()–—…]|,(?!\s*(?:{'|'.join(words)})\b)") for language, words in _JOINING.items()
}
_LEAST = {"fi": 2, "sv": 3, "en": 3}
"""How many words must stand on each side of a joining word; Finnish needs fewer for as much."""
_PAIRS = {
    language: re.compile(rf"(?i)\b(?:{'|'.join(pairs)})\b")
    for language, pairs in {
        "fi": (
            r"enemmän tai vähemmän",
            r"ennemmin tai myöhemmin",
            r"yhä \w+ ja \w+",
            r"ja niin edelleen",
            r"työ\w* (?:ja|tai) opiskel\w+",
            r"opiskel\w* (?:ja|tai) työ\w*",
            r"perhe\w* ja ystäv\w+",
            r"ystäv\w* ja perhe\w*",
            r"lukea ja kirjoittaa",
            r"oikeu\w+ ja velvollisuu\w+",
            r"yksi tai kaksi",
            r"yhden tai kaksi",
            r"sovit\w+ yhteen \w+ ja \w+",
            r"\w+ ja \w+ yhteensovit\w+",
            r"\w+ ja \w+ väli\w+",
        ),
        "sv": (
            r"mer eller mindre",
            r"förr eller senare",
            r"till och med",
            r"i och med",
            r"då och då",
            r"fram och tillbaka",
            r"fler och fler",
            r"mer och mer",
            r"dag och natt",
            r"läsa och skriva",
            r"en eller två",
            r"rättigheter och skyldigheter",
            r"(?:arbet|jobb|studi|famil|vän)\w* (?:och|eller) (?:arbet|jobb|studi|famil|vän|bekant)\w*",
            r"(?:svår|lätt|bra|dålig|bättre|sämre)\w* eller (?:svår|lätt|bra|dålig|bättre|sämre)\w*",
            r"mellan [\w ]+ och",
            # To sit and read, to go and lie down: one thing, said with two verbs.
            r"(?:går|gå|gick|sitter|sitta|satt|står|stå|stod|ligger|ligga|låg|håller på) och",
        ),
        "en": (
            r"more or less",
            r"sooner or later",
            r"more and more",
            r"now and then",
            r"again and again",
            r"back and forth",
            r"day and night",
            r"read and write",
            r"one or two",
            r"whether or not",
            r"yes or no",
            r"rights and (?:duties|obligations|responsibilities)",
            r"(?:work|job|stud\w+|family|friends|training) (?:and|or) (?:work|job|stud\w+|family|friends|training)",
            r"(?:hard|difficult|easy|good|bad|better|worse) or (?:hard|difficult|easy|good|bad|better|worse)",
            r"between [\w ]+ and",
            r"(?:try|go|come) and",
        ),
    }.items()
}
"""What is one thing although it is said with two words."""
_NEGATIONS = {
    "fi": (
        "en et ei emme ette eivät enkä etkä eikä emmekä ettekä eivätkä enkö etkö eikö ettei etten ettet etteivät ellei "
        "ellen elleivät muttei vaikkei älä älkää"
    ),
    "sv": "inte ej icke aldrig ingen inget inga ingenting ingenstans varken",
    "en": "not never no none nobody nothing nowhere neither nor cannot",
    "uk": "не ні ніколи ніхто нічого немає",
    "ru": "не ни нет никогда никто ничего нельзя",
    "ar": "لا ليس ليست لست لسنا لم لن",
}
_ENDINGS = {"fi": r"|\w{2,}matta|\w{2,}mättä", "en": r"|\w+n['’]t"}
"""Finnish “without doing”: `tekemättä`; English verbs with “not”."""
_NEGATING = {
    language: re.compile(rf"(?i)(?<![\w'’-])(?:{'|'.join(words.split())}{_ENDINGS.get(language, '')})(?![\w-])")
    for language, words in _NEGATIONS.items()
}
_NOT_NEGATING = {
    "fi": re.compile(r"(?i)\bei (?:vain|ainoastaan)\b|\b(?:huoli|riippu|otta)matta\b"),
    "sv": re.compile(r"(?i)\binte (?:bara|endast|minst)\b"),
    "en": re.compile(r"(?i)\bnot only\b|\bno matter\b|\bwhether or not\b|\byes or no\b"),
    "uk": re.compile(r"(?i)(?<!\w)не (?:тільки|лише)(?!\w)"),
    "ru": re.compile(r"(?i)(?<!\w)не только(?!\w)"),
}
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def joined(text: str, language: str) -> str | None:
    """The word that joins two longer parts of a sentence, if one does, in a language that is known here."""
    tag = language.partition("-")[0]
    if tag not in _JOINING:
        return None
    joining, least = _JOINING[tag], _LEAST[tag]
    # Most texts have no such word at all.
    if _JOINS[tag].search(text) is None:
        return None
    for clause in _CLAUSES[tag].split(_PAIRS[tag].sub("x", text)):
        words = _WORD.findall(clause)
        for at, word in enumerate(words):
            if word.lower() in joining and at >= least and len(words) - at - 1 >= least:
                return str(word)
    return None


def negation(text: str, language: str) -> str | None:
    """The first word of negation in a text, in a language that is known here."""
    tag = language.partition("-")[0]
    if tag not in _NEGATING:
        return None
    found = _NEGATING[tag].search(_NOT_NEGATING[tag].sub(" ", text) if tag in _NOT_NEGATING else text)
    return found[0] if found else None


def _rated_problems(read: Read[Instrument], item: Item, path: Path) -> Iterator[Problem]:
    """An item, or a grid's stem and each of its rows."""
    worded = [(item.id, item.text, item.accepted, path)]
    for n, row in enumerate(item.rows):
        worded.append((row.id, row.text, (*item.accepted, *row.accepted), (*path, "rows", n)))
    for id, text, accepted, where in worded:
        silent = (*accepted, *read.value.accepted)
        found = [p.word_of(word, tag) for tag, words in text.items() if (word := joined(words, tag))]
        if found and "DOUBLE-BARRELLED" not in silent:
            yield p.double_barrelled(read.place(*where, "text"), item=id, found=found)
        found = [p.word_of(word, tag) for tag, words in text.items() if (word := negation(words, tag))]
        if found and "NEGATED" not in silent:
            yield p.negated(read.place(*where, "text"), item=id, found=found)


CUT = 30
"""Characters of the chosen option that a drop-down shows on a screen of 320 px. Browsers cut the rest."""


def _dropdown_problems(read: Read[Instrument], item: Item, path: Path) -> Iterator[Problem]:
    """The longest of the options, in the language where it is longest."""
    instrument = read.value
    if "OPTION-CUT" in (*item.accepted, *instrument.accepted) or (item.scale and item.scale not in instrument.scales):
        return
    lengths = ((len(label), str(o.value), tag) for o in instrument.options(item) for tag, label in o.label.items())
    length, option, language = max(lengths, default=(0, "", ""))
    if length > CUT:
        place = read.place(*path, "type")
        yield p.option_cut(place, item=item.id, option=option, language=language, limit=CUT)


# --- dimensions -----------------------------------------------------------------------------------

FEWEST_ITEMS = 3
"""With fewer, one cannot tell what the items share from what each has of its own."""


def _dimension_problems(read: Read[Instrument], id: str, items: Mapping[str, Item]) -> Iterator[Problem]:
    dimension = read.value.dimensions[id]
    silent = (*dimension.accepted, *read.value.accepted)
    if dimension.measurement == "formative" or read.count("dimensions", id, "items") != len(dimension.items):
        return
    place = read.place("dimensions", id, "items")
    if 0 < len(dimension.items) < FEWEST_ITEMS and "FEW-ITEMS" not in silent:
        yield p.few_items(place, dimension=id, count=len(dimension.items))
    counted = [items[name] for name in dimension.items if name in items]
    reversed_items = [item.id for item in counted if item.reverse]
    if 0 < len(reversed_items) < len(counted) and "MIXED-DIRECTION" not in silent:
        yield p.mixed_direction(place, dimension=id, items=reversed_items)


# --- texts that were not translated ---------------------------------------------------------------


def _same_texts(read: Read[Instrument]) -> Iterator[Problem]:
    """Told once for each two languages, at the first of the texts."""
    found: dict[tuple[str, str], list[int]] = {}
    for text in texts(read, accepted="SAME-TEXT"):
        if len({scalar.text for scalar in text.values()}) == len(text):
            continue
        seen: dict[str, list[str]] = {}
        for language, scalar in text.items():
            others = seen.setdefault(scalar.text.strip(), [])
            akin = [other for other in others if other.partition("-")[0] == language.partition("-")[0]]
            # The easy language and the plain one may well say it alike.
            if others and not akin and _is_sentence(scalar.text):
                found.setdefault((language, others[0]), []).append(scalar.line)
            others.append(language)
    for (language, other), lines in found.items():
        place = p.Place(read.file, min(lines))
        yield p.same_text(place, language=language, other=other, count=len(lines))


def _is_sentence(text: str) -> bool:
    """Whether a text is more than a word or two and no name: at least three words, two of them without a capital."""
    words = _WORD.findall(text)
    return len(words) >= 3 and sum(not word[0].isupper() for word in words) >= 2


# --- time -----------------------------------------------------------------------------------------

WORDS_A_MINUTE = 110
SECONDS: Mapping[str, int] = {
    **dict.fromkeys(TICKED, 4),
    **dict.fromkeys(TYPED_NUMBERS, 10),
    **dict.fromkeys(DATED, 10),
    **dict.fromkeys(CONTACT, 20),
    "time": 10,
    "consent": 4,
    "rank": 15,
    "text": 45,
    "long_text": 45,
    "note": 0,
}
"""What a slow reader needs to answer a question that has been read, by type. A grid is read as its rows."""


def estimated_minutes(instrument: Instrument, wave: str, language: str) -> float:
    """How long a slow reader needs at a wave for all questions, also those that hang on conditions: 110 words a minute
    over the introductions of sections, questions, hints, notes and each set of labels once; then the time to choose, to
    put in order, to type or to write. What is read before the first question, the questionnaire's own introduction, is
    not counted."""
    return _minutes(_parts(instrument), wave).get(language, 0.0)


@dataclass(frozen=True)
class _Part:
    """What one item, or the introduction of a section, costs: its words and those of its options by language, and the
    seconds to answer it."""

    waves: Sequence[str] | None
    words: Mapping[str, int]
    labels: object
    """What stands for the set of options, which is read once."""
    label_words: Mapping[str, int]
    seconds: int


def _parts(instrument: Instrument) -> Sequence[_Part]:
    """The parts of an instrument, in the order of asking."""
    parts: list[_Part] = []
    of_scales: dict[str, Mapping[str, int]] = {}
    for section in instrument.sections:
        seen = [item for item in section.items if item.type not in ("hidden", "calculated")]
        if section.intro is not None:
            parts += _introduction(instrument, section.intro, seen)
        for item in seen:
            rows = [text for row in item.rows for text in (row.text, row.hint)]
            words = _counted(instrument, [item.text, item.hint, item.low, item.high, item.unit, *rows])
            labels: object = item.scale
            if item.scale in of_scales:
                label_words = of_scales[item.scale]
            else:
                options = _labelled(instrument, item)
                label_words = _counted(instrument, [option.label for option in options])
                labels = item.scale or tuple(tuple(option.label.items()) for option in options)
                if item.scale:
                    of_scales[item.scale] = label_words
            parts.append(_Part(item.waves, words, labels, label_words, _seconds(item)))
    return parts


def _introduction(instrument: Instrument, intro: Text, seen: Sequence[Item]) -> Sequence[_Part]:
    """The part of a section's introduction, which stands on the pages of all waves at which something below it does."""
    if not seen:
        return []
    waves = None if any(item.waves is None for item in seen) else [wave for item in seen for wave in item.waves or ()]
    return [_Part(waves, _counted(instrument, [intro]), (), {}, 0)]


def _seconds(item: Item) -> int:
    if item.type == "grid":
        return SECONDS["likert"] * len(item.rows)
    return SECONDS[item.type]


def _minutes(parts: Sequence[_Part], wave: str) -> Mapping[str, float]:
    """The time at a wave, by language."""
    words: Counter[str] = Counter()
    seconds = 0
    seen: set[object] = set()
    for part in parts:
        if part.waves is None or wave in part.waves:
            words.update(part.words)
            if part.labels not in seen:
                words.update(part.label_words)
            seen.add(part.labels)
            seconds += part.seconds
    return {language: count / WORDS_A_MINUTE + seconds / 60 for language, count in words.items()}


def _counted(instrument: Instrument, given: Sequence[Text | None]) -> Mapping[str, int]:
    """How many words some texts have, by language."""
    written = [text for text in given if text is not None]
    return {tag: sum(len(text.get(tag, "").split()) for text in written) for tag in instrument.languages}


def _labelled(instrument: Instrument, item: Item) -> Sequence[Option]:
    """The options that have words to read: the numbers of a scale have none."""
    options = instrument.options(item)
    return [option for option in options if item.type != "scale" or option.missing is not None]


def _length_problems(read: Read[Instrument]) -> Iterator[Problem]:
    """The longest wave and language, where they take longer than is promised."""
    instrument = read.value
    if instrument.target_minutes is None or "TOO-LONG" in instrument.accepted:
        return
    # What is not whole takes no time that could be told.
    used = {item.scale for section in instrument.sections for item in section.items if item.scale}
    if read.lost or used - instrument.scales.keys():
        return
    parts = _parts(instrument)
    spans = [
        (minutes, wave, language) for wave in instrument.waves for language, minutes in _minutes(parts, wave).items()
    ]
    minutes, wave, language = max(spans, default=(0.0, "", ""))
    # An estimate is no better than to a tenth.
    minutes, target = round(minutes, 1), instrument.target_minutes
    if minutes > target:
        place = read.place("target_minutes" if read.has("target_minutes") else "instrument")
        yield p.too_long(place, wave=wave, language=language, minutes=minutes, target=target)
