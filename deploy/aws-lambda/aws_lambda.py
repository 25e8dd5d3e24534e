"""AWS Lambda: an event of an API Gateway (HTTP API) or of a function URL in, its answer out."""

from __future__ import annotations

import os
from pathlib import Path

from apig_wsgi import make_lambda_handler

from collector.serverless import create_function_app

handler = make_lambda_handler(create_function_app(Path(__file__).parent, os.environ))
