"""What can be wrong with the material that staff edit, and how each problem is said.

One function per problem code. Every sentence says where, which rule, and what to do; a test asserts each one whole.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Place:
    """A line of a file, as the person who edits it would name it."""

    file: str
    line: int = 1


@dataclass(frozen=True, order=True)
class Problem:
    """One finding: `file:line: CODE sentence. What to do.`"""

    place: Place
    code: str
    sentence: str
    advice: str
    severity: Severity = "error"

    def __str__(self) -> str:
        kind = "warning: " if self.severity == "warning" else ""
        return f"{self.place.file}:{self.place.line}: {self.code} {kind}{self.sentence} {self.advice}".rstrip()


def near(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    matches = difflib.get_close_matches(word, list(known), n=1, cutoff=0.72)
    return matches[0] if matches else None


def _near(word: str, known: Iterable[str], *, otherwise: str) -> str:
    """A near miss as a question, or what else to do."""
    match = near(word, known)
    return f"Did you mean '{match}'?" if match and match != word else otherwise


def _listed(words: Iterable[object]) -> str:
    return ", ".join(f"'{word}'" for word in words)


# --- the file -------------------------------------------------------------------------------------


def file_missing(place: Place) -> Problem:
    return Problem(place, "FILE-MISSING", "the file or folder does not exist.", "Check the path.")


def file_unreadable(place: Place, *, reason: str) -> Problem:
    return Problem(place, "FILE-UNREADABLE", f"the file cannot be read ({reason}).", "Check its permissions.")


def file_unknown(place: Place) -> Problem:
    return Problem(
        place,
        "FILE-UNKNOWN",
        "the file has neither 'instrument', 'services' nor 'organisation' at the top, so it is not a file of Mittari.",
        "Begin an instrument with the line 'instrument: its-name'.",
    )


def folder_empty(place: Place) -> Problem:
    return Problem(
        place, "FOLDER-EMPTY", "the folder holds no .yaml file.", "Give a folder with instruments, or a file."
    )


def site_missing(place: Place) -> Problem:
    return Problem(
        place,
        "SITE-MISSING",
        "the folder has no site.yaml, so waves and languages are unknown and nothing can be built.",
        "Add a site.yaml; instruments/site.yaml is a model.",
        "warning",
    )


def services_missing(place: Place) -> Problem:
    return Problem(
        place,
        "SERVICES-MISSING",
        "the folder has no services.yaml, so nobody can be invited and nothing can be built.",
        "Add a services.yaml; instruments/services.yaml is a model.",
        "warning",
    )


def file_repeated(place: Place, *, first: str) -> Problem:
    return Problem(
        place,
        "FILE-REPEATED",
        f"the folder has another file of this kind, '{first}', and only that one counts.",
        "Keep one of the two.",
    )


def file_name(place: Place, *, expected: str) -> Problem:
    return Problem(
        place, "FILE-NAME", f"the name of the file is not '{expected}'.", f"Rename the file to '{expected}'.", "warning"
    )


def file_empty(place: Place) -> Problem:
    return Problem(place, "FILE-EMPTY", "the file is empty.", "Write its content or remove the file.")


def file_too_large(place: Place, *, limit: int) -> Problem:
    return Problem(
        place,
        "FILE-TOO-LARGE",
        f"the file is larger than {limit:,} bytes.",
        "Split the instrument, or take out what is not questions.",
    )


def file_binary(place: Place) -> Problem:
    return Problem(
        place, "FILE-BINARY", "the file is not text.", "Save it as plain text (UTF-8), not as a document or a picture."
    )


def file_not_utf8(place: Place, *, guess: str) -> Problem:
    return Problem(
        place, "FILE-NOT-UTF-8", f"the file is not UTF-8 text; it looks like {guess}.", "Save it again as UTF-8."
    )


def file_bom(place: Place) -> Problem:
    return Problem(
        place,
        "FILE-BOM",
        "the file begins with a byte order mark.",
        "Save it as 'UTF-8', not as 'UTF-8 with BOM'.",
    )


# --- YAML -----------------------------------------------------------------------------------------


def yaml_syntax(place: Place, *, found: str) -> Problem:
    return Problem(place, "YAML-SYNTAX", f"the line cannot be read: {found}.", "Compare it with the lines around it.")


def yaml_tab(place: Place) -> Problem:
    return Problem(place, "YAML-TAB", "a tab stands where spaces belong.", "Replace each tab with two spaces.")


def yaml_alias(place: Place) -> Problem:
    return Problem(
        place, "YAML-ALIAS", "anchors and aliases (& and *) are not used here.", "Write the text out where it belongs."
    )


def yaml_tag(place: Place, *, tag: str) -> Problem:
    return Problem(place, "YAML-TAG", f"the tag '{tag}' is not allowed.", "Remove the tag, or put the text in quotes.")


def yaml_deep(place: Place, *, limit: int) -> Problem:
    return Problem(
        place, "YAML-DEEP", f"the nesting is deeper than {limit} levels.", "Close the brackets or indents above."
    )


def yaml_documents(place: Place) -> Problem:
    return Problem(place, "YAML-DOCUMENTS", "a second document begins here ('---').", "Keep one document in a file.")


def yaml_lookalike(place: Place, *, word: str, otherwise: str) -> Problem:
    return Problem(
        place,
        "YAML-LOOKALIKE",
        f"{word} is taken as text here, but many programs read it as {otherwise}.",
        f'Write "{word}" in quotes.',
        "warning",
    )


def yaml_comment(place: Place) -> Problem:
    return Problem(
        place,
        "YAML-COMMENT",
        "what follows '#' on this line is a comment and is not part of the text.",
        "If it belongs to the text, put the text in quotes.",
        "warning",
    )


def key_duplicate(place: Place, *, key: str, first: int) -> Problem:
    return Problem(
        place, "KEY-DUPLICATE", f"the key '{key}' was given on line {first} already.", "Keep one of the two."
    )


def key_unknown(place: Place, *, key: str, within: str, known: Sequence[str]) -> Problem:
    advice = _near(key, known, otherwise=f"Known here: {', '.join(known)}.")
    return Problem(place, "KEY-UNKNOWN", f"{within} has no key '{key}'.", advice)


def key_missing(place: Place, *, key: str, within: str) -> Problem:
    return Problem(place, "KEY-MISSING", f"{within} lacks the key '{key}'.", f"Add '{key}:'.")


def value_type(place: Place, *, key: str, expected: str, found: str) -> Problem:
    return Problem(place, "VALUE-TYPE", f"'{key}' is {found}.", f"Write {expected}.")


def value_unknown(place: Place, *, key: str, value: str, known: Sequence[str]) -> Problem:
    advice = _near(value, known, otherwise=f"Choose one of {_listed(known)}.")
    return Problem(place, "VALUE-UNKNOWN", f"'{key}' cannot be '{value}'.", advice)


def id_form(place: Place, *, id: str, rule: str) -> Problem:
    return Problem(place, "ID-FORM", f"the id '{id}' is not allowed.", f"Use {rule}.")


# --- meaning --------------------------------------------------------------------------------------


def value_form(place: Place, *, key: str, value: str, rule: str) -> Problem:
    return Problem(place, "VALUE-FORM", f"'{key}' cannot be '{value}'.", f"Write {rule}.")


def value_range(place: Place, *, key: str, value: float, least: float, most: float | None) -> Problem:
    rule = f"a number from {least:g} to {most:g}" if most is not None else f"a number that is at least {least:g}"
    return Problem(place, "VALUE-RANGE", f"'{key}' cannot be {value:g}.", f"Write {rule}.")


def id_reused(place: Place, *, id: str, kind: str) -> Problem:
    return Problem(place, "ID-REUSED", f"{kind} '{id}' exists already.", "Give each one an id of its own.")


def id_reserved(place: Place, *, id: str) -> Problem:
    return Problem(
        place,
        "ID-RESERVED",
        f"the id '{id}' is the name of a column of the dataset.",
        "Choose another id for the item.",
    )


def translation_missing(place: Place, *, key: str, language: str) -> Problem:
    return Problem(
        place,
        "TRANSLATION-MISSING",
        f"'{key}' has no text in the language '{language}'.",
        f"Add '{language}: …', or take the language out of 'languages'.",
    )


def translation_extra(place: Place, *, key: str, language: str, known: Sequence[str]) -> Problem:
    return Problem(
        place,
        "TRANSLATION-EXTRA",
        f"'{key}' has a text in '{language}', which is not one of the languages of the file.",
        _near(language, known, otherwise=f"Add '{language}' to 'languages', or remove the text."),
    )


def language_required(place: Place, *, language: str) -> Problem:
    return Problem(
        place,
        "LANGUAGE-REQUIRED",
        f"the area requires the language '{language}' of every instrument (site.yaml).",
        f"Add '{language}' to 'languages', and its texts.",
    )


def language_unknown(place: Place, *, language: str, known: Sequence[str]) -> Problem:
    advice = _near(language, known, otherwise=f"The pages have {_listed(known)}.")
    return Problem(place, "LANGUAGE-UNKNOWN", f"the site has no pages in the language '{language}'.", advice)


def wave_unknown(place: Place, *, wave: str, known: Sequence[str]) -> Problem:
    advice = _near(wave, known, otherwise=f"The waves are {_listed(known)}.")
    return Problem(place, "WAVE-UNKNOWN", f"the wave '{wave}' is not declared.", advice)


def scale_unknown(place: Place, *, item: str, scale: str, known: Sequence[str], others: int = 0) -> Problem:
    advice = _near(scale, known, otherwise="Define it under 'scales'.")
    users = f"item '{item}' and {others} more use" if others else f"item '{item}' uses"
    return Problem(place, "SCALE-UNKNOWN", f"{users} scale '{scale}', which is not defined.", advice)


def scale_unused(place: Place, *, scale: str) -> Problem:
    return Problem(place, "SCALE-UNUSED", f"no item uses scale '{scale}'.", "Use it or remove it.", "warning")


def options_missing(place: Place, *, item: str, type: str) -> Problem:
    return Problem(
        place, "OPTIONS-MISSING", f"item '{item}' ({type}) has no options to choose from.", "Add 'scale' or 'options'."
    )


def key_needless(place: Place, *, item: str, type: str, key: str) -> Problem:
    return Problem(place, "KEY-NEEDLESS", f"item '{item}' ({type}) cannot have '{key}'.", f"Remove '{key}'.")


def item_unknown(place: Place, *, item: str, within: str, known: Sequence[str]) -> Problem:
    advice = _near(item, known, otherwise="Use the id of an item of this instrument.")
    return Problem(place, "ITEM-UNKNOWN", f"{within} names item '{item}', which does not exist.", advice)


def item_not_scored(place: Place, *, item: str, dimension: str) -> Problem:
    return Problem(
        place,
        "ITEM-NOT-SCORED",
        f"dimension '{dimension}' counts item '{item}', whose options are not numbers.",
        "Use an item with a numeric scale.",
    )


def outcome_unreachable(place: Place, *, item: str) -> Problem:
    return Problem(
        place,
        "OUTCOME-UNREACHABLE",
        f"item '{item}' has an outcome, but none of its options counts as reached.",
        "Write 'achieved: true' on the options that count.",
    )


def dimension_waves(place: Place, *, dimension: str, wave: str) -> Problem:
    return Problem(
        place,
        "DIMENSION-WAVES",
        f"the items of dimension '{dimension}' are not all asked at wave '{wave}'.",
        "Ask all items of a dimension at the same waves, or change could not be computed.",
    )


def dimension_minimum(place: Place, *, dimension: str, minimum: int, count: int) -> Problem:
    return Problem(
        place,
        "DIMENSION-MINIMUM",
        f"dimension '{dimension}' wants {minimum} answered items and has {count}.",
        f"Write 'minimum_answered' between 1 and {count}.",
    )


def range_order(place: Place, *, key: str) -> Problem:
    return Problem(place, "RANGE-ORDER", f"'{key}' does not go from smaller to larger.", "Put the smaller one first.")


def condition_syntax(place: Place, *, item: str, found: str) -> Problem:
    return Problem(
        place,
        "CONDITION-SYNTAX",
        f"'show_if' of item '{item}' cannot be read: {found}.",
        "Write it like \"work == 'employed'\".",
    )


def condition_option(place: Place, *, item: str, controller: str, value: object, known: Sequence[object]) -> Problem:
    advice = _near(str(value), map(str, known), otherwise=f"Its options are {_listed(known)}.")
    return Problem(
        place,
        "CONDITION-OPTION",
        f"'show_if' of item '{item}' compares '{controller}' with '{value}', which is not among its options.",
        advice,
    )


def condition_quotes(place: Place, *, item: str, controller: str, value: object, right: str) -> Problem:
    return Problem(
        place,
        "CONDITION-QUOTES",
        f"'show_if' of item '{item}' compares '{controller}' with '{value}', but its options are written otherwise.",
        f"Write {right}.",
    )


def condition_never(place: Place, *, item: str, controller: str, known: Sequence[object]) -> Problem:
    return Problem(
        place,
        "CONDITION-NEVER",
        f"'show_if' of item '{item}' asks of '{controller}' what none of its options can be.",
        f"Its options are {_listed(known)}.",
    )


def condition_order(place: Place, *, item: str, controller: str) -> Problem:
    return Problem(
        place,
        "CONDITION-ORDER",
        f"'show_if' of item '{item}' looks at '{controller}', which comes later or is the item itself.",
        "Move the item after the question that it depends on.",
    )


def condition_wave(place: Place, *, item: str, controller: str, wave: str) -> Problem:
    return Problem(
        place,
        "CONDITION-WAVE",
        f"'show_if' of item '{item}' looks at '{controller}', which is not asked at wave '{wave}'.",
        "Ask both at the same waves.",
    )


def extends_unknown(place: Place, *, base: str, known: Sequence[str]) -> Problem:
    advice = _near(base, known, otherwise="Put the file of that instrument in the same folder.")
    return Problem(place, "EXTENDS-UNKNOWN", f"the instrument '{base}' to extend is not in this folder.", advice)


def extends_circular(place: Place, *, chain: Sequence[str]) -> Problem:
    return Problem(
        place,
        "EXTENDS-CIRCULAR",
        f"'extends' goes round in a circle: {' → '.join(chain)}.",
        "Let one of them stand alone.",
    )


def extends_language(place: Place, *, language: str, base: str) -> Problem:
    return Problem(
        place,
        "EXTENDS-LANGUAGE",
        f"'{base}' has no texts in the language '{language}'.",
        "Take the language out, or add it to the instrument that is extended.",
    )


def item_meaning(place: Place, *, item: str, other: str) -> Problem:
    return Problem(
        place,
        "ITEM-MEANING",
        f"item '{item}' is of another type or has other options in '{other}'.",
        "Give it an id of its own, since all instruments share one table of answers.",
    )


def instrument_unknown(place: Place, *, service: str, instrument: str, known: Sequence[str]) -> Problem:
    advice = _near(instrument, known, otherwise="Put its file in this folder.")
    return Problem(
        place, "INSTRUMENT-UNKNOWN", f"service '{service}' uses '{instrument}', which does not exist.", advice
    )


def provider_unknown(place: Place, *, service: str, provider: str, known: Sequence[str]) -> Problem:
    advice = _near(provider, known, otherwise="Add it under 'providers'.")
    return Problem(
        place, "PROVIDER-UNKNOWN", f"service '{service}' has provider '{provider}', which is not listed.", advice
    )


def date_form(place: Place, *, key: str, value: str) -> Problem:
    return Problem(place, "DATE-FORM", f"'{key}' is '{value}', which is not a date.", "Write it like 2026-03-31.")


def time_zone_unknown(place: Place, *, zone: str) -> Problem:
    return Problem(place, "TIME-ZONE-UNKNOWN", f"the time zone '{zone}' is not known.", "Write 'Europe/Helsinki'.")


def alarm_limit(place: Place, *, item: str) -> Problem:
    return Problem(place, "ALARM-LIMIT", f"the rule for item '{item}' has no limit.", "Write 'below: 3' or 'above: 4'.")
