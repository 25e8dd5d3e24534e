"""The application of one instance of a function: program, pages and bundle lie in one folder, `deploy/pack` put them
there, and the environment says the rest. The entry points that each platform asks for by name stand in `deploy/`."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from werkzeug.wrappers import Response

from collector.app import Collector, create_app
from collector.headers import STRICT_TRANSPORT_SECURITY
from collector.opening import opened
from collector.settings import Settings
from collector.stores import Around, Store
from collector.web import Request


def create_function_app(folder: Path, environ: Mapping[str, str]) -> Collector:
    """The application over the build in a folder, made once per instance. Raises SettingsError and BundleError."""
    build = folder.resolve() / "build"
    beside = {"MITTARI_BUNDLE": str(build / "bundle"), "MITTARI_SITE": str(build / "site")}
    settings = Settings.from_environ({**beside, **environ})
    app = create_app(settings, store=StoreWhenAsked(settings.store))
    app.after.append(_strictly_over_tls)
    return app


def _strictly_over_tls(_: Request, response: Response) -> None:
    """No proxy of ours stands before a function, and its platform ends TLS always."""
    response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT_SECURITY


class StoreWhenAsked(Around):
    """A store that is opened by the first request that needs it, and again by the next where that did not succeed.

    An instance that could not begin without its store would answer with an error of the platform, and what somebody
    has filled in would be lost; and pages need no store.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._opened: Store | None = None

    @property
    def _store(self) -> Store:  # type: ignore[override]  # opened when it is asked for
        with self._lock:
            if self._opened is None:
                self._opened = opened(self._address)
            return self._opened

    def close(self) -> None:
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None
