"""What a browser would send: the fields of a page that the collector or the build made."""

from __future__ import annotations

import dataclasses
from html.parser import HTMLParser
from urllib.parse import urlencode

from survey.model import Library, Respondent, meaning

ID = "0123456789abcdefghjkmnpqrs"
OTHER_ID = "z123456789abcdefghjkmnpqrs"


def fields(library: Library, code: str, *, instrument: str = "tyohonvalmennus", wave: str = "start",
           id: str = ID, language: str = "fi", **answers: str) -> dict[str, str]:  # fmt: skip
    """A whole form, `_end` last."""
    whole = library.instruments[f"{instrument}@1"]
    return {
        "_id": id,
        "_instrument": instrument,
        "_version": "1",
        "_meaning": meaning(whole, language),
        "_wave": wave,
        "_language": language,
        "_channel": "own_device",
        "_code": code,
        **{name.replace("__", "."): value for name, value in answers.items()},
        "_helper": "none",
        "_end": "1",
    }


def answered_by(library: Library, key: str, respondent: Respondent) -> Library:
    """The library with one instrument answered by another."""
    changed = dataclasses.replace(library.instruments[key], respondent=respondent)
    return dataclasses.replace(library, instruments={**library.instruments, key: changed})


def lists(form: dict[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in form.items()}


def body(form: dict[str, str]) -> bytes:
    return urlencode(form).encode()


class Page(HTMLParser):
    """Just enough of a page: the values of its fields, its heading, its title."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self._inside: list[str] = []
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        chosen = given.get("type") not in ("radio", "checkbox") or "checked" in given
        if name and chosen and tag in ("input", "textarea", "select"):
            self.values[name] = given.get("value") or ""
            self._select = name
        if tag == "option" and "selected" in given:
            self.values[self._select] = given.get("value") or ""
        if tag in ("h1", "h2", "title", "p", "li", "textarea"):
            self._inside.append(given.get("name") or given.get("class") or given.get("id") or tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("h1", "h2", "title", "p", "li", "textarea") and self._inside:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts[self._inside[-1]] = self.texts.get(self._inside[-1], "") + data
