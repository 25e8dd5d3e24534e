"""Makes docs/picture.png, the picture of the README: a questionnaire on a phone beside the report.

`make picture` runs it. It uses the demonstration's dataset (`make demo ONCE=1`), so the people in it are simulated.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import chromium  # noqa: E402 - a script outside the package finds it only now

WORK = ROOT / "var" / "picture"
DEMO = ROOT / "var" / "demo"
FRAME = """<!doctype html><meta charset="utf-8"><style>
body{{margin:0;background:#dfe7e2;width:1500px;height:900px;position:relative;overflow:hidden}}
img{{position:absolute;display:block;box-shadow:0 10px 40px #0005}}
.report{{inset:50px auto auto 520px;width:920px;height:850px;object-fit:cover;object-position:top;border-radius:10px}}
.phone{{inset:50px auto auto 90px;width:350px;height:760px;object-fit:cover;object-position:top;
border:14px solid #1a1d21;border-radius:38px}}</style>
<img class="report" src="{report}" alt=""><img class="phone" src="{phone}" alt="">"""


def main() -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    if not (DEMO / "dataset").exists():
        run("demo", "--once")
    run("report", "--dataset", DEMO / "dataset", "--output", WORK / "report", "--language", "en")
    with sync_playwright() as playwright:
        path = chromium.ready() or chromium.install()
        browser = playwright.chromium.launch(executable_path=path, args=list(chromium.ARGUMENTS))
        report = shot(browser, WORK / "report" / "index.html", 1150, 1060, WORK / "report.png")
        page = DEMO / "site" / "en" / "asiakasmuutosmittari-v1-start.html"
        phone = shot(browser, page, 390, 850, WORK / "phone.png", scroll_to="#i-_code")
        frame = WORK / "frame.html"
        frame.write_text(FRAME.format(report=report.name, phone=phone.name))
        shot(browser, frame, 1500, 900, ROOT / "docs" / "picture.png", scale=1)
        browser.close()


def run(*arguments: object) -> None:
    """Runs a command of Mittari, or stops with what it said."""
    subprocess.run([sys.executable, ROOT / "mittari.py", *map(str, arguments)], cwd=ROOT, check=True)


def shot(
    browser: Browser, page: Path, width: int, height: int, out: Path, *, scale: float = 2, scroll_to: str = ""
) -> Path:
    """A picture of a page in a window."""
    context = browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=scale)
    tab = context.new_page()
    tab.goto(page.as_uri())
    if scroll_to:
        tab.locator(scroll_to).evaluate("e => window.scrollTo(0, e.getBoundingClientRect().top + scrollY - 150)")
        tab.locator('input[name="wb1"][value="4"]').check()
    tab.screenshot(path=out)
    context.close()
    return out


if __name__ == "__main__":
    main()
