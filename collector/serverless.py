"""The application of one instance of a function: program, pages and bundle lie in one folder, `deploy/pack` put them
there, and the environment says the rest. The entry points that each platform asks for by name stand in `deploy/`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flask import Flask, Response

from collector.app import create_app
from collector.headers import STRICT_TRANSPORT_SECURITY
from collector.settings import Settings


def create_function_app(folder: Path, environ: Mapping[str, str]) -> Flask:
    """The application over the build in a folder, made once per instance. Raises what create_app does."""
    build = folder.resolve() / "build"
    beside = {"MITTARI_BUNDLE": str(build / "bundle"), "MITTARI_SITE": str(build / "site")}
    app = create_app(Settings.from_environ({**beside, **environ}))
    app.after_request(_strictly_over_tls)
    return app


def _strictly_over_tls(response: Response) -> Response:
    """No proxy of ours stands before a function, and its platform ends TLS always."""
    response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT_SECURITY
    return response
