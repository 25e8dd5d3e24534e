"""HTML as plain text: paragraphs stay, and what cannot stand in plain words is told."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from html.parser import HTMLParser

from exchange.loss import told
from survey.marking import _

_PARAGRAPHS = re.compile("p|h[1-6]|ul|ol|table|blockquote|section|article|pre|dl")
_LINES = re.compile("div|li|tr|dt|dd|header|footer")
_SILENT = re.compile("script|style|template|noscript|iframe|object|video|audio|svg|select|textarea|button|map")
"""Tags with what is within them."""
_PLAIN = re.compile("p|div|br|span|html|body|tbody|thead|a|li|tr|dt|dd")
"""Tags that say nothing which plain text does not say as well."""
_REASONS = {
    "script": told(_("A script in the text was taken out.")),
    "style": told(_("The style sheet in the text was taken out.")),
    "iframe": told(_("What the text shows of another page was taken out.")),
    "video": told(_("A video in the text was left out.")),
    "audio": told(_("A sound in the text was left out.")),
    "object": told(_("A film or drawing in the text was left out.")),
    "svg": told(_("A drawing in the text was left out.")),
    "img": told(_("A picture in the text was left out.")),
    "input": told(_("Form fields in the text were taken out.")),
    "select": told(_("Form fields in the text were taken out.")),
    "textarea": told(_("Form fields in the text were taken out.")),
    "button": told(_("Form fields in the text were taken out.")),
}
_FORMATTED = told(_("The formatting of the text was taken out."))
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--")


def plain(text: str) -> tuple[str, tuple[str, ...]]:
    """A text without markup and with its characters as they are, and a sentence for each kind of change."""
    if not _TAG.search(text):
        return _trimmed(html.unescape(text)), ()
    reader = _Reader()
    reader.feed(text)
    reader.close()
    lines = [re.sub(r"[ \t\r\f\v]+", " ", line).strip(" ") for line in "".join(reader.parts).split("\n")]
    return _trimmed("\n".join(lines)), tuple(dict.fromkeys(reader.reasons))


def gaps(text: str, pattern: re.Pattern[str], named: Callable[[str], str | None]) -> tuple[str, tuple[str, ...]]:
    """A text in which brackets stand for what another program would fill in, and a sentence that names it.

    `pattern` matches a gap with what is within in group 1; `named` gives a short name for it, or None.
    """
    found: list[str] = []

    def bracketed(match: re.Match[str]) -> str:
        within = " ".join(match[1].split())
        found.append(within if len(within) <= 60 else f"{within[:60]}…")
        return f"[{named(within) or '…'}]"

    filled = pattern.sub(bracketed, text)
    # What is left could be taken for a placeholder of ours.
    safe = re.sub(r"\{([^{}\n]*)\}", r"[\1]", filled)
    reasons = []
    if found:
        what = ", ".join(f"{{{one}}}" for one in dict.fromkeys(found))
        reasons.append(
            told(_("The text has {what}, which is not filled in here; brackets [ ] stand in its place."), what=what)
        )
    elif safe != filled:
        reasons.append(told(_("Words in braces { } stand in brackets [ ].")))
    return safe, tuple(reasons)


def _trimmed(text: str) -> str:
    bare = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").replace("\u200b", "")
    lines = (line.strip(" \t") for line in bare.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def in_a_line(text: str) -> str:
    """A text for a place that holds one line, such as the label of an option."""
    return " ".join(text.split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.reasons: list[str] = []
        self._silent: list[str] = []
        self._link: str | None = None
        self._begins = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self._silent:
            self._silent += [tag] if _SILENT.fullmatch(tag) else []
            return
        if tag in _REASONS:
            self.reasons.append(_REASONS[tag])
        elif not _PLAIN.fullmatch(tag):
            self.reasons.append(_FORMATTED)
        if _SILENT.fullmatch(tag):
            self._silent.append(tag)
        if self._silent:
            return
        if tag == "img" and given.get("alt", "").strip():
            self.parts.append(given["alt"])
        elif tag == "a":
            self._link, self._begins = given.get("href"), len(self.parts)
        elif tag in ("td", "th"):
            self.parts.append(" ")
        self._break(tag)
        if tag == "li":
            self.parts.append("• ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            while self._silent.pop() != tag:
                pass
            return
        if self._silent:
            return
        if tag == "br":
            return
        if tag == "a" and self._link is not None:
            self._add_address(self._link, "".join(self.parts[self._begins :]).strip())
            self._link = None
        self._break(tag)

    def _break(self, tag: str) -> None:
        if tag == "br":
            self.parts.append("\n")
        elif _PARAGRAPHS.fullmatch(tag):
            self.parts.append("\n\n")
        elif _LINES.fullmatch(tag) and not "".join(self.parts[-3:]).rstrip(" ").endswith("\n"):
            self.parts.append("\n")

    def _add_address(self, address: str, words: str) -> None:
        shown = address.removeprefix("mailto:").rstrip("/")
        if address.startswith(("http://", "https://", "mailto:")) and shown not in words:
            self.parts.append(f" ({shown})")
        elif not address.startswith(("http", "mailto:", "#")):
            self.reasons.append(told(_("A link in the text was taken out.")))

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(re.sub(r"[\s\xa0]+", " ", data))
