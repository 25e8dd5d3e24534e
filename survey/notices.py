"""What notices say the same for every area, and how it stands among what an area says itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import Literal

from markupsafe import Markup, escape

from survey.frozen import dataclass
from survey.model import NoticeSection, Site, Text

Level = Literal["fully", "partly", "not", "undeclared"]
NoticeName = Literal["privacy", "accessibility"]
FILE = "notices.yaml"
"""Among the templates, since it comes with the program: an authority that changes is mended once, for all areas."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What an accessibility statement covers, and how far that meets the requirements."""

    title: Text
    text: Text
    levels: Mapping[Level, Text]
    assessed: Text


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """How people tell what does not work for them: by e-mail, and without it."""

    title: Text
    text: Text
    phone: Text
    post: Text


@dataclass(frozen=True, kw_only=True)
class SharedNotices:
    """The file notices.yaml. In its texts `{…}` is filled in from site.yaml."""

    dated: str = field(metadata={"form": "date"})
    """The day on which what it says of laws and authorities was last compared with them."""
    languages: tuple[str, ...] = field(metadata={"form": "language"})
    scope: Scope
    feedback: Feedback
    supervision: NoticeSection
    complaint: NoticeSection


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a notice on a page: a heading and paragraphs."""

    title: str
    paragraphs: tuple[Markup, ...]


def parts(
    name: NoticeName, site: Site, shared: SharedNotices, language: str, day: Callable[[str], str]
) -> Iterator[Part]:
    """A notice in one language: what is the same for all around what is the area's own. `day` says a date."""
    own = [(section.title, [section.text]) for section in site.notices[name].sections]
    if name == "privacy":
        found = [*own, (shared.complaint.title, [shared.complaint.text])]
    else:
        found = [_scope(site, shared), *own, _feedback(site, shared), _supervision(shared)]
    values = _values(site, language, day)
    for title, texts in found:
        written = [part for text in texts for part in text[language].strip().split("\n\n") if part.strip()]
        yield Part(title=title[language], paragraphs=tuple(linked(_filled(part, values)) for part in written))


_Section = tuple[Text, list[Text]]


def _scope(site: Site, shared: SharedNotices) -> _Section:
    scope, declared = shared.scope, site.conformance
    if declared is None:
        return scope.title, [scope.text, scope.levels["undeclared"]]
    return scope.title, [scope.text, scope.levels[declared.level], scope.assessed]


def _feedback(site: Site, shared: SharedNotices) -> _Section:
    feedback, who = shared.feedback, site.organisation
    ways = [text for text, given in ((feedback.phone, who.phone), (feedback.post, who.postal_address)) if given]
    return feedback.title, [feedback.text, *ways]


def _supervision(shared: SharedNotices) -> _Section:
    return shared.supervision.title, [shared.supervision.text]


def _values(site: Site, language: str, day: Callable[[str], str]) -> Mapping[str, str]:
    who, declared = site.organisation, site.conformance
    return {
        "organisation": who.name[language],
        "address": site.address,
        "email": who.email,
        "phone": who.phone or "",
        "postal_address": who.postal_address or "",
        "assessed_by": declared.assessed_by[language] if declared else "",
        "assessed": day(declared.assessed) if declared else "",
    }


def _filled(text: str, values: Mapping[str, str]) -> str:
    """A text with its gaps filled; what fills one is not filled again."""
    return re.sub(r"\{(\w+)\}", lambda gap: values.get(gap[1], gap[0]), text)


_ADDRESS = re.compile(r"(?P<site>https?://[^\s<>()]*[\w/])|(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)")


def linked(text: str) -> Markup:
    """A paragraph in which addresses are links, and stand as they are where writing runs from the right."""
    found, at = Markup(), 0
    for match in _ADDRESS.finditer(text):
        shown, scheme = match[0], "mailto:" if match["email"] else ""
        found += escape(text[at : match.start()]) + Markup('<a href="{}{}" dir="ltr">{}</a>').format(
            scheme, shown, shown
        )
        at = match.end()
    return found + escape(text[at:])
