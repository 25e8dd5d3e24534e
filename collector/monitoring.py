"""What an operator sees of a running collector: whether it is up, whether it is ready, and how each request ended."""

from __future__ import annotations

import time
from collections.abc import Callable

from werkzeug.wrappers import Response

from collector.bundle import Bundle, BundleError, check_site
from collector.settings import Settings, SettingsError
from collector.stores import Store, StoreTrouble
from collector.web import LOG, Application, Request

UNTOLD = {"", "healthz", "readyz", "clear", "page", "shared"}
"""Views that have no outcome worth a line: those of monitors, pages and files. Of a view that was not found there is
nothing to say but what somebody typed."""


def watch(app: Application, settings: Settings, store: Callable[[], Store], bundle: Callable[[], Bundle]) -> None:
    """Adds `/-/healthz`, `/-/readyz` and the lines of outcomes to an application."""

    def healthz(_: Request) -> Response:
        return Response("ok\n", mimetype="text/plain")

    def readyz(_: Request) -> Response:
        trouble = not_ready(settings, store(), bundle())
        return Response(f"{trouble or 'ok'}\n", 503 if trouble else 200, mimetype="text/plain")

    app.add("/-/healthz", healthz)
    app.add("/-/readyz", readyz)
    app.after.append(_tell)


def not_ready(settings: Settings, store: Store, bundle: Bundle) -> str:
    """Why answers could not be taken and shown now, in one line; empty where they could. Writes nothing."""
    try:
        store.read("health")
        settings.keys()
        if settings.site is not None:
            check_site(settings.site, bundle)
    except StoreTrouble:
        return "the store does not answer"
    except SettingsError:
        return "the keys cannot be read"
    except BundleError:
        return "the pages and the bundle are not of the same build"
    return ""


def _tell(request: Request, response: Response) -> None:
    """One line: what was asked by the name of the view, never by its address, and how it ended."""
    if request.view not in UNTOLD:
        milliseconds = 1000 * (time.perf_counter() - request.began)
        status = response.status_code
        LOG.info("%s %s %d %.0f ms", request.view, outcome(status), status, milliseconds)


def outcome(status: int) -> str:
    """What a status means for whoever sent something: stored or shown, to be looked over, refused, or our trouble."""
    known = {200: "answered", 201: "accepted", 422: "invalid"}
    return known.get(status) or ("trouble" if status >= 500 else "refused" if status >= 400 else "answered")
