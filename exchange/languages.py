"""Which language a form means: by a code, by the language's name in itself or in English, or by its words."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Mapping

from survey.model import FORMS

_FREQUENT = {
    "en": "the and of to is are you your what how do does in for have which please not with this",
    "fi": "ja on ei en se että sinun sinä oletko mitä miten kuinka minun mikä onko olen voit palvelun työ kysymys",
    "sv": "och är att det inte jag du en ett hur vad har som på din av för med dig kan",
    "fr": "le la les et des est une un vous votre de du que quel quelle combien pour dans avez dans ce",
    "es": "el la los las y de es una un usted su que qué cuál cuántos para en por con no",
    "pt": "o a os as e de é uma um você seu que qual quantos para em por com não sim",
    "de": "der die das und ist sie ihr ihre wie was ein eine nicht mit für haben zu welche den von",
    "so": "iyo waa ma ku ka in aad waxaa maxay sidee miyaad la si adiga ah u ee hadda shaqo",
    "et": "ja on ei te teie kas mis kuidas kui olete mida see ning või töö et oma",
}
_SCRIPTS = (("uk", "ієїґ"), ("ru", "абвгдежзийклмнопрстуфхцчшщъыьэюя"), ("ar", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"))


def tag_of(name: str) -> str | None:
    """The tag of a language that a form calls `Finnish (fi)`, `fi`, `Suomi` or `Finnish`; None where it is no such."""
    words, _, code = name.strip().partition("(")
    for candidate in (code.rstrip(") "), words):
        tag = candidate.strip().lower().replace("_", "-")
        if re.fullmatch(FORMS["language"][0], tag) and (tag.partition("-")[0] in _codes() or "-" in tag):
            return tag
    for part in (words, code.rstrip(") ")):
        if part.strip().lower() in _names():
            return _names()[part.strip().lower()]
    return None


@functools.cache
def _codes() -> frozenset[str]:
    from babel import Locale

    return frozenset(str(tag) for tag in Locale("en").languages if "_" not in str(tag))


@functools.cache
def _names() -> Mapping[str, str]:
    """Tags by the names of languages in English, Finnish, Swedish and themselves."""
    from babel import Locale
    from babel.localedata import locale_identifiers

    found = {}
    for tag in locale_identifiers():
        if "_" not in tag and (own := Locale.parse(tag).languages.get(tag)):
            found[own.lower()] = tag
    for other in ("sv", "fi", "en"):
        found |= {name.lower(): tag for tag, name in Locale(other).languages.items() if "_" not in tag}
    return {**found, "selkosuomi": "fi-simple", "plain finnish": "fi-simple", "easy finnish": "fi-simple"}


def name_of(tag: str, names: Mapping[str, str]) -> str:
    """A language's name in itself with its code, as forms write it: `Suomi (fi)`. `names` are the site's."""
    from babel import Locale, UnknownLocaleError

    if tag in names:
        return f"{names[tag]} ({tag})"
    try:
        own = Locale.parse(tag.partition("-")[0]).get_display_name() or tag
    except (UnknownLocaleError, ValueError):
        own = tag
    return f"{own[:1].upper()}{own[1:]} ({tag})"


def guess(texts: Iterable[str]) -> str | None:
    """The language of some texts, by their letters and most frequent words; None where they say too little."""
    text = " ".join(texts).lower()
    letters = Counter(text)
    for tag, known in _SCRIPTS:
        if sum(letters[letter] for letter in known) > max(5, 0.01 * len(text)):
            return tag
    words = Counter(re.findall(r"\w+", text))
    scores = {tag: sum(words[word] for word in known.split()) for tag, known in _FREQUENT.items()}
    best = max(scores, key=lambda tag: scores[tag])
    others = [score for tag, score in scores.items() if tag != best]
    return best if scores[best] >= 3 and scores[best] > 1.3 * max(others) else None
