"""The 35-question page beside SurveyJS, a page of GOV.UK Frontend and the semantic floor of the same questions.

    npm install --prefix var/pages --ignore-scripts --no-audit --no-fund \\
        survey-core@2.5.38 survey-js-ui@2.5.38 govuk-frontend@6.6.0
    .venv/bin/python benchmarks/pages.py [--rounds 9] [--packages var/pages]

The first step fetches the two peers into a folder that is never committed; without it only ours and the floor are
measured. One small server on loopback sends all four gzip-compressed, from memory. Each round opens each page once in a
fresh context of one real Chromium, at 400 kbit/s, 400 ms and a processor slowed four times, and the pages take turns at
who is first. Printed are requests, bytes of bodies as sent, the medians of first paint and of the time until the last
question can be answered, in milliseconds from the start of the navigation, and both as a ratio to the floor. Goal:
first paint at most 1.1 of the floor's. The floor's style is in a file, as is usual; a floor with its style in the page,
as ours has it, is measured too.
"""

from __future__ import annotations

import argparse
import gzip
import json
import mimetypes
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, Page, Response, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import build as publishing  # noqa: E402 - a script outside the packages finds them only now
from survey.model import Instrument, Item  # noqa: E402
from tests.browser import chromium  # noqa: E402

THROUGHPUT = 400_000 / 8
"""Bytes a second."""
LATENCY = 400
"""Milliseconds before each answer."""
SLOWDOWN = 4
RADIOS = 30 * 5 + 5 + 6
"""Options of all questions: when the last of them has its place on the page, it can be answered."""
GOAL = 1.1

Files = Mapping[str, bytes]
"""What a server sends, by path."""


# --- the pages ------------------------------------------------------------------------------------


def ours(work: Path) -> tuple[Instrument, dict[str, bytes]]:
    """The instrument and the published site, without compressed twins: the server compresses for all."""
    built = publishing.build(ROOT / "benchmarks" / "instruments", work, drafts=True)
    library = publishing.read_checked(ROOT / "benchmarks" / "instruments", "en")
    paths = [path for path in built.site.rglob("*") if path.is_file() and path.suffix != ".gz"]
    files = {f"/ours/{path.relative_to(built.site).as_posix()}": path.read_bytes() for path in paths}
    return library.instruments["vertailu@1"], files


FLOOR_CSS = """\
body{max-width:40em;margin:0 auto;padding:1em;font:1.1em/1.5 system-ui,sans-serif;color:#111;background:#fff}
h1{font-size:1.7em;line-height:1.2}
h2{font-size:1.3em;margin:2em 0 .5em}
fieldset{border:0;margin:0 0 1.5em;padding:0}
legend{font-weight:600;padding:0;margin-bottom:.3em}
label{display:block;padding:.55em 0;min-height:1.5em}
fieldset label input{width:1.4em;height:1.4em;margin:0 .6em 0 0;vertical-align:-.2em}
textarea,input[type=number]{display:block;width:100%;box-sizing:border-box;font:inherit}
textarea,input[type=number]{padding:.4em;border:2px solid #555}
input[type=number]{max-width:8em}
button{font:inherit;font-weight:600;padding:.7em 1.4em;border:0;color:#fff;background:#00508f}
:focus-visible{outline:3px solid #b35900;outline-offset:2px}
"""


def floor(instrument: Instrument) -> dict[str, bytes]:
    """The same questions with the fewest elements that a form needs, and 0.7 kB of style in a file or within."""
    body = [f"<h1>{_text(instrument.title)}</h1>", f"<p>{_text(instrument.intro or {'en': ''})}</p>"]
    for section in instrument.sections:
        body.append(f"<h2>{_text(section.title or {'en': ''})}</h2>")
        if section.intro:
            body.append(f"<p>{_text(section.intro)}</p>")
        body += [_plain(instrument, item) for item in section.items]
    html = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_text(instrument.title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="floor.css">
<main>
<form method="post" action="submit">
{"".join(f"{part}{chr(10)}" for part in body)}<button>Send</button>
</form>
</main>
"""
    within = html.replace('<link rel="stylesheet" href="floor.css">', f"<style>{FLOOR_CSS}</style>")
    return {"/floor/": html.encode(), "/floor/floor.css": FLOOR_CSS.encode(), "/floor-within/": within.encode()}


def _plain(instrument: Instrument, item: Item) -> str:
    if item.type in ("likert", "single"):
        options = "\n".join(
            f'<label><input type="radio" name="{item.id}" value="{option.value}">{_text(option.label)}</label>'
            for option in instrument.options(item)
        )
        return f"<fieldset><legend>{_text(item.text)}</legend>\n{options}</fieldset>"
    field = "textarea" if item.type == "long_text" else 'input type="number"'
    end = "</textarea>" if item.type == "long_text" else ""
    return f'<p><label for="{item.id}">{_text(item.text)}</label><{field} id="{item.id}" name="{item.id}">{end}</p>'


def govuk(instrument: Instrument, packages: Path) -> dict[str, bytes]:
    """The same questions in the classes of GOV.UK Frontend, with its style sheet, its script, and its fonts."""
    dist = packages / "node_modules" / "govuk-frontend" / "dist" / "govuk"
    parts = []
    for section in instrument.sections:
        parts.append(f'<h2 class="govuk-heading-m">{_text(section.title or {"en": ""})}</h2>')
        if section.intro:
            parts.append(f'<p class="govuk-body">{_text(section.intro)}</p>')
        parts += [_govuk_field(instrument, item) for item in section.items]
    html = f"""<!doctype html>
<html lang="en" class="govuk-template">
<head>
<meta charset="utf-8">
<title>{_text(instrument.title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/govuk/govuk-frontend.min.css">
</head>
<body class="govuk-template__body">
<script>document.body.className += ' js-enabled govuk-frontend-supported'</script>
<a href="#main" class="govuk-skip-link" data-module="govuk-skip-link">Skip to main content</a>
<div class="govuk-width-container"><main class="govuk-main-wrapper" id="main">
<h1 class="govuk-heading-l">{_text(instrument.title)}</h1>
<p class="govuk-body">{_text(instrument.intro or {"en": ""})}</p>
<form method="post" action="submit" novalidate>
{"".join(parts)}
<button type="submit" class="govuk-button" data-module="govuk-button">Send</button>
</form></main></div>
<script type="module">import {{initAll}} from '/govuk/govuk-frontend.min.js'; initAll()</script>
</body>
</html>"""
    files = {"/govuk/": html.encode()}
    for name in ("govuk-frontend.min.css", "govuk-frontend.min.js"):
        files[f"/govuk/{name}"] = (dist / name).read_bytes()
    for path in (dist / "assets").rglob("*"):
        if path.is_file():
            files[f"/assets/{path.relative_to(dist / 'assets').as_posix()}"] = path.read_bytes()
    return files


def _govuk_field(instrument: Instrument, item: Item) -> str:
    text = _text(item.text)
    if item.type in ("likert", "single"):
        options = "".join(
            f'<div class="govuk-radios__item"><input class="govuk-radios__input" id="{item.id}-{n}" name="{item.id}" '
            f'type="radio" value="{option.value}"><label class="govuk-label govuk-radios__label" for="{item.id}-{n}">'
            f"{_text(option.label)}</label></div>\n"
            for n, option in enumerate(instrument.options(item))
        )
        return (
            f'<div class="govuk-form-group"><fieldset class="govuk-fieldset"><legend class="govuk-fieldset__legend '
            f'govuk-fieldset__legend--s">{text}</legend><div class="govuk-radios" data-module="govuk-radios">{options}'
            "</div></fieldset></div>\n"
        )
    label = f'<label class="govuk-label govuk-label--s" for="{item.id}">{text}</label>'
    if item.type == "long_text":
        field = f'<textarea class="govuk-textarea" id="{item.id}" name="{item.id}" rows="5"></textarea>'
    else:
        field = f'<input class="govuk-input govuk-input--width-3" id="{item.id}" name="{item.id}" inputmode="numeric">'
    return f'<div class="govuk-form-group">{label}{field}</div>\n'


def surveyjs(instrument: Instrument, packages: Path) -> dict[str, bytes]:
    """The same questions for SurveyJS, on one page, loaded as its own documentation does."""
    modules = packages / "node_modules"
    panels = [
        {
            "type": "panel",
            "name": f"p{n}",
            "title": _plain_text(section.title),
            "description": _plain_text(section.intro),
            "elements": [_surveyjs_field(instrument, item) for item in section.items],
        }
        for n, section in enumerate(instrument.sections)
    ]
    model = {
        "title": _plain_text(instrument.title),
        "description": _plain_text(instrument.intro),
        "pages": [{"name": "page", "elements": panels}],
    }
    html = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{_text(instrument.title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="survey-core.min.css">
<script src="survey.core.min.js"></script>
<script src="survey-js-ui.min.js"></script>
</head>
<body>
<div id="survey"></div>
<script>new Survey.Model({json.dumps(model)}).render(document.getElementById('survey'))</script>
</body>
</html>"""
    return {
        "/surveyjs/": html.encode(),
        "/surveyjs/survey-core.min.css": (modules / "survey-core" / "survey-core.min.css").read_bytes(),
        "/surveyjs/survey.core.min.js": (modules / "survey-core" / "survey.core.min.js").read_bytes(),
        "/surveyjs/survey-js-ui.min.js": (modules / "survey-js-ui" / "survey-js-ui.min.js").read_bytes(),
    }


def _surveyjs_field(instrument: Instrument, item: Item) -> dict[str, object]:
    found: dict[str, object] = {"name": item.id, "title": _plain_text(item.text)}
    if item.type in ("likert", "single"):
        choices = [{"value": option.value, "text": option.label["en"]} for option in instrument.options(item)]
        return {**found, "type": "radiogroup", "choices": choices}
    return (
        {**found, "type": "comment"} if item.type == "long_text" else {**found, "type": "text", "inputType": "number"}
    )


def _plain_text(text: Mapping[str, str] | None) -> str:
    return text["en"] if text else ""


def _text(text: Mapping[str, str]) -> str:
    return escape(text["en"])


# --- the server -----------------------------------------------------------------------------------


@contextmanager
def serving(files: Files) -> Iterator[str]:
    """Files from memory on a free port of loopback, compressed where that is usual."""
    packed = {path: gzip.compress(data, 9) for path, data in files.items()}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path not in files:
                self.send_error(404)
                return
            kind = "text/html" if path.endswith("/") else mimetypes.guess_type(path)[0] or "application/octet-stream"
            compressed = not kind.startswith(("font/", "image/png", "image/x-icon"))
            body = packed[path] if compressed else files[path]
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
            if compressed:
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# --- measuring ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Visit:
    """One opening of a page, in milliseconds from the start of the navigation."""

    first_paint: float
    usable: float


WATCH = """
(() => {
  const look = () => {
    const radios = document.querySelectorAll('input[type=radio]');
    const last = radios[radios.length - 1];
    if (radios.length >= %d && last.parentElement.getClientRects().length) { window.usableAt = performance.now(); }
    else { requestAnimationFrame(look); }
  };
  requestAnimationFrame(look);
})();
"""


def visit(browser: Browser, address: str) -> Visit:
    """Opens a page on a slow link with a slow processor, and with nothing kept from before."""
    context = browser.new_context(viewport={"width": 390, "height": 800})
    try:
        page = context.new_page()
        slow(page)
        page.add_init_script(WATCH % RADIOS)
        page.goto(address, wait_until="load", timeout=120_000)
        page.wait_for_function("window.usableAt && performance.getEntriesByType('paint').length", timeout=120_000)
        paints = page.evaluate("performance.getEntriesByType('paint').map(each => [each.name, each.startTime])")
        painted = dict(paints)["first-contentful-paint"]
        # A script sees the last question just before the frame in which it is painted.
        return Visit(painted, max(painted, page.evaluate("window.usableAt")))
    finally:
        context.close()


def slow(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": LATENCY, "downloadThroughput": THROUGHPUT, "uploadThroughput": THROUGHPUT},
    )
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})


def first_view(browser: Browser, address: str) -> list[tuple[str, int]]:
    """Each request of a page, with the bytes of its body as sent; headers are not counted."""
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    responses: list[Response] = []
    page.on("response", lambda response: responses.append(response))
    page.goto(address, wait_until="networkidle")
    real = [response for response in responses if response.url.startswith("http")]
    seen = [(response.url, response.request.sizes()["responseBodySize"]) for response in real]
    context.close()
    return seen


def measure(browser: Browser, addresses: Mapping[str, str], rounds: int) -> Mapping[str, list[Visit]]:
    """Every page once in each round; another one is first each time."""
    names = list(addresses)
    found: dict[str, list[Visit]] = {name: [] for name in names}
    for name in names:
        # The first visit of a browser pays for what it sets up.
        visit(browser, addresses[name])
    for turn in range(rounds):
        for n in range(len(names)):
            name = names[(turn + n) % len(names)]
            found[name].append(visit(browser, addresses[name]))
    return found


def report(browser: Browser, addresses: Mapping[str, str], rounds: int, details: bool) -> None:
    sizes = {name: first_view(browser, address) for name, address in addresses.items()}
    visits = measure(browser, addresses, rounds)
    medians = {
        name: (statistics.median(v.first_paint for v in each), statistics.median(v.usable for v in each))
        for name, each in visits.items()
    }
    print(f"{'page':<18} {'requests':>8} {'bytes':>9} {'first paint':>12} {'usable':>8} {'of the floor':>14}")
    for name, (paint, usable) in medians.items():
        ratios = f"{paint / medians['floor'][0]:.2f} / {usable / medians['floor'][1]:.2f}"
        total = sum(size for _url, size in sizes[name])
        print(f"{name:<18} {len(sizes[name]):>8} {total:>9,} {paint:>12,.0f} {usable:>8,.0f} {ratios:>14}")
        if details:
            for url, size in sizes[name]:
                print(f"    {size:>9,}  {url.split('/', 3)[3]}")
    ratio = medians["ours"][0] / medians["floor"][0]
    print(
        f"Goal: first paint at most {GOAL} of the floor's. It is {ratio:.2f}: {'met' if ratio <= GOAL else 'missed'}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Compares the weight and the speed of pages.")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--packages", type=Path, default=ROOT / "var" / "pages", help="Where npm put the peers.")
    parser.add_argument("--details", action="store_true", help="Each request with its bytes.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work, sync_playwright() as playwright:
        instrument, files = ours(Path(work))
        files |= floor(instrument)
        paths = {"floor": "/floor/", "its style within": "/floor-within/", "ours": "/ours/en/vertailu-v1-start.html"}
        if (options.packages / "node_modules").is_dir():
            files |= govuk(instrument, options.packages) | surveyjs(instrument, options.packages)
            paths |= {"GOV.UK Frontend": "/govuk/", "SurveyJS": "/surveyjs/"}
        browser = playwright.chromium.launch(
            executable_path=chromium.ready() or chromium.install(), args=list(chromium.ARGUMENTS)
        )
        with serving(files) as address:
            report(browser, {name: address + path for name, path in paths.items()}, options.rounds, options.details)
        browser.close()


if __name__ == "__main__":
    main()
