"""The collector: receives answers, stores each exactly once, and answers a browser. Knows no YAML and no pandas."""

from collector.app import create_app

__all__ = ["create_app"]
