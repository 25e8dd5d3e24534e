"""Texts of other tools as plain words: without markup, and without what another program would fill in."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence

from exchange.loss import told
from survey.marking import _
from survey.model import PLACEHOLDERS

OTHER: Mapping[str, str] = {
    "fi": "Muu, mikä?",
    "sv": "Annat, vad?",
    "en": "Other, what?",
    "fi-simple": "Muu, mikä?",
    "uk": "Інше, що саме?",
    "ru": "Другое, что именно?",
    "ar": "غير ذلك، ما هو؟",
    "so": "Wax kale, maxay?",
}
"""The label of an option that a form adds by itself."""
CHECK_ANSWER: Mapping[str, str] = {
    "fi": "Tarkista vastaus.",
    "sv": "Kontrollera svaret.",
    "en": "Check the answer.",
    "fi-simple": "Tarkista vastaus.",
    "uk": "Перевірте відповідь.",
    "ru": "Проверьте ответ.",
    "ar": "تحقّق من الإجابة.",
    "so": "Hubi jawaabta.",
}
"""What is said where a form has a rule and no words for it."""

_MARKUP = re.compile(
    r"</?(?:b|i|u|em|strong|span|p|br|div|font|h[1-6]|a|ul|ol|li|small|big|center|sup|sub|img|hr)\b[^<>]*>", re.I
)
_BRACES = re.compile(r"\{([^{}]+)\}")
_BLOCK = re.compile(r"<(?:br|/p|/div|/li|/h[1-6]|hr)\b[^<>]*>", re.IGNORECASE)


def built_in(words: Mapping[str, str], languages: Sequence[str]) -> dict[str, str]:
    """One of the texts above in some languages; in others it stands in English."""
    return {tag: words.get(tag, words.get(tag.partition("-")[0], words["en"])) for tag in languages}


def plain(text: str) -> tuple[str, tuple[str, ...]]:
    """A text without markup, with a sentence for each kind of change."""
    reasons = []
    bare = _without_markup(text)
    if bare != text:
        reasons.append(told(_("The formatting of the text was taken out.")))
    filled = re.sub(r"\$\{\s*([^{}]*?)\s*\}", r"[\1]", bare)
    if filled != bare:
        reasons.append(
            told(_("An answer that the text repeats is no longer filled in; its name stands in brackets [ ]."))
        )
    safe = filled
    while (inner := _BRACES.sub(_in_brackets, safe)) != safe:
        safe = inner
    if safe != filled:
        reasons.append(told(_("Words in braces { } stand in brackets [ ].")))
    return safe, tuple(reasons)


def _in_brackets(match: re.Match[str]) -> str:
    return match.group() if match.group(1) in PLACEHOLDERS else f"[{match.group(1)}]"


def _without_markup(text: str) -> str:
    bare = text
    if _MARKUP.search(bare):
        bare = html.unescape(_MARKUP.sub("", _BLOCK.sub("\n", bare)))
    bare = re.sub(r"(?m)^#{1,6}[ \t]+", "", bare)
    bare = re.sub(r"\*\*([^*\n]+)\*\*|__([^_\n]+)__", lambda m: m.group(1) or m.group(2), bare)
    bare = re.sub(r"(?<![\w*])\*(?=\S)([^*\n]+)(?<=\S)\*(?![\w*])", r"\1", bare)
    bare = re.sub(r"\[([^\[\]\n]+)\]\((https?://[^()\s]+)\)", r"\1 (\2)", bare)
    lines = [line.rstrip() for line in bare.split("\n")] if bare != text else bare.split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() if bare != text else bare
