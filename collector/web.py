"""The collector as a WSGI application: which view an address leads to, and what goes around every answer.

On Werkzeug alone, which Flask stands on too: an instance of a function starts in two thirds of the time
(docs/decisions/0027-werkzeug.md).
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from werkzeug.routing import Map, PathConverter, Rule
from werkzeug.wrappers import Request as _Request
from werkzeug.wrappers import Response

from collector.bodies import BODY_LIMIT
from collector.headers import CACHE_NOTHING, HEADERS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOG = logging.getLogger("collector")
View = Callable[..., Response]
"""What answers a request: it takes the request, and the parts of the address by their names."""


class Request(_Request):
    """A request under way."""

    view = ""
    """The name of the view that its address leads to; empty where it leads to none."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        super().__init__(environ)
        self.began = time.perf_counter()
        """By `time.perf_counter`."""


class _PageConverter(PathConverter):
    """What stands on the disk: never anything below `/-/`, so that there each address takes its own methods alone."""

    regex = r"(?!-/)[^/].*?"


class Application:
    """Addresses with their views. `failed` answers in place of one that raised, and where there is none."""

    request_class: type[Request] = Request
    body_limit = BODY_LIMIT
    """Bytes of a body that is looked at. Servers let somewhat more through, so that our own sentence is read."""
    in_memory = False
    """Whether what comes and goes is never put on a disk on its way, however long it is: lists of people, and codes."""

    def __init__(self, failed: Callable[[Request, Exception], Response]) -> None:
        # An address is one address: there is no redirect, which would name whatever host the request named.
        self.rules = Map(strict_slashes=False, merge_slashes=False, converters={"page": _PageConverter})
        self.views: dict[str, View] = {}
        self.after: list[Callable[[Request, Response], None]] = []
        """What is done with every answer."""
        self._failed = failed

    def add(self, path: str, view: View, *, name: str = "", method: str = "GET") -> None:
        """Leads an address to a view, named as its function is unless a name is given."""
        name = name or view.__name__.strip("_")
        self.rules.add(Rule(path, endpoint=name, methods=[method]))
        self.views[name] = view

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return self._answer(self.request_class(environ))(environ, start_response)
        except Exception as error:  # what goes wrong while an error is told: a server would log it with the address
            log_by_place("", error)
            response = Response("Something went wrong.\n", 500, {**HEADERS, "Cache-Control": CACHE_NOTHING})
            response.mimetype = "text/plain"
            return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        # Whatever host is named.
        here = self.rules.bind("localhost", default_method=request.method)
        path = request.environ.get("PATH_INFO", "").encode("latin1").decode(errors="replace")
        try:
            request.view, values = here.match(path)
            response = self.views[request.view](request, **values)
        except Exception as error:
            response = self._failed(request, error)
        for each in self.after:
            each(request, response)
        return response


def log_by_place(view: str, error: BaseException) -> None:
    """The kind of an error and where it came about: a message or an address could hold an answer or a code."""
    places = "".join(traceback.format_tb(error.__traceback__))
    LOG.error("%s in %s\n%s", type(error).__name__, view or "no view", places)
