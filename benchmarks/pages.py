"""What the first view of the 35-question page costs: requests and bytes, as a real Chromium receives them.

    .venv/bin/python benchmarks/pages.py

Builds benchmarks/instruments, serves it with the collector itself on loopback, and opens the page with JavaScript off
and on. Bytes are those of the bodies as sent (gzip); headers are not counted.
"""

from __future__ import annotations

import secrets
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Response, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import build as publishing  # noqa: E402 - a script outside the packages finds them only now
from collector import create_app  # noqa: E402
from collector.serving import served  # noqa: E402
from collector.settings import Settings, make_keys, write_keys  # noqa: E402
from tests.browser import chromium  # noqa: E402


def first_view(browser: Browser, address: str, *, script: bool) -> list[tuple[str, int]]:
    """Each request of the first view with the bytes of its body as sent."""
    context = browser.new_context(viewport={"width": 390, "height": 800}, java_script_enabled=script)
    page = context.new_page()
    responses: list[Response] = []
    page.on("response", lambda response: responses.append(response))
    page.goto(address, wait_until="networkidle")
    seen = [(response.url, response.request.sizes()["responseBodySize"]) for response in responses]
    context.close()
    return seen


def main() -> None:
    with tempfile.TemporaryDirectory() as work, sync_playwright() as playwright:
        built = publishing.build(ROOT / "benchmarks" / "instruments", Path(work), drafts=True)
        keys = Path(work) / "keys.json"
        write_keys(keys, make_keys(secrets.token_bytes))
        store = f"sqlite:{Path(work) / 'store.sqlite'}"
        app = create_app(Settings(bundle=built.bundle, site=built.site, store=store, secrets=keys, drafts=True))
        path = chromium.ready() or chromium.install()
        browser = playwright.chromium.launch(executable_path=path, args=list(chromium.ARGUMENTS))
        with served(app) as address:
            for script in (False, True):
                seen = first_view(browser, f"{address}en/vertailu-v1-start.html", script=script)
                outside = [url for url, _size in seen if not url.startswith(address)]
                total = sum(size for _url, size in seen)
                print(f"JavaScript {'on' if script else 'off'}: {len(seen)} requests, {total:,} bytes")
                for url, size in seen:
                    print(f"    {size:>6,}  {url.removeprefix(address)}")
                print(f"    requests to elsewhere: {len(outside)}")
        browser.close()


if __name__ == "__main__":
    main()
