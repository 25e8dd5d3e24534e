"""What can be wrong with the material that staff edit, and how each problem is said, in any language.

One function per problem code. Every sentence says where, which rule, and what to do; a test asserts each one whole.
A sentence is a Phrase of the catalogue `problems`.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Literal

from survey.frozen import dataclass
from survey.marking import _
from survey.phrases import ENGLISH, Phrase, Words, in_a_line, said

Severity = Literal["error", "warning"]
_FEW = 100
"""Known words that are all compared with one that is not known."""
_ROWS = 5
"""Rows of a file that a sentence names."""


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
    sentence: Phrase
    advice: Phrase
    severity: Severity = "error"

    def say(self, messages: Mapping[str, str]) -> str:
        """The whole line in one language; `messages` are those of the catalogue `problems`."""
        warning = [messages[_("warning:")]] if self.severity == "warning" else []
        parts = [self.code, *warning, self.sentence.say(messages), self.advice.say(messages)]
        return f"{in_a_line(self.place.file)}:{self.place.line}: {' '.join(parts)}".rstrip()

    def __str__(self) -> str:
        return self.say(ENGLISH)


def near(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    return _near_of(word, tuple(known))


@functools.lru_cache(maxsize=1024)
def _near_of(word: str, known: tuple[str, ...]) -> str | None:
    if len(known) > _FEW:
        # To compare letter by letter takes long. A slip leaves the length about as it was, and one of the ends.
        ends = (word[:1], word[-1:])
        known = tuple(k for k in known if abs(len(k) - len(word)) < 4 and (k[:1] == ends[0] or k[-1:] == ends[1]))
    matches = difflib.get_close_matches(word, known, n=1, cutoff=0.72)
    return matches[0] if matches else None


def _near(word: str, known: Iterable[str], *, otherwise: Phrase) -> Phrase:
    """A near miss as a question, or what else to do."""
    match = near(word, known)
    return said(_("Did you mean '{match}'?"), match=match) if match and match != word else otherwise


def _quoted(words: Iterable[object]) -> tuple[str, ...]:
    return tuple(f"'{word}'" for word in words)


def _grouped(number: int) -> Words:
    """A large number as it is written in running text."""
    if number < 1000:
        return str(number)
    return said(_("{thousands},{rest}"), thousands=_grouped(number // 1000), rest=f"{number % 1000:03d}")


# --- what things are called -----------------------------------------------------------------------

_PARTS: Mapping[str, str] = {
    "Accuracy": _("the accuracy"),
    "Alarm": _("the alarm"),
    "Cap": _("the cap"),
    "Coded": _("the column"),
    "ColumnMap": _("the file"),
    "Constraint": _("the constraint"),
    "Dimension": _("the dimension"),
    "Ground": _("the ground"),
    "Conformance": _("the conformance"),
    "Security": _("the contact for security"),
    "Group": _("the group"),
    "OwnRetention": _("the instrument's own times"),
    "Retention": _("the times that things are kept"),
    "Instrument": _("the instrument"),
    "Item": _("the item"),
    "Login": _("the login"),
    "Member": _("the person"),
    "Notice": _("the notice"),
    "NoticeSection": _("the section"),
    "Option": _("the option"),
    "Organisation": _("the organisation"),
    "Provider": _("the provider"),
    "Question": _("the question"),
    "Reference": _("the reference"),
    "Result": _("the result"),
    "Row": _("the row"),
    "Scale": _("the scale"),
    "Scored": _("the dimension"),
    "Section": _("the section"),
    "Service": _("the service"),
    "Services": _("the file"),
    "Support": _("the support"),
    "Site": _("the file"),
    "Staff": _("the file"),
    "Tariff": _("the file"),
    "Team": _("the group"),
    "Wave": _("the wave"),
    "Window": _("the window"),
}
_PARTS_WITH_ID: Mapping[str, str] = {
    "Dimension": _("dimension '{id}'"),
    "Group": _("group '{id}'"),
    "Instrument": _("instrument '{id}'"),
    "Item": _("item '{id}'"),
    "Row": _("row '{id}'"),
    "Scale": _("scale '{id}'"),
    "Service": _("service '{id}'"),
    "Wave": _("wave '{id}'"),
}


def part(name: str, id: str | None = None) -> Phrase:
    """What a part of a file is called in a sentence: `name` is its class in `survey.model`, and each class has a row
    above. Raises KeyError."""
    return said(_PARTS[name]) if id is None or name not in _PARTS_WITH_ID else said(_PARTS_WITH_ID[name], id=id)


def typed_item(id: str, type: str) -> Phrase:
    """What an item is called where its type matters."""
    return said(_("item '{id}' ({type})"), id=id, type=type)


def condition_of(item: str) -> Phrase:
    """What the condition of an item is called in a sentence."""
    return said(_("'show_if' of item '{item}'"), item=item)


def section_condition_of(number: int) -> Phrase:
    """The same of a section, counted from 1 in its file."""
    return said(_("'show_if' of section {number}"), number=number)


def calculation_of(item: str) -> Phrase:
    """What the calculation of an item is called in a sentence."""
    return said(_("'calculate' of item '{item}'"), item=item)


def rule_of(item: str) -> Phrase:
    """What the rule of a constraint is called in a sentence."""
    return said(_("a 'rule' of item '{item}'"), item=item)


# --- about all of them ----------------------------------------------------------------------------


def counted(problems: Collection[Problem]) -> Phrase:
    """How many of the problems are errors and how many are warnings."""
    warnings = sum(problem.severity == "warning" for problem in problems)
    errors = len(problems) - warnings
    return said(
        _("{problems}, {warnings}."),
        problems=said(_("1 problem") if errors == 1 else _("{count} problems"), count=errors),
        warnings=said(_("1 warning") if warnings == 1 else _("{count} warnings"), count=warnings),
    )


def not_built() -> Phrase:
    """What a build says below the problems that stopped it."""
    return said(_("Nothing was built. Mend the lines above; `mittari check` shows them too."))


def locked_now(key: str, path: str) -> Phrase:
    """What locking says of a version that it locked."""
    return said(_("Locked {key}: {path}"), key=key, path=path)


def locked_languages(key: str, languages: Sequence[str], path: str) -> Phrase:
    """What locking says of languages that were added to a locked version."""
    message = _("Locked the languages added to {key} ({languages}): {path}")
    return said(message, key=key, languages=tuple(languages), path=path)


def locked_already(key: str) -> Phrase:
    """What locking says of a version that was locked."""
    return said(_("{key} is locked already and means the same."), key=key)


def not_used_yet(key: str, used: str) -> Phrase:
    """What locking and building say of a new version that no service uses while they use an older one."""
    return said(_("No service uses {key} yet, so {used} is asked. Name {key} in services.yaml."), key=key, used=used)


def built(*, pages: int, site: str, bundle: str, build: str, left_out: Sequence[str]) -> Phrase:
    """What a build says last."""
    message = _("{pages} pages in {site}, bundle in {bundle}, build {build}.")
    if left_out:
        message = _("{pages} pages in {site}, bundle in {bundle}, build {build}. Left out, as not locked: {left_out}.")
    return said(message, pages=pages, site=site, bundle=bundle, build=build, left_out=tuple(left_out))


def drafts_used(drafts: Sequence[str]) -> Phrase:
    """What a build says where services use versions that are not locked."""
    return said(
        _(
            "Nothing was built, because services use versions that are not locked: {drafts}. Lock them with "
            "`mittari lock --all`, or try them out with `mittari build --drafts`."
        ),
        drafts=tuple(drafts),
    )


# --- the file -------------------------------------------------------------------------------------


def file_missing(place: Place) -> Problem:
    return Problem(place, "FILE-MISSING", said(_("the file or folder does not exist.")), said(_("Check the path.")))


def file_unreadable(place: Place, *, reason: Words) -> Problem:
    return Problem(
        place,
        "FILE-UNREADABLE",
        said(_("the file cannot be read ({reason})."), reason=reason),
        said(_("Check its permissions.")),
    )


def file_unknown(place: Place) -> Problem:
    return Problem(
        place,
        "FILE-UNKNOWN",
        said(
            _(
                "the file has neither 'instrument', 'services' nor 'organisation' at the top, so it is not a file "
                "of Mittari."
            )
        ),
        said(_("Begin an instrument with the line 'instrument: its-name'.")),
    )


def folder_empty(place: Place) -> Problem:
    return Problem(
        place,
        "FOLDER-EMPTY",
        said(_("the folder holds no .yaml file.")),
        said(_("Give a folder with instruments, or a file.")),
    )


def site_missing(place: Place) -> Problem:
    return Problem(
        place,
        "SITE-MISSING",
        said(_("the folder has no site.yaml, so waves and languages are unknown and nothing can be built.")),
        said(_("Add a site.yaml; instruments/site.yaml is a model.")),
        "warning",
    )


def services_missing(place: Place) -> Problem:
    return Problem(
        place,
        "SERVICES-MISSING",
        said(_("the folder has no services.yaml, so nobody can be invited and nothing can be built.")),
        said(_("Add a services.yaml; instruments/services.yaml is a model.")),
        "warning",
    )


def file_repeated(place: Place, *, first: str) -> Problem:
    return Problem(
        place,
        "FILE-REPEATED",
        said(_("the folder has another file of this kind, '{first}', and only that one counts."), first=first),
        said(_("Keep one of the two.")),
    )


def file_name(place: Place, *, expected: str, own: str | None = None) -> Problem:
    """`own` is what an instrument would be called after its file."""
    either = _("Rename the file to '{expected}', or write 'instrument: {own}' in it.")
    return Problem(
        place,
        "FILE-NAME",
        said(_("the name of the file is not '{expected}'."), expected=expected),
        said(either, expected=expected, own=own)
        if own
        else said(_("Rename the file to '{expected}'."), expected=expected),
        "warning",
    )


def file_ignored(place: Place, *, expected: str) -> Problem:
    return Problem(
        place,
        "FILE-IGNORED",
        said(_("the file is not read: only .yaml files right in the folder are.")),
        said(_("Its place would be '{expected}'. Move it there, or out of the folder."), expected=expected),
        "warning",
    )


def file_empty(place: Place) -> Problem:
    return Problem(place, "FILE-EMPTY", said(_("the file is empty.")), said(_("Write its content or remove the file.")))


def file_too_large(place: Place, *, limit: int) -> Problem:
    return Problem(
        place,
        "FILE-TOO-LARGE",
        said(_("the file is larger than {limit} bytes."), limit=_grouped(limit)),
        said(_("Split the instrument, or take out what is not questions.")),
    )


def file_binary(place: Place) -> Problem:
    return Problem(
        place,
        "FILE-BINARY",
        said(_("the file is not text.")),
        said(_("Save it as plain text (UTF-8), not as a document or a picture.")),
    )


def file_not_utf8(place: Place, *, guess: Words) -> Problem:
    return Problem(
        place,
        "FILE-NOT-UTF-8",
        said(_("the file is not UTF-8 text; it looks like {guess}."), guess=guess),
        said(_("Save it again as UTF-8.")),
    )


def file_bom(place: Place) -> Problem:
    return Problem(
        place,
        "FILE-BOM",
        said(_("the file begins with a byte order mark.")),
        said(_("Save it as 'UTF-8', not as 'UTF-8 with BOM'.")),
    )


# --- YAML -----------------------------------------------------------------------------------------


def yaml_syntax(place: Place, *, found: Phrase) -> Problem:
    return Problem(
        place,
        "YAML-SYNTAX",
        said(_("the line cannot be read: {found}."), found=found),
        said(_("Compare it with the lines around it.")),
    )


def yaml_tab(place: Place) -> Problem:
    return Problem(
        place, "YAML-TAB", said(_("a tab stands where spaces belong.")), said(_("Replace each tab with two spaces."))
    )


def yaml_space(place: Place) -> Problem:
    return Problem(
        place,
        "YAML-SPACE",
        said(_("a no-break space, as Word and web pages have it, stands where a plain space belongs.")),
        said(_("Delete the spaces at the beginning of the line and after the colon, and type them anew.")),
    )


def yaml_comma(place: Place, *, text: str) -> Problem:
    return Problem(
        place,
        "YAML-COMMA",
        said(_("between braces a comma ends a text, so '{text}' stands by itself."), text=text),
        said(_("Put the whole text in quotes, like {example}."), example='{fi: "Kyllä, usein", sv: "Ja, ofta"}'),
    )


def yaml_alias(place: Place) -> Problem:
    return Problem(
        place,
        "YAML-ALIAS",
        said(_("anchors and aliases (& and *) are not used here.")),
        said(_("Write the text out where it belongs.")),
    )


def yaml_tag(place: Place, *, tag: str) -> Problem:
    return Problem(
        place,
        "YAML-TAG",
        said(_("the tag '{tag}' is not allowed."), tag=tag),
        said(_("Remove the tag, or put the text in quotes.")),
    )


def yaml_deep(place: Place, *, limit: int) -> Problem:
    return Problem(
        place,
        "YAML-DEEP",
        said(_("the nesting is deeper than {limit} levels."), limit=limit),
        said(_("Close the brackets or indents above.")),
    )


def yaml_documents(place: Place) -> Problem:
    return Problem(
        place,
        "YAML-DOCUMENTS",
        said(_("a second document begins here ('---').")),
        said(_("Keep one document in a file.")),
    )


def yaml_lookalike(place: Place, *, word: str, otherwise: Phrase) -> Problem:
    return Problem(
        place,
        "YAML-LOOKALIKE",
        said(
            _("{word} is taken as text here, but many programs read it as {otherwise}."), word=word, otherwise=otherwise
        ),
        said(_('Write "{word}" in quotes.'), word=word),
        "warning",
    )


def yaml_comment(place: Place) -> Problem:
    return Problem(
        place,
        "YAML-COMMENT",
        said(_("what follows '#' on this line is a comment and is not part of the text.")),
        said(_("If it belongs to the text, put the text in quotes.")),
        "warning",
    )


def key_duplicate(place: Place, *, key: str, first: int) -> Problem:
    return Problem(
        place,
        "KEY-DUPLICATE",
        said(_("the key '{key}' was given on line {first} already."), key=key, first=first),
        said(_("Keep one of the two.")),
    )


def key_unknown(place: Place, *, key: str, within: Words, known: Sequence[str]) -> Problem:
    advice = _near(key, known, otherwise=said(_("Known here: {known}."), known=tuple(known)))
    return Problem(place, "KEY-UNKNOWN", said(_("{within} has no key '{key}'."), within=within, key=key), advice)


def key_missing(place: Place, *, key: Words, within: Words) -> Problem:
    return Problem(
        place,
        "KEY-MISSING",
        said(_("{within} lacks the key '{key}'."), within=within, key=key),
        said(_("Add '{key}:'."), key=key),
    )


def value_type(place: Place, *, key: str, expected: Phrase, found: Phrase) -> Problem:
    return Problem(
        place,
        "VALUE-TYPE",
        said(_("'{key}' is {found}."), key=key, found=found),
        said(_("Write {expected}."), expected=expected),
    )


def value_unknown(place: Place, *, key: str, value: str, known: Sequence[str]) -> Problem:
    advice = _near(value, known, otherwise=said(_("Choose one of {known}."), known=_quoted(known)))
    return Problem(place, "VALUE-UNKNOWN", said(_("'{key}' cannot be '{value}'."), key=key, value=value), advice)


def id_form(place: Place, *, id: str, rule: Phrase) -> Problem:
    return Problem(place, "ID-FORM", said(_("the id '{id}' is not allowed."), id=id), said(_("Use {rule}."), rule=rule))


# --- what may be worded better: warnings that somebody can accept -------------------------------------


def double_barrelled(place: Place, *, item: str, found: Sequence[Phrase]) -> Problem:
    return Problem(
        place,
        "DOUBLE-BARRELLED",
        said(_("item '{item}' may ask two things at once: {found}."), item=item, found=tuple(found)),
        said(_("Ask them apart, or write 'accepted: [{code}]' there."), code="DOUBLE-BARRELLED"),
        "warning",
    )


def negated(place: Place, *, item: str, found: Sequence[Phrase]) -> Problem:
    return Problem(
        place,
        "NEGATED",
        said(_("item '{item}' is worded with a negation: {found}."), item=item, found=tuple(found)),
        said(_("Say what is so, or write 'accepted: [{code}]' there."), code="NEGATED"),
        "warning",
    )


def option_cut(place: Place, *, item: str, option: str, language: str, limit: int) -> Problem:
    return Problem(
        place,
        "OPTION-CUT",
        said(
            _("item '{item}' (dropdown): a phone shows about {limit} characters of option '{option}' ({language})."),
            item=item,
            option=option,
            language=language,
            limit=limit,
        ),
        said(
            _("Shorten it, write 'type: single', which shows every option whole, or write 'accepted: [{code}]' there."),
            code="OPTION-CUT",
        ),
        "warning",
    )


def word_of(word: str, language: str) -> Phrase:
    """A word of a text, as a sentence shows it."""
    return said(_("'{word}' ({language})"), word=word, language=language)


def mixed_direction(place: Place, *, dimension: str, items: Sequence[str]) -> Problem:
    return Problem(
        place,
        "MIXED-DIRECTION",
        said(
            _("dimension '{dimension}' mixes items with 'reverse' ({items}) and items without."),
            dimension=dimension,
            items=_quoted(items),
        ),
        said(_("Word all of them in one direction, or write 'accepted: [{code}]' there."), code="MIXED-DIRECTION"),
        "warning",
    )


def few_items(place: Place, *, dimension: str, count: int) -> Problem:
    return Problem(
        place,
        "FEW-ITEMS",
        said(
            _("dimension '{dimension}' (reflective) has fewer than three items: {count}."),
            dimension=dimension,
            count=count,
        ),
        said(
            _("Add items, write 'measurement: formative' if they add up to one thing, or 'accepted: [{code}]'."),
            code="FEW-ITEMS",
        ),
        "warning",
    )


def too_long(place: Place, *, wave: str, language: str, minutes: float, target: float) -> Problem:
    return Problem(
        place,
        "TOO-LONG",
        said(
            _(
                "a slow reader needs about {minutes} minutes at wave '{wave}' in the language '{language}', and "
                "'target_minutes' promises {target}."
            ),
            minutes=minutes,
            wave=wave,
            language=language,
            target=target,
        ),
        said(_("Ask less, or promise more.")),
        "warning",
    )


def same_text(place: Place, *, language: str, other: str, count: int) -> Problem:
    sentence = (
        said(_("the text in the language '{language}' is the same as in '{other}'."), language=language, other=other)
        if count == 1
        else said(
            _("{count} texts in the language '{language}' are the same as in '{other}'; the first is here."),
            count=count,
            language=language,
            other=other,
        )
    )
    return Problem(
        place,
        "SAME-TEXT",
        sentence,
        said(_("Translate it, or write 'accepted: [{code}]' there."), code="SAME-TEXT"),
        "warning",
    )


def review_needed(place: Place, *, languages: Sequence[str]) -> Problem:
    return Problem(
        place,
        "REVIEW-NEEDED",
        said(_("no native speaker has reviewed the texts in {languages} yet."), languages=_quoted(languages)),
        said(_("Have them read, and take them out of 'review'.")),
        "warning",
    )


# --- meaning --------------------------------------------------------------------------------------


def value_form(place: Place, *, key: str, value: str, rule: Phrase) -> Problem:
    return Problem(
        place,
        "VALUE-FORM",
        said(_("'{key}' cannot be '{value}'."), key=key, value=value),
        said(_("Write {rule}."), rule=rule),
    )


def value_range(place: Place, *, key: str, value: float, least: float, most: float | None) -> Problem:
    rule = (
        said(_("a number from {least} to {most}"), least=least, most=most)
        if most is not None
        else said(_("a number that is at least {least}"), least=least)
    )
    return Problem(
        place,
        "VALUE-RANGE",
        said(_("'{key}' cannot be {value}."), key=key, value=value),
        said(_("Write {rule}."), rule=rule),
    )


def id_reused(place: Place, *, id: str, kind: Phrase, first: Place | str | None = None) -> Problem:
    """`first` is where the id was given before: a line of a file, or the `id@version` that this one extends."""
    sentence = said(_("{kind} '{id}' exists already."), kind=kind, id=id)
    if isinstance(first, str):
        sentence = said(_("{kind} '{id}' comes from '{base}' already."), kind=kind, id=id, base=first)
    elif first is not None and first.file != place.file:
        sentence = said(_("{kind} '{id}' is in the file '{file}' already."), kind=kind, id=id, file=first.file)
    elif first is not None and first.line != place.line:
        sentence = said(_("{kind} '{id}' is on line {line} already."), kind=kind, id=id, line=first.line)
    return Problem(place, "ID-REUSED", sentence, said(_("Give each one an id of its own.")))


def id_reserved(place: Place, *, id: str) -> Problem:
    return Problem(
        place,
        "ID-RESERVED",
        said(_("the id '{id}' is the name of a column of the dataset."), id=id),
        said(_("Choose another id for the item.")),
    )


def translation_missing(place: Place, *, key: str, language: str) -> Problem:
    return Problem(
        place,
        "TRANSLATION-MISSING",
        said(_("'{key}' has no text in the language '{language}'."), key=key, language=language),
        said(_("Add '{language}: …', or take the language out of 'languages'."), language=language),
    )


def language_unwritten(place: Place, *, language: str, count: int) -> Problem:
    """A language of a file that none of its texts has."""
    return Problem(
        place,
        "TRANSLATION-MISSING",
        said(
            _("no text of the file is in the language '{language}': {count} are missing."),
            language=language,
            count=count,
        ),
        said(_("Write them, or take '{language}' out of 'languages'."), language=language),
    )


def name_missing(place: Place, *, key: str, languages: Sequence[str]) -> Problem:
    """A text of services.yaml: its languages are those of the site, and a name may be the same in all of them."""
    return Problem(
        place,
        "TRANSLATION-MISSING",
        said(
            _("'{key}' has no text in {languages}, which the site has (site.yaml)."),
            key=key,
            languages=_quoted(languages),
        ),
        said(_("Add it in each; a name that has no translation may be the same in all languages.")),
    )


def translation_extra(place: Place, *, key: str, language: str, known: Sequence[str]) -> Problem:
    return Problem(
        place,
        "TRANSLATION-EXTRA",
        said(
            _("'{key}' has a text in '{language}', which is not one of the languages of the file."),
            key=key,
            language=language,
        ),
        _near(
            language,
            known,
            otherwise=said(
                _("Add '{language}' to 'languages', or remove every text in it from the file."), language=language
            ),
        ),
    )


def language_required(place: Place, *, language: str) -> Problem:
    return Problem(
        place,
        "LANGUAGE-REQUIRED",
        said(_("the area requires the language '{language}' of every instrument (site.yaml)."), language=language),
        said(_("Add '{language}' to 'languages', and its texts."), language=language),
    )


def language_unknown(place: Place, *, language: str, known: Sequence[str]) -> Problem:
    advice = _near(language, known, otherwise=said(_("The pages have {known}."), known=_quoted(known)))
    return Problem(
        place,
        "LANGUAGE-UNKNOWN",
        said(_("the site has no pages in the language '{language}'."), language=language),
        advice,
    )


def wave_not_of_instrument(place: Place, *, wave: str, known: Sequence[str]) -> Problem:
    """A wave of site.yaml that an item names and its instrument does not."""
    return Problem(
        place,
        "WAVE-UNKNOWN",
        said(_("the instrument is not asked at the wave '{wave}'."), wave=wave),
        said(
            _("Its waves are {known}; add it to them at the head of the file, or name one of them."),
            known=_quoted(known),
        ),
    )


def wave_unknown(place: Place, *, wave: str, known: Sequence[str]) -> Problem:
    advice = _near(wave, known, otherwise=said(_("The waves are {known}."), known=_quoted(known)))
    return Problem(place, "WAVE-UNKNOWN", said(_("the wave '{wave}' is not declared."), wave=wave), advice)


def scale_unknown(place: Place, *, item: str, scale: str, known: Sequence[str], others: int = 0) -> Problem:
    advice = _near(scale, known, otherwise=said(_("Define it under 'scales'.")))
    sentence = (
        said(
            _("item '{item}' and {others} more use scale '{scale}', which is not defined."),
            item=item,
            others=others,
            scale=scale,
        )
        if others
        else said(_("item '{item}' uses scale '{scale}', which is not defined."), item=item, scale=scale)
    )
    return Problem(place, "SCALE-UNKNOWN", sentence, advice)


def scale_unused(place: Place, *, scale: str) -> Problem:
    return Problem(
        place,
        "SCALE-UNUSED",
        said(_("no item uses scale '{scale}'."), scale=scale),
        said(_("Use it or remove it.")),
        "warning",
    )


def options_missing(place: Place, *, item: str, type: str) -> Problem:
    return Problem(
        place,
        "OPTIONS-MISSING",
        said(_("item '{item}' ({type}) has no options to choose from."), item=item, type=type),
        said(_("Add 'scale' or 'options'.")),
    )


def key_needless(place: Place, *, item: str, type: str, key: str) -> Problem:
    return Problem(
        place,
        "KEY-NEEDLESS",
        said(_("item '{item}' ({type}) cannot have '{key}'."), item=item, type=type, key=key),
        said(_("Remove '{key}'."), key=key),
    )


def item_unknown(place: Place, *, item: str, within: Words, known: Sequence[str]) -> Problem:
    advice = _near(item, known, otherwise=said(_("Use the id of an item of this instrument.")))
    return Problem(
        place,
        "ITEM-UNKNOWN",
        said(_("{within} names item '{item}', which does not exist."), within=within, item=item),
        advice,
    )


def item_unanswered(place: Place, *, within: Words, item: str, type: str, rows: Sequence[str]) -> Problem:
    return Problem(
        place,
        "ITEM-UNANSWERED",
        said(
            _("{within} names item '{item}' ({type}), which has no answer of its own."),
            within=within,
            item=item,
            type=type,
        ),
        said(_("Name one of its rows: {rows}."), rows=_quoted(rows))
        if rows
        else said(_("Use the id of an item that is answered.")),
    )


def item_not_scored(place: Place, *, item: str, dimension: str) -> Problem:
    return Problem(
        place,
        "ITEM-NOT-SCORED",
        said(
            _("dimension '{dimension}' counts item '{item}', whose answers are not numbers between two ends."),
            dimension=dimension,
            item=item,
        ),
        said(_("Use an item with a scale of numbers, options with 'score', or a number with 'minimum' and 'maximum'.")),
    )


def outcome_unreachable(place: Place, *, item: str) -> Problem:
    return Problem(
        place,
        "OUTCOME-UNREACHABLE",
        said(_("item '{item}' has an outcome, but none of its options counts as reached."), item=item),
        said(_("Write 'achieved: true' on the options that count.")),
    )


def dimension_waves(place: Place, *, dimension: str, wave: str) -> Problem:
    return Problem(
        place,
        "DIMENSION-WAVES",
        said(
            _("the items of dimension '{dimension}' are not all asked at wave '{wave}'."),
            dimension=dimension,
            wave=wave,
        ),
        said(_("Ask all items of a dimension at the same waves, or change could not be computed.")),
    )


def dimension_minimum(place: Place, *, dimension: str, minimum: int, count: int) -> Problem:
    return Problem(
        place,
        "DIMENSION-MINIMUM",
        said(
            _("dimension '{dimension}' wants {minimum} answered items and has {count}."),
            dimension=dimension,
            minimum=minimum,
            count=count,
        ),
        said(_("Write 'minimum_answered' between 1 and {count}."), count=count),
    )


def range_order(place: Place, *, key: str) -> Problem:
    return Problem(
        place,
        "RANGE-ORDER",
        said(_("'{key}' does not go from smaller to larger."), key=key),
        said(_("Put the smaller one first.")),
    )


def condition_syntax(place: Place, *, within: Phrase, found: Phrase) -> Problem:
    return Problem(
        place,
        "CONDITION-SYNTAX",
        said(_("{within} cannot be read: {found}."), within=within, found=found),
        said(_("Write it like \"work == 'employed'\".")),
    )


def condition_option(
    place: Place, *, within: Phrase, controller: str, value: object, known: Sequence[object]
) -> Problem:
    advice = _near(str(value), map(str, known), otherwise=said(_("Its options are {known}."), known=_quoted(known)))
    return Problem(
        place,
        "CONDITION-OPTION",
        said(
            _("{within} compares '{controller}' with '{value}', which is not among its options."),
            within=within,
            controller=controller,
            value=value,
        ),
        advice,
    )


def condition_quotes(place: Place, *, within: Phrase, controller: str, value: object, right: Phrase) -> Problem:
    return Problem(
        place,
        "CONDITION-QUOTES",
        said(
            _("{within} compares '{controller}' with '{value}', but its options are written otherwise."),
            within=within,
            controller=controller,
            value=value,
        ),
        said(_("Write {right}."), right=right),
    )


def condition_never(place: Place, *, within: Phrase, controller: str, known: Sequence[object]) -> Problem:
    return Problem(
        place,
        "CONDITION-NEVER",
        said(
            _("{within} asks of '{controller}' what none of its options can be."),
            within=within,
            controller=controller,
        ),
        said(_("Its options are {known}."), known=_quoted(known)),
    )


def condition_order(place: Place, *, within: Phrase, controller: str, base: str | None = None) -> Problem:
    """`base` is the `id@version` that the other question comes from, where that is not the file's own."""
    advice = (
        said(_("It comes from {base}, after the sections of this file: ask it in a question of your own."), base=base)
        if base
        else said(_("Move the item after the question that it depends on."))
    )
    return Problem(
        place,
        "CONDITION-ORDER",
        said(
            _("{within} looks at '{controller}', which comes later or is the item itself."),
            within=within,
            controller=controller,
        ),
        advice,
    )


def condition_wave(place: Place, *, within: Phrase, controller: str, wave: str) -> Problem:
    return Problem(
        place,
        "CONDITION-WAVE",
        said(
            _("{within} looks at '{controller}', which is not asked at wave '{wave}'."),
            within=within,
            controller=controller,
            wave=wave,
        ),
        said(_("Ask both at the same waves.")),
    )


def condition_kind(place: Place, *, within: Phrase, controller: str, type: str, expected: Phrase) -> Problem:
    return Problem(
        place,
        "CONDITION-KIND",
        said(
            _("{within} compares '{controller}' ({type}) with what its answers can never be."),
            within=within,
            controller=controller,
            type=type,
        ),
        said(_("Compare it with {expected}."), expected=expected),
    )


def condition_answered(place: Place, *, within: Phrase, controller: str, type: str) -> Problem:
    return Problem(
        place,
        "CONDITION-ANSWERED",
        said(
            _("{within} compares '{controller}' ({type}), whose answers cannot be compared."),
            within=within,
            controller=controller,
            type=type,
        ),
        said(_("Write 'answered({controller})', or look at another item."), controller=controller),
    )


def condition_chain(place: Place, *, item: str, count: int, most: int) -> Problem:
    return Problem(
        place,
        "CONDITION-CHAIN",
        said(
            _("item '{item}' is shown only where {count} conditions hold, with those of the items that they name."),
            item=item,
            count=count,
        ),
        said(_("At most {most} are allowed: let it name items that rest on fewer."), most=most),
    )


def condition_missing(place: Place, *, within: Phrase, controller: str, value: object) -> Problem:
    return Problem(
        place,
        "CONDITION-MISSING",
        said(
            _("{within} compares '{controller}' with '{value}', which is a reason not to answer and so no answer."),
            within=within,
            controller=controller,
            value=value,
        ),
        said(_("Compare it with an answer, or write 'not answered({controller})'."), controller=controller),
    )


def calculation_syntax(place: Place, *, item: str, found: Phrase) -> Problem:
    return Problem(
        place,
        "CALCULATION-SYNTAX",
        said(_("'calculate' of item '{item}' cannot be read: {found}."), item=item, found=found),
        said(_("Write it like 'hours * 4 + mean(a, b)'.")),
    )


def calculation_number(place: Place, *, item: str, named: str, type: str) -> Problem:
    return Problem(
        place,
        "CALCULATION-NUMBER",
        said(
            _("'calculate' of item '{item}' counts with '{named}' ({type}), whose answers are no numbers."),
            item=item,
            named=named,
            type=type,
        ),
        said(_("Use items that are answered with numbers.")),
    )


def limit_form(place: Place, *, item: str, type: str, key: str, expected: Phrase, given: object = None) -> Problem:
    if type == "date" and (day := _year_first(str(given))):
        expected = said(_("it like {example}"), example=f"'{day}'")
    return Problem(
        place,
        "LIMIT-FORM",
        said(_("'{key}' of item '{item}' ({type}) is not of the kind of its answers."), key=key, item=item, type=type),
        said(_("Write {expected}."), expected=expected),
    )


def option_key(place: Place, *, within: Phrase, option: object, key: str) -> Problem:
    return Problem(
        place,
        "OPTION-KEY",
        said(_("{within}: option '{option}' cannot have '{key}'."), within=within, option=option, key=key),
        said(_("Remove '{key}'."), key=key),
    )


def option_other(place: Place, *, within: Phrase) -> Problem:
    return Problem(
        place,
        "OPTION-OTHER",
        said(_("{within}: more than one option has 'other'."), within=within),
        said(_("Keep 'other: true' on one of them.")),
    )


def option_reserved(place: Place, *, within: Phrase, option: str) -> Problem:
    return Problem(
        place,
        "OPTION-RESERVED",
        said(_("{within}: option '{option}' has a name that Mittari uses itself."), within=within, option=option),
        said(_("Give the option another value.")),
    )


def yes_no_options(place: Place, *, item: str) -> Problem:
    return Problem(
        place,
        "YES-NO-OPTIONS",
        said(_("item '{item}' (yes_no) can only have the options yes and no and reasons not to answer."), item=item),
        said(_("Write both 'yes' and 'no' or neither; give the other options 'missing', or use the type 'single'.")),
    )


def yes_no_words(place: Place, *, item: str, language: str) -> Problem:
    return Problem(
        place,
        "YES-NO-WORDS",
        said(
            _("item '{item}' (yes_no) has no words for yes and no in the language '{language}'."),
            item=item,
            language=language,
        ),
        said(_("Write its options 'yes' and 'no' with labels.")),
    )


def scale_options(place: Place, *, item: str) -> Problem:
    return Problem(
        place,
        "SCALE-OPTIONS",
        said(_("item '{item}' (scale) has an option that is no reason not to answer."), item=item),
        said(_("Its numbers make themselves: give the other options 'missing', or use the type 'likert'.")),
    )


def scale_long(place: Place, *, item: str, count: int) -> Problem:
    return Problem(
        place,
        "SCALE-LONG",
        said(_("item '{item}' (scale) has {count} numbers to choose from."), item=item, count=count),
        said(_("Keep it to 21 at most, or use the type 'integer'.")),
    )


def required_never(place: Place, *, item: str, type: str) -> Problem:
    return Problem(
        place,
        "REQUIRED-NEVER",
        said(
            _("item '{item}' ({type}) cannot be required: it is for extras that nobody has to accept."),
            item=item,
            type=type,
        ),
        said(_("Remove 'required'.")),
    )


def sensitive_required(place: Place, *, item: str) -> Problem:
    return Problem(
        place,
        "SENSITIVE-REQUIRED",
        said(_("item '{item}' is sensitive and must be answered."), item=item),
        said(_("Write 'required: no' or 'required: soft': nobody may be made to answer a sensitive question.")),
    )


def sensitive_ground(place: Place, *, item: str, known: Sequence[str]) -> Problem:
    return Problem(
        place,
        "SENSITIVE-GROUND",
        said(_("item '{item}' is sensitive and does not say on which ground it is asked."), item=item),
        said(_("Write 'ground:' with one of the grounds of site.yaml: {known}."), known=_quoted(known))
        if known
        else said(_("Write the ground under 'grounds' in site.yaml, and its name as the item's 'ground:'.")),
    )


def ground_unknown(place: Place, *, item: str, ground: str, known: Sequence[str]) -> Problem:
    otherwise = said(_("Add it under 'grounds' in site.yaml."))
    return Problem(
        place,
        "GROUND-UNKNOWN",
        said(_("item '{item}' names ground '{ground}', which site.yaml does not have."), item=item, ground=ground),
        _near(ground, known, otherwise=otherwise),
    )


def support_missing(place: Place, *, dimension: str) -> Problem:
    return Problem(
        place,
        "SUPPORT-MISSING",
        said(
            _("dimension '{dimension}' has 'support_below', and site.yaml names nowhere to find help."),
            dimension=dimension,
        ),
        said(_("Write the area's own contacts under 'support' in site.yaml, or remove 'support_below'.")),
    )


def item_identifies(place: Place, *, item: str, type: str) -> Problem:
    return Problem(
        place,
        "ITEM-IDENTIFIES",
        said(_("item '{item}' ({type}) asks for a contact detail, which tells who answered."), item=item, type=type),
        said(_("Ask it only after a 'consent' that says what it is for: 'show_if: \"answered(the-consent)\"'.")),
        "warning",
    )


def dimension_then(place: Place, *, dimension: str) -> Problem:
    return Problem(
        place,
        "DIMENSION-THEN",
        said(
            _("dimension '{dimension}' mixes items about now with items about the time before ('then: true')."),
            dimension=dimension,
        ),
        said(_("Put the items with 'then' into a dimension of their own: the two are never pooled.")),
    )


def respondent_extends(place: Place, *, respondent: str, base: str, other: str) -> Problem:
    return Problem(
        place,
        "RESPONDENT-EXTENDS",
        said(
            _("the instrument asks '{respondent}' and extends '{base}', which asks '{other}'."),
            respondent=respondent,
            base=base,
            other=other,
        ),
        said(_("Let it stand alone: answers of different people are never averaged.")),
    )


def review_language(place: Place, *, language: str, known: Sequence[str]) -> Problem:
    return Problem(
        place,
        "REVIEW-LANGUAGE",
        said(_("'review' names '{language}', which is not one of the languages of the file."), language=language),
        _near(language, known, otherwise=said(_("Take it out of 'review'."))),
    )


def placeholder_unknown(place: Place, *, placeholder: str, known: Sequence[str]) -> Problem:
    return Problem(
        place,
        "PLACEHOLDER-UNKNOWN",
        said(_("a text has '{placeholder}', which nothing fills in."), placeholder=f"{{{placeholder}}}"),
        _near_placeholder(placeholder, known),
    )


def _near_placeholder(placeholder: str, known: Sequence[str]) -> Phrase:
    match = near(placeholder, known)
    if match:
        return said(_("Did you mean '{match}'?"), match=f"{{{match}}}")
    return said(_("Use one of {known}, or write the text without braces."), known=_quoted([f"{{{k}}}" for k in known]))


def image_missing(place: Place, *, image: str) -> Problem:
    return Problem(
        place,
        "IMAGE-MISSING",
        said(_("the picture '{image}' does not exist."), image=image),
        said(_("Put the file beside the instruments, in the folder 'images'.")),
    )


def image_kind(place: Place, *, image: str, kind: str) -> Problem:
    return Problem(
        place,
        "IMAGE-KIND",
        said(_("the picture '{image}' cannot be read as {kind}, which its name says it is."), image=image, kind=kind),
        said(_("Save it again as {kind}, or give the file the ending of what it is."), kind=kind),
    )


def image_unsafe(place: Place, *, image: str, found: str) -> Problem:
    return Problem(
        place,
        "IMAGE-UNSAFE",
        said(_("the picture '{image}' holds '{found}', which a picture must not."), image=image, found=found),
        said(_("Save it again as a plain drawing, without scripts and links.")),
    )


def image_large(place: Place, *, image: str, size: int, limit: int) -> Problem:
    return Problem(
        place,
        "IMAGE-LARGE",
        said(
            _("the picture '{image}' has {size} bytes, which is long to wait for on a slow connection."),
            image=image,
            size=_grouped(size),
        ),
        said(_("Make it smaller than {limit} bytes."), limit=_grouped(limit)),
        "warning",
    )


def audio_missing(place: Place, *, audio: str) -> Problem:
    return Problem(
        place,
        "AUDIO-MISSING",
        said(_("the recording '{audio}' does not exist."), audio=audio),
        said(_("Put the file beside the instruments, in the folder 'audio', or take its name out.")),
    )


def audio_empty(place: Place, *, audio: str) -> Problem:
    return Problem(
        place,
        "AUDIO-EMPTY",
        said(_("the recording '{audio}' is empty or cannot be opened."), audio=audio),
        said(_("Save the recording again.")),
    )


def audio_kind(place: Place, *, audio: str, kind: str) -> Problem:
    return Problem(
        place,
        "AUDIO-KIND",
        said(_("the recording '{audio}' cannot be read as {kind}, which its name says it is."), audio=audio, kind=kind),
        said(_("Save it as MP3 (.mp3) or AAC in MP4 (.m4a), which every phone plays; another name is not enough.")),
    )


def audio_large(place: Place, *, audio: str, size: int, limit: int) -> Problem:
    return Problem(
        place,
        "AUDIO-LARGE",
        said(
            _("the recording '{audio}' has {size} bytes, far more than a question read aloud needs."),
            audio=audio,
            size=_grouped(size),
        ),
        said(
            _("Save it in one channel at 64 kbit/s or less; make it smaller than {limit} bytes."), limit=_grouped(limit)
        ),
        "warning",
    )


def audio_old(place: Place, *, audio: str, item: str, language: str, version: str) -> Problem:
    return Problem(
        place,
        "AUDIO-OLD",
        said(
            _(
                "item '{item}' reads otherwise in the language '{language}' than in {version}, and has its recording "
                "'{audio}'."
            ),
            item=item,
            language=language,
            version=version,
            audio=audio,
        ),
        said(_("Record it again under another name, since {version} keeps the old one."), version=version),
        "warning",
    )


def alarm_number(place: Place, *, item: str) -> Problem:
    return Problem(
        place,
        "ALARM-NUMBER",
        said(_("the rule for item '{item}' has a limit, but its answers are no numbers."), item=item),
        said(_("Choose an item that is answered with numbers.")),
    )


def extends_unknown(place: Place, *, base: str, known: Sequence[str]) -> Problem:
    advice = _near(base, known, otherwise=said(_("Put the file of that instrument in the same folder.")))
    return Problem(
        place, "EXTENDS-UNKNOWN", said(_("the instrument '{base}' to extend is not in this folder."), base=base), advice
    )


def extends_circular(place: Place, *, chain: Sequence[str]) -> Problem:
    return Problem(
        place,
        "EXTENDS-CIRCULAR",
        said(_("'extends' goes round in a circle: {chain}."), chain=" → ".join(chain)),
        said(_("Let one of them stand alone.")),
    )


def extends_language(place: Place, *, language: str, base: str) -> Problem:
    return Problem(
        place,
        "EXTENDS-LANGUAGE",
        said(_("'{base}' has no texts in the language '{language}'."), base=base, language=language),
        said(_("Take the language out, or add it to the instrument that is extended.")),
    )


def item_meaning(place: Place, *, item: str, other: str) -> Problem:
    return Problem(
        place,
        "ITEM-MEANING",
        said(_("item '{item}' is of another type or has other options in '{other}'."), item=item, other=other),
        said(_("Give it an id of its own, since all instruments share one table of answers.")),
    )


def item_words(place: Place, *, item: str, other: str) -> Problem:
    return Problem(
        place,
        "ITEM-WORDS",
        said(_("item '{item}' is worded otherwise in '{other}'."), item=item, other=other),
        said(_("Give it an id of its own, since all instruments share one table of answers.")),
    )


def instrument_unknown(place: Place, *, service: str, instrument: str, known: Sequence[str]) -> Problem:
    advice = _near(instrument, known, otherwise=said(_("Put its file in this folder.")))
    return Problem(
        place,
        "INSTRUMENT-UNKNOWN",
        said(
            _("service '{service}' uses '{instrument}', which does not exist."), service=service, instrument=instrument
        ),
        advice,
    )


def kind_unknown(place: Place, *, service: str, kind: str, known: Sequence[str]) -> Problem:
    advice = _near(kind, known, otherwise=said(_("Add it under 'kinds', with its name in each language.")))
    return Problem(
        place,
        "KIND-UNKNOWN",
        said(_("service '{service}' is of the kind '{kind}', which is not listed."), service=service, kind=kind),
        advice,
    )


def provider_unknown(place: Place, *, service: str, provider: str, known: Sequence[str]) -> Problem:
    advice = _near(provider, known, otherwise=said(_("Add it under 'providers'.")))
    return Problem(
        place,
        "PROVIDER-UNKNOWN",
        said(
            _("service '{service}' has provider '{provider}', which is not listed."), service=service, provider=provider
        ),
        advice,
    )


def date_form(place: Place, *, key: str, value: str) -> Problem:
    return Problem(
        place,
        "DATE-FORM",
        said(_("'{key}' is '{value}', which is not a date."), key=key, value=value),
        said(_("Write it like {example}."), example=_year_first(value) or "2026-03-31"),
    )


_DAY_FIRST = re.compile(r"\s*(\d{1,2})[./](\d{1,2})[./](\d{4})\s*")


def _year_first(text: str) -> str | None:
    """A day written as 31.3.2026, as it is written here."""
    written = _DAY_FIRST.fullmatch(text)
    try:
        return date(int(written[3]), int(written[2]), int(written[1])).isoformat() if written else None
    except ValueError:
        return None


def time_zone_unknown(place: Place, *, zone: str) -> Problem:
    return Problem(
        place,
        "TIME-ZONE-UNKNOWN",
        said(_("the time zone '{zone}' is not known."), zone=zone),
        said(_("Write 'Europe/Helsinki'.")),
    )


def conformance_missing(place: Place) -> Problem:
    return Problem(
        place,
        "CONFORMANCE-MISSING",
        said(_("nobody has declared how far the site meets the requirements of accessibility.")),
        said(_("Have a person assess it, and write 'conformance:' with 'level', 'assessed_by' and 'assessed'.")),
        "warning",
    )


def conformance_old(place: Place, *, assessed: str, days: int, limit: int) -> Problem:
    return Problem(
        place,
        "CONFORMANCE-OLD",
        said(
            _("accessibility was assessed on {assessed}, {days} days ago, and a statement stands for {limit} days."),
            assessed=assessed,
            days=days,
            limit=limit,
        ),
        said(_("Have a person assess it again, and write the new date and what was found.")),
        "warning",
    )


def conformance_ahead(place: Place, *, assessed: str) -> Problem:
    return Problem(
        place,
        "CONFORMANCE-AHEAD",
        said(_("accessibility was assessed on {assessed}, and that day has not come yet."), assessed=assessed),
        said(_("Write the date on which a person assessed it.")),
        "warning",
    )


def security_expires(place: Place, *, expires: str) -> Problem:
    return Problem(
        place,
        "SECURITY-EXPIRES",
        said(_("security.txt is valid until {expires} and no longer."), expires=expires),
        said(_("See that 'contact' is still read, and write a date within the next year.")),
        "warning",
    )


def security_far(place: Place, *, expires: str, days: int, limit: int) -> Problem:
    return Problem(
        place,
        "SECURITY-FAR",
        said(
            _("security.txt is valid until {expires}, for {days} days, and should be for {limit} at most."),
            expires=expires,
            days=days,
            limit=limit,
        ),
        said(_("See that 'contact' is still read, and write a date within the next year.")),
        "warning",
    )


def sealed_alone(place: Place) -> Problem:
    return Problem(
        place,
        "SEALED-ALONE",
        said(_("answers would be sealed to one key.")),
        said(_("Write two or more different keys, of different people: what is sealed to a key that is lost is lost.")),
    )


def retention_unknown(place: Place, *, instrument: str, known: Iterable[str]) -> Problem:
    return Problem(
        place,
        "RETENTION-UNKNOWN",
        said(_("there is no instrument '{instrument}'."), instrument=instrument),
        _near(instrument, known, otherwise=said(_("Write the id of an instrument, or take this away."))),
        "warning",
    )


def retention_words(place: Place, *, words: int, answers: int) -> Problem:
    return Problem(
        place,
        "RETENTION-WORDS",
        said(
            _("own words are kept for {words} months, longer than the other answers ({answers})."),
            words=words,
            answers=answers,
        ),
        said(_("Write as many months for 'words' as for 'answers', or fewer.")),
    )


def alarm_limit(place: Place, *, item: str) -> Problem:
    return Problem(
        place,
        "ALARM-LIMIT",
        said(_("the rule for item '{item}' has no limit."), item=item),
        said(_("Write 'below: 3' or 'above: 4'.")),
    )


# --- versions -------------------------------------------------------------------------------------

_AT_MOST = 3


def _listed(changes: Sequence[Phrase]) -> tuple[Phrase, ...]:
    """The first few changes, and how many more there are."""
    more = len(changes) - _AT_MOST
    return tuple(changes) if more < 1 else (*changes[:_AT_MOST], said(_("and {count} more"), count=more))


def lock_unreadable(place: Place, *, found: Phrase) -> Problem:
    return Problem(
        place,
        "LOCK-UNREADABLE",
        said(_("the file of a locked version cannot be read: {found}."), found=found),
        said(_("Bring it back from version control or a backup; it is never edited.")),
    )


def lock_edited(place: Place) -> Problem:
    return Problem(
        place,
        "LOCK-EDITED",
        said(_("the file of a locked version no longer has the meaning that was locked.")),
        said(_("Bring it back from version control or a backup; it is never edited.")),
    )


def lock_changed(place: Place, *, version: str, part: Phrase, changes: Sequence[Phrase], free: int) -> Problem:
    """`free` is the next version that does not exist yet."""
    return Problem(
        place,
        "LOCK-CHANGED",
        said(
            _("{version} is locked and must not change: {part}, {changes}."),
            version=version,
            part=part,
            changes=_listed(changes),
        ),
        said(
            _(
                "Put it back, or make a new version with 'version: {free}'; {version} stays in use beside it. Titles, "
                "introductions, hints and notes may change, and languages may be added."
            ),
            free=free,
            version=version,
        ),
    )


def lock_reused(
    place: Place, *, version: str, part: Phrase, changes: Sequence[Phrase], judging: int | None = None
) -> Problem:
    """`judging` is the version whose 'reworded' would allow it, where only words differ."""
    return Problem(
        place,
        "LOCK-REUSED",
        said(
            _("{part} means something else than in {version}, which is locked: {changes}."),
            part=part,
            version=version,
            changes=_listed(changes),
        ),
        said(_("Give what is new a new id or value, and leave the old one out."))
        if judging is None
        else said(
            _(
                "Give what is new a new id or value; or, if the answers stay comparable, write 'reworded: {judging}' "
                "beside it."
            ),
            judging=judging,
        ),
    )


def lock_scoring(place: Place, *, version: str, part: Phrase, changes: Sequence[Phrase]) -> Problem:
    return Problem(
        place,
        "LOCK-SCORING",
        said(
            _("{part} is counted otherwise than in {version}, which is locked: {changes}."),
            part=part,
            version=version,
            changes=_listed(changes),
        ),
        said(
            _(
                "No change can be computed from one version to the other: who began with {version} should end with it. "
                "If that is not meant, put it back."
            ),
            version=version,
        ),
        "warning",
    )


# --- services -------------------------------------------------------------------------------------


def services_comparison(place: Place, *, service: str, kind: str) -> Problem:
    return Problem(
        place,
        "SERVICES-COMPARISON",
        said(
            _("service '{service}' is a comparison, but no service of the kind '{kind}' is an intervention."),
            service=service,
            kind=kind,
        ),
        said(_("Correct 'arm' or 'kind', or add the service that it is compared with.")),
        "warning",
    )


def services_length(place: Place, *, service: str, group: str, days: int, length: int) -> Problem:
    return Problem(
        place,
        "SERVICES-LENGTH",
        said(
            _("group '{group}' of service '{service}' lasts {days} days, and 'length_days' is {length}."),
            group=group,
            service=service,
            days=days,
            length=length,
        ),
        said(_("Correct the one that is wrong; 'length_days' gives the end to whoever has no group.")),
        "warning",
    )


# --- answers from elsewhere -----------------------------------------------------------------------

ENDING_UNKNOWN = _("nothing is known about files that end in '{ending}'")
SHEET_UNKNOWN = _("it has no sheet '{sheet}', but {known}")
ROW_TOO_LONG = _("there are more cells than names of columns in {rows}")


def in_rows(rows: Sequence[int]) -> Phrase:
    """The rows of a file, as a program for tables counts them: the first few, and how many more."""
    first, more = tuple(rows[:_ROWS]), len(rows) - _ROWS
    if len(rows) == 1:
        return said(_("row {row}"), row=rows[0])
    if more <= 0:
        return said(_("rows {rows}"), rows=first)
    return said(_("rows {rows} and {more} more"), rows=first, more=more)


def map_unknown(place: Place) -> Problem:
    return Problem(
        place,
        "MAP-UNKNOWN",
        said(_("the file has no 'responses' at the top, so it is not a map of columns.")),
        said(_("Make a first one to edit with: mittari map FILE")),
    )


def map_column_none(place: Place, *, name: str) -> Problem:
    return Problem(
        place,
        "MAP-COLUMN-NONE",
        said(_("'{name}' names no column."), name=name),
        said(_("Write 'column', or 'columns' with one for each wave.")),
    )


def map_column_of_wave(place: Place, *, name: str, waves: Sequence[str]) -> Problem:
    return Problem(
        place,
        "MAP-COLUMN-ONE",
        said(_("'{name}' has one column for all waves, and no 'wave' says which row is of which."), name=name),
        said(
            _("Write 'columns' with one for each of {waves}, or 'wave' where each row is of one wave."),
            waves=tuple(waves),
        ),
    )


def map_column_of_all(place: Place, *, name: str) -> Problem:
    return Problem(
        place,
        "MAP-COLUMN-MANY",
        said(_("'{name}' has a column for each wave, and 'wave' says that each row is of one."), name=name),
        said(_("Write 'column', or take 'wave' away.")),
    )


def map_wave_unknown(place: Place, *, wave: str, known: Sequence[str]) -> Problem:
    return Problem(
        place,
        "MAP-WAVE",
        said(_("the wave '{wave}' is not one of 'waves'."), wave=wave),
        _near(wave, known, otherwise=said(_("The waves are {known}."), known=tuple(known))),
    )


def map_item_unknown(place: Place, *, dimension: str, item: str, known: Sequence[str]) -> Problem:
    return Problem(
        place,
        "MAP-ITEM",
        said(_("dimension '{dimension}' counts '{item}', which is not under 'items'."), dimension=dimension, item=item),
        _near(item, known, otherwise=said(_("Add it under 'items'."))),
    )


def map_item_foreign(place: Place, *, item: str, instrument: str, known: Sequence[str]) -> Problem:
    return Problem(
        place,
        "MAP-ITEM-UNKNOWN",
        said(_("the instrument {instrument} has no item '{item}'."), instrument=instrument, item=item),
        _near(item, known, otherwise=said(_("Its items are {known}."), known=tuple(known))),
    )


def map_limits_missing(place: Place, *, item: str) -> Problem:
    return Problem(
        place,
        "MAP-LIMITS",
        said(_("'{item}' counts for a dimension, and its ends are not known."), item=item),
        said(_("Write 'minimum' and a larger 'maximum': the ends of what could be answered, not of what was.")),
    )


def map_achieved_missing(place: Place, *, item: str) -> Problem:
    return Problem(
        place,
        "MAP-ACHIEVED",
        said(_("'{item}' is about an outcome, and nothing says which answers reach it."), item=item),
        said(_("Write 'achieved' with those cells, like [Kyllä].")),
    )


def map_dimensions_twice(place: Place, *, instrument: str) -> Problem:
    return Problem(
        place,
        "MAP-DIMENSIONS",
        said(_("the map has dimensions of its own, and {instrument} has its own too."), instrument=instrument),
        said(_("Take 'dimensions' away, or 'instrument'.")),
    )


def map_instrument_unknown(place: Place, *, instrument: str, known: Sequence[str]) -> Problem:
    return Problem(
        place,
        "MAP-INSTRUMENT",
        said(_("the instrument {instrument} is not known."), instrument=instrument),
        _near(
            instrument,
            known,
            otherwise=said(_("Build it with 'mittari build', or write its dimensions into the map.")),
        ),
    )


def responses_unreadable(place: Place, *, reason: Words) -> Problem:
    return Problem(
        place,
        "RESPONSES-UNREADABLE",
        said(_("the answers cannot be read: {reason}."), reason=reason),
        said(_("Save them as CSV, Excel (.xlsx), Parquet (.parquet) or SPSS (.sav), and try again.")),
    )


def responses_empty(place: Place) -> Problem:
    return Problem(
        place,
        "RESPONSES-EMPTY",
        said(_("there is no row of answers below the names of the columns.")),
        said(_("Look whether it is the right file, and the right sheet: 'sheet' in the map names it.")),
    )


def column_missing(place: Place, *, column: str, known: Sequence[str]) -> Problem:
    return Problem(
        place,
        "COLUMN-MISSING",
        said(_("the answers have no column '{column}'."), column=column),
        _near(column, known, otherwise=said(_("Their columns are {known}."), known=tuple(known))),
    )


def column_repeated(place: Place, *, column: str, count: int) -> Problem:
    return Problem(
        place,
        "COLUMN-REPEATED",
        said(_("{count} columns have the same name '{column}', and the map uses it."), count=count, column=column),
        said(_("Give each column a name of its own in the file.")),
    )


def cell_unknown(place: Place, *, column: str, cell: str, rows: Sequence[int]) -> Problem:
    return Problem(
        place,
        "CELL-UNKNOWN",
        said(_("column '{column}' has '{cell}', which the map does not know ({rows})."),
             column=column, cell=cell, rows=in_rows(rows)),
        said(_("Add it to the map under 'values' or 'missing', or correct the answers.")),
    )  # fmt: skip


def cell_range(place: Place, *, column: str, cell: str, least: float, most: float, rows: Sequence[int]) -> Problem:
    return Problem(
        place,
        "CELL-RANGE",
        said(_("column '{column}' has {cell}, which is not between {least} and {most} ({rows})."),
             column=column, cell=cell, least=least, most=most, rows=in_rows(rows)),
        said(_("Correct 'minimum' or 'maximum' in the map, name it under 'missing', or correct the answers.")),
    )  # fmt: skip


def cell_date(place: Place, *, column: str, cell: str, rows: Sequence[int]) -> Problem:
    return Problem(
        place,
        "CELL-DATE",
        said(_("column '{column}' has '{cell}', which is no date ({rows})."),
             column=column, cell=cell, rows=in_rows(rows)),
        said(_("Write dates like 2026-03-31 or 31.3.2026.")),
    )  # fmt: skip


def cells_more(place: Place, *, column: str, count: int) -> Problem:
    return Problem(
        place,
        "CELLS-MORE",
        said(_("column '{column}' has {count} more such cells."), column=column, count=count),
        said(_("Look whether the map names the right column.")),
    )


def row_nameless(place: Place, *, column: str, rows: Sequence[int]) -> Problem:
    return Problem(
        place,
        "ROW-NAMELESS",
        said(_("nothing says whose answers these are: column '{column}' is empty ({rows})."),
             column=column, rows=in_rows(rows)),
        said(_("Fill it in, or take the rows out of the file.")),
    )  # fmt: skip


def row_repeated(place: Place, *, participation: str, wave: str, rows: Sequence[int]) -> Problem:
    return Problem(
        place,
        "ROW-REPEATED",
        said(_("'{participation}' has more than one row at the wave '{wave}' ({rows})."),
             participation=participation, wave=wave, rows=in_rows(rows)),
        said(_("Look whether two people share this id or one answered twice, and leave one row or give two ids.")),
    )  # fmt: skip


def row_differs(place: Place, *, participation: str, column: str, cells: Sequence[str], rows: Sequence[int]) -> Problem:
    return Problem(
        place,
        "ROW-DIFFERS",
        said(_("'{participation}' has several things in column '{column}': {cells} ({rows})."),
             participation=participation, column=column, cells=_quoted(cells), rows=in_rows(rows)),
        said(_("Look whether two people share this id. Who took part twice needs an id for each time.")),
    )  # fmt: skip


def wave_order(place: Place, *, participation: str, earlier: str, later: str, rows: Sequence[int]) -> Problem:
    return Problem(
        place,
        "WAVE-ORDER",
        said(_("'{participation}' answered '{later}' before '{earlier}' ({rows})."),
             participation=participation, later=later, earlier=earlier, rows=in_rows(rows)),
        said(_("Look whether the waves were swapped, or two people share this id.")),
    )  # fmt: skip


# --- tariff ---------------------------------------------------------------------------------------


def tariff_unknown(place: Place) -> Problem:
    return Problem(
        place,
        "TARIFF-UNKNOWN",
        said(_("the file has no 'tariff' at the top, so it is not a tariff.")),
        said(_("Begin it with the line 'tariff: its-name'.")),
    )


def tariff_whom(place: Place) -> Problem:
    return Problem(
        place,
        "TARIFF-WHOM",
        said(_("a tariff is for contracts or for services: one of the two must be named, and not both.")),
        said(_("Write 'contracts' with those of services.yaml, or 'services' with their ids.")),
    )


def tariff_repeated(place: Place, *, name: str, key: str) -> Problem:
    return Problem(
        place,
        "TARIFF-REPEATED",
        said(_("'{name}' stands twice in '{key}', so it would be paid twice."), name=name, key=key),
        said(_("Take one of them away.")),
    )


def tariff_results_none(place: Place) -> Problem:
    return Problem(
        place,
        "TARIFF-RESULTS",
        said(_("the tariff pays for no result.")),
        said(_("Add one to 'results', like {outcome: employment, at: followup_6, price: 1200}.")),
    )


def tariff_result(place: Place) -> Problem:
    return Problem(
        place,
        "TARIFF-RESULT",
        said(_("a result is an outcome or a change: one of the two must be named, and not both.")),
        said(_("Write 'outcome' (employment or education) or 'change' with a dimension.")),
    )


def tariff_result_key(place: Place, *, key: str, kind: str) -> Problem:
    return Problem(
        place,
        "TARIFF-RESULT-KEY",
        said(_("'{key}' says nothing where the result is of '{kind}'."), key=key, kind=kind),
        said(_("Take it away.")),
    )


def tariff_accuracy(place: Place) -> Problem:
    return Problem(
        place,
        "TARIFF-ACCURACY",
        said(_("such answers tell no more than a coin: sensitivity and specificity add up to 1 or less.")),
        said(_("Write how often people's own word was right where somebody checked it, as shares from 0 to 1.")),
    )


def tariff_accuracy_register(place: Place) -> Problem:
    return Problem(
        place,
        "TARIFF-ACCURACY-REGISTER",
        said(_("an outcome from a register has no accuracy of people's own word.")),
        said(_("Take 'accuracy' away, or write 'verified: self_report'.")),
    )


def tariff_cap(place: Place, *, key: str, cap: float, fee: float) -> Problem:
    return Problem(
        place,
        "TARIFF-CAP",
        said(_("'{key}' is {cap}, less than the fixed fee of one participation ({fee})."), key=key, cap=cap, fee=fee),
        said(_("Write a larger cap or a smaller 'fixed_fee'.")),
    )


def tariff_share(place: Place) -> Problem:
    return Problem(
        place,
        "TARIFF-SHARE",
        said(_("there is no fixed fee, so all that is paid is for results, and their share cannot be capped.")),
        said(_("Write a 'fixed_fee', or take 'share_of_results' away.")),
    )


def tariff_window(place: Place, *, first: str, last: str) -> Problem:
    return Problem(
        place,
        "TARIFF-WINDOW",
        said(_("the window ends on {last}, before it begins on {first}."), first=first, last=last),
        said(_("Correct one of the two days.")),
    )


def tariff_contract(place: Place, *, contract: str, known: Sequence[str]) -> Problem:
    return Problem(
        place,
        "TARIFF-CONTRACT",
        said(_("no service has the contract '{contract}'."), contract=contract),
        _near(contract, known, otherwise=said(_("Write it as services.yaml does under 'contract'."))),
    )


def tariff_service(place: Place, *, service: str, known: Sequence[str]) -> Problem:
    return Problem(
        place,
        "TARIFF-SERVICE",
        said(_("there is no service '{service}'."), service=service),
        _near(service, known, otherwise=said(_("Write its id as services.yaml does."))),
    )


def tariff_outcome(place: Place, *, named: str, outcome: str, wave: str) -> Problem:
    return Problem(
        place,
        "TARIFF-OUTCOME",
        said(
            _("'{named}' asks its clients nothing at the wave '{wave}' that says whether '{outcome}' was reached."),
            named=named,
            wave=wave,
            outcome=outcome,
        ),
        said(_("Write a wave at which it is asked, or add the question to an instrument of the service.")),
    )


def tariff_dimension(place: Place, *, named: str, dimension: str, known: Sequence[str]) -> Problem:
    return Problem(
        place,
        "TARIFF-DIMENSION",
        said(_("'{named}' does not measure the dimension '{dimension}'."), named=named, dimension=dimension),
        _near(dimension, known, otherwise=said(_("Write the id of a dimension of its instruments."))),
    )


def tariff_reference(place: Place, *, dimension: str) -> Problem:
    return Problem(
        place,
        "TARIFF-REFERENCE",
        said(
            _("dimension '{dimension}' has no reference, so the pay for chance alone is known roughly or not at all."),
            dimension=dimension,
        ),
        said(_("Give the dimension a 'reference' with sd and reliability, or pay for something else.")),
        "warning",
    )


# --- staff ----------------------------------------------------------------------------------------


def staff_unknown(place: Place) -> Problem:
    return Problem(
        place,
        "STAFF-UNKNOWN",
        said(_("the file has no 'desk' at the top, so it does not say who works at the desk.")),
        said(_("Begin it with the line 'desk: 1'.")),
    )


def staff_login_key(place: Place, *, key: str, way: str) -> Problem:
    return Problem(
        place,
        "STAFF-LOGIN-KEY",
        said(_("'{key}' says nothing where people log in by way of '{way}'."), key=key, way=way),
        said(_("Take it away.")),
    )


def staff_nobody(place: Place) -> Problem:
    return Problem(
        place,
        "STAFF-NOBODY",
        said(_("the file names neither people nor groups, so nobody could use the desk.")),
        said(_("Write 'people', each with 'login' and 'roles', or 'groups'.")),
    )


def staff_repeated(place: Place, *, name: str, key: str) -> Problem:
    return Problem(
        place,
        "STAFF-REPEATED",
        said(_("'{name}' stands twice in '{key}', and nobody knows which of the two holds."), name=name, key=key),
        said(_("Write one entry with all roles.")),
    )


def staff_provider_missing(place: Place) -> Problem:
    return Problem(
        place,
        "STAFF-PROVIDER-MISSING",
        said(_("a provider's coach sees one provider's services alone, and which one is not said.")),
        said(_("Add 'provider:' with an id from 'providers' of services.yaml.")),
    )


def staff_provider_unused(place: Place, *, provider: str) -> Problem:
    return Problem(
        place,
        "STAFF-PROVIDER-UNUSED",
        said(_("the provider '{provider}' says nothing without the role 'provider'."), provider=provider),
        said(_("Add the role, or take 'provider:' away.")),
    )


def staff_provider_mixed(place: Place) -> Problem:
    return Problem(
        place,
        "STAFF-PROVIDER-MIXED",
        said(
            _(
                "whoever is a provider's coach may have no other role: the others see the services of every provider, "
                "or in the log who has answered."
            )
        ),
        said(_("Choose one of the roles.")),
    )


def staff_provider_releases(place: Place) -> Problem:
    return Problem(
        place,
        "STAFF-PROVIDER-RELEASES",
        said(_("a provider's coach cannot read open answers before they are released: clients write about them.")),
        said(_("Take 'releases' away, and name somebody of the area.")),
    )


def staff_releases(place: Place, *, role: str) -> Problem:
    return Problem(
        place,
        "STAFF-RELEASES",
        said(_("'releases' names a role, never a person, and '{role}' may be a person's name."), role=role),
        said(_("Write the role that the area has named for this in small letters, like 'quality lead'.")),
    )


def staff_provider_unknown(place: Place, *, provider: str, known: Sequence[str]) -> Problem:
    return Problem(
        place,
        "STAFF-PROVIDER-UNKNOWN",
        said(_("services.yaml has no provider '{provider}'."), provider=provider),
        _near(provider, known, otherwise=said(_("Write its id as services.yaml does under 'providers'."))),
    )
