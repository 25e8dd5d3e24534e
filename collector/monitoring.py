"""What an operator sees of a running collector: whether it is up, whether it is ready, and how each request ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from flask import Flask, Response, g, request

from collector.bundle import Bundle, BundleError, check_site
from collector.settings import Settings, SettingsError
from collector.stores import Store, StoreTrouble

UNTOLD = {"healthz", "readyz", "clear", "index", "page", "static"}
"""Requests that have no outcome worth a line: those of monitors, and pages and files."""


def watch(app: Flask, settings: Settings, store: Callable[[], Store], bundle: Callable[[], Bundle]) -> None:
    """Adds `/-/healthz`, `/-/readyz` and the lines of outcomes to an application."""

    def healthz() -> Response:
        return Response("ok\n", mimetype="text/plain")

    def readyz() -> Response:
        trouble = not_ready(settings, store(), bundle())
        return Response(f"{trouble or 'ok'}\n", 503 if trouble else 200, mimetype="text/plain")

    app.add_url_rule("/-/healthz", "healthz", healthz, methods=["GET"])
    app.add_url_rule("/-/readyz", "readyz", readyz, methods=["GET"])
    app.before_request(_begin)
    app.after_request(_tell)


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


def _begin() -> None:
    g.began = time.perf_counter()


def _tell(response: Response) -> Response:
    """One line: what was asked by the name of the view, never by its address, and how it ended."""
    # Of a view that was not found there is nothing to say but what somebody typed.
    asked = (request.endpoint or "page").strip("_")
    if asked not in UNTOLD and not asked.startswith("shared"):
        milliseconds = 1000 * (time.perf_counter() - g.began)
        log = logging.getLogger("collector")
        log.info("%s %s %d %.0f ms", asked, outcome(response.status_code), response.status_code, milliseconds)
    return response


def outcome(status: int) -> str:
    """What a status means for whoever sent something: stored or shown, to be looked over, refused, or our trouble."""
    known = {200: "answered", 201: "accepted", 422: "invalid"}
    return known.get(status) or ("trouble" if status >= 500 else "refused" if status >= 400 else "answered")
