"""The instrument shelf: which questionnaires there are, a look at each, its codebook, what is wrong in the files."""

from __future__ import annotations

import itertools
import mimetypes
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from collector.desk.visit import Place, Visit
from collector.desk.works import Held, Trouble
from survey.frozen import dataclass
from survey.marking import _
from survey.recordings import MIME_TYPES

TITLE = _("Questionnaires")
PROBLEMS = _("Problems in the files")
LOOK = _("A look at {title}")
COMPARED = _("What changed from {old} to {new}")
PICKERS = {
    "version": _("Version"),
    "service": _("Service"),
    "wave": _("Wave"),
    "language": _("Language"),
    "state": _("What is shown"),
}
RESPONDENTS = {"client": _("the client"), "coach": _("the coach"), "employer": _("the employer")}
WIDTHS = {"360": _("Phone"), "768": _("Tablet"), "": _("All of the width")}
PAGE_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self'; media-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
"""Of a page that is only looked at: nothing can be sent from it."""
READ_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
NEAR = 2
"""Lines around a problem that are shown with it."""


def shelf(visit: Visit) -> Response:
    """What is in use, and what else there is."""
    held = visit.desk.works.shelf.held()
    troubles = visit.desk.works.shelf.troubles(visit.language)
    return visit.page(
        "shelf.html.j2",
        title=visit.say(TITLE),
        used=[one for one in held if one.services],
        others=[one for one in held if not one.services],
        newer=dict(_newer(held)),
        respondents=RESPONDENTS,
        errors=sum(one.is_error for one in troubles),
        warnings=sum(not one.is_error for one in troubles),
    )


def _newer(held: Sequence[Held]) -> Iterator[tuple[str, str]]:
    """For each version the one before it, where there is one: what changed can be read."""
    versions = defaultdict(list)
    for one in held:
        id, _at, version = one.key.partition("@")
        versions[id].append(int(version))
    for id, numbers in versions.items():
        ordered = sorted(numbers)
        yield from ((f"{id}@{new}", f"{id}@{old}") for old, new in itertools.pairwise(ordered))


def problems(visit: Visit) -> Response:
    """What `mittari check` says, each problem with its line and those around it."""
    troubles = visit.desk.works.shelf.troubles(visit.language)
    files = Counter(one.file for one in troubles)
    shown = {file: list(_quoted(visit, [one for one in troubles if one.file == file])) for file in files}
    return visit.page("shelf-problems.html.j2", title=visit.say(PROBLEMS), files=shown)


def file(visit: Visit, name: str) -> Response:
    """A file, line by line, with each problem under its line."""
    lines = visit.desk.works.shelf.lines(name)
    if lines is None:
        raise NotFound
    found = defaultdict(list)
    for one in visit.desk.works.shelf.troubles(visit.language):
        if one.file == name:
            found[one.line].append(one)
    numbered = [_line(n, text, found[n]) for n, text in enumerate(lines, 1)]
    # A problem may be about what stands nowhere.
    elsewhere = [one for n, listed in found.items() if not 1 <= n <= len(lines) for one in listed]
    return visit.page("shelf-file.html.j2", title=name, lines=numbered, elsewhere=elsewhere)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a file in three parts, the middle one being what a problem is about, and the problems of it."""

    number: int
    before: str
    marked: str
    after: str
    troubles: tuple[Trouble, ...]


def _line(number: int, text: str, troubles: Sequence[Trouble]) -> Line:
    start, end = next((one.marked for one in troubles if one.marked), (0, 0))
    return Line(number=number, before=text[:start], marked=text[start:end], after=text[end:], troubles=tuple(troubles))


def _quoted(visit: Visit, troubles: Sequence[Trouble]) -> Iterator[tuple[Trouble, list[Line]]]:
    """Each problem of a file with the lines around it."""
    lines = visit.desk.works.shelf.lines(troubles[0].file) or ()
    for one in troubles:
        around = range(max(one.line - NEAR, 1), min(one.line + NEAR, len(lines)) + 1)
        yield one, [_line(n, lines[n - 1], [one] if n == one.line else []) for n in around]


# --- a look ---------------------------------------------------------------------------------------


def look(visit: Visit, key: str) -> Response:
    """A questionnaire as respondents see it, and as what: the newest of the folder, built or not."""
    id, _at, version = key.partition("@")
    known = {one.key.partition("@")[0]: one for one in visit.desk.works.shelf.held()}
    found = visit.desk.works.shelf.look({"version": version, **visit.asked, "instrument": id}, visit.language)
    if id not in known or found is None:
        raise NotFound
    width = visit.asked.get("width", "360")
    return visit.page(
        "shelf-look.html.j2",
        title=visit.say(LOOK, title=visit.text(known[id].title)),
        key=key,
        pickers=[(name, visit.say(label), *found.choices[name]) for name, label in PICKERS.items()],
        widths=[(value, visit.say(label)) for value, label in WIDTHS.items()],
        width=width if width in WIDTHS else "360",
        frame=visit.to(f"shelf/page/{found.path}", state=found.state),
    )


def page(visit: Visit, path: str) -> Response:
    """A page of the site, or what belongs to one."""
    asset = visit.desk.works.shelf.asset(path)
    if asset is not None:
        ending = path.rpartition(".")[2]
        return Response(asset, mimetype=MIME_TYPES.get(ending) or mimetypes.guess_type(path)[0])
    html = visit.desk.works.shelf.page(path, visit.asked.get("state", "blank"), visit.language)
    if html is None:
        raise NotFound
    return Response(html, mimetype="text/html", headers={"Content-Security-Policy": PAGE_POLICY})


# --- to read --------------------------------------------------------------------------------------


def codebook(visit: Visit, key: str) -> Response:
    """The codebook of a version, in one of its languages."""
    html = visit.desk.works.shelf.codebook(key, visit.asked.get("in", visit.language))
    if html is None:
        raise NotFound
    return Response(html, mimetype="text/html", headers={"Content-Security-Policy": READ_POLICY})


def compared(visit: Visit, old: str, new: str) -> Response:
    """What differs between two versions, and what that means for comparing their answers."""
    lines = visit.desk.works.shelf.compared(old, new, visit.language)
    if lines is None:
        raise NotFound
    return visit.page("shelf-compared.html.j2", title=visit.say(COMPARED, old=old, new=new), lines=lines)


PLACES = (
    Place(path="shelf", view=shelf, area="shelf"),
    Place(path="shelf/problems", view=problems, area="shelf"),
    Place(path="shelf/file/<path:name>", view=file, area="shelf"),
    Place(path="shelf/look/<key>", view=look, area="shelf"),
    Place(path="shelf/page/<path:path>", view=page, area="shelf"),
    Place(path="shelf/codebook/<key>", view=codebook, area="shelf"),
    Place(path="shelf/compared/<old>/<new>", view=compared, area="shelf"),
)
