"""Azure Functions: every path leads to the collector.

Not by WsgiFunctionApp: it makes an error of each line that is logged and of each answer of 500 or more, with the page
as its text. Ours of 503 keeps what somebody answered.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import azure.functions as func
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from collector.serverless import create_function_app

_app = create_function_app(Path(__file__).parent, os.environ)

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.function_name("collect")
@app.route("{*path}", methods=["GET", "HEAD", "POST"])
def collect(req: func.HttpRequest) -> func.HttpResponse:
    """The collector's answer to a request."""
    asked = urlsplit(req.url)
    environ = EnvironBuilder(
        path=asked.path,
        base_url=f"{asked.scheme}://{asked.netloc}/",
        query_string=asked.query,
        method=req.method,
        headers=dict(req.headers),
        data=req.get_body(),
    ).get_environ()
    answer = Response.from_app(_app, environ, buffered=True)
    return func.HttpResponse(answer.get_data(), status_code=answer.status_code, headers=dict(answer.headers))
