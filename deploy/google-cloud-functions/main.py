"""Google Cloud Functions: the platform's own Flask hands each request on."""

from __future__ import annotations

import os
from pathlib import Path

import functions_framework
from flask import Request
from werkzeug.wrappers import Response

from collector.serverless import create_function_app

_app = create_function_app(Path(__file__).parent, os.environ)


@functions_framework.http
def collect(request: Request) -> Response:
    """The collector's answer to a request."""
    return Response.from_app(_app, request.environ)
