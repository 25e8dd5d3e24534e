"""A few states look as they did when somebody last looked at them.

Fonts differ between machines, and would move everything. So the pages are laid out in DejaVu, which matplotlib brings,
without hyphenation. What is compared in `make test` are the boxes of landmarks, groups and controls, since these say
what moved; pictures differ a little with every version of Chromium, so they are compared coarsely, by
`make accessibility`. Either is small enough to be read in a review.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import matplotlib
import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page

from survey.model import Library
from tests.accessibility.checks import Looker
from tests.accessibility.states import Shown
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent / "appearance"
NOW = ROOT / "var" / "appearance"
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
HEIGHT = 1600
"""How far down a page is compared, in pixels."""
TOLERANCE = 6
"""By how many pixels a box may differ: versions of Chromium round differently."""


@dataclass(frozen=True, kw_only=True)
class View:
    """A state, by the end of its path where one sort of page has several, as it is looked at."""

    kind: str
    language: str
    state: str
    width: int
    scheme: Literal["light", "dark"]
    path: str = ""


EVERY_TYPE = "kentat-v1-end--tyohonvalmennus.html"
VIEWS = {
    "start": View(kind="start", language="fi", state="blank", width=390, scheme="light"),
    "start-wrong-code": View(kind="start", language="ar", state="wrong code", width=320, scheme="dark"),
    "every-type": View(kind="questionnaire", language="fi", state="blank", width=390, scheme="light", path=EVERY_TYPE),
    "every-type-wide": View(kind="questionnaire", language="fi", state="answered", width=1280, scheme="light", path=EVERY_TYPE),
    "every-type-from-the-right": View(kind="questionnaire", language="ar", state="answered", width=320, scheme="dark", path=EVERY_TYPE),
    "errors": View(kind="questionnaire", language="fi", state="errors", width=390, scheme="light", path=EVERY_TYPE),
    "thank-you": View(kind="thank-you", language="fi", state="sent, one more", width=390, scheme="dark"),
    "own-result": View(kind="thank-you", language="fi", state="sent, with what has changed", width=768, scheme="light"),
    "own-result-from-the-right": View(kind="thank-you", language="ar", state="sent, smaller than last time", width=320, scheme="dark"),
    "handed-on": View(kind="thank-you", language="sv", state="sent, on a shared device", width=1280, scheme="dark"),
    "notice": View(kind="notice", language="uk", state="blank", width=768, scheme="light"),
}  # fmt: skip
STYLE = """@font-face{font-family:Same;src:url(same.ttf)}@font-face{font-family:Same;font-weight:600 900;src:url(same-bold.ttf)}
*{font-family:Same!important;hyphens:manual!important;caret-color:transparent}"""
BOXES = """height => { let last = 0; return [...document.querySelectorAll(
  'header,nav,main,footer,h1,h2,fieldset,.q,.before,.summary,.notice,audio,input,select,textarea,button')]
  .filter(e => e.checkVisibility() && e.type !== 'hidden' && e.getBoundingClientRect().top + scrollY < height).map(e => {
    const box = e.getBoundingClientRect(), top = box.top + scrollY, below = top - last; last = top;
    const name = e.localName + (e.id ? '#' + e.id : e.classList.length ? '.' + e.classList[0] : '');
    return [name, Math.round(box.left), Math.round(below), Math.round(box.width), Math.round(box.height)]; }); }"""


@pytest.fixture(scope="module")
def window(browser: Browser, library: Library) -> Iterator[Looker]:
    opened = Looker(browser, library)
    opened.page.route("**/same.ttf", lambda route: route.fulfill(path=FONTS / "DejaVuSans.ttf"))
    opened.page.route("**/same-bold.ttf", lambda route: route.fulfill(path=FONTS / "DejaVuSans-Bold.ttf"))
    yield opened
    opened.close()


def laid_out(window: Looker, shown: list[Shown], view: View) -> Page:
    """The state in its window, in the same font everywhere."""
    wanted = (view.kind, view.language, view.state)
    one = next(s for s in shown if (s.kind, s.language, s.state) == wanted and s.path.endswith(view.path))
    page = window.show(one, width=view.width, height=HEIGHT)
    page.emulate_media(color_scheme=view.scheme)
    page.add_style_tag(content=STYLE)
    page.evaluate("document.fonts.load('1rem Same').then(() => document.fonts.load('bold 1rem Same'))")
    page.evaluate("document.fonts.ready.then(() => { document.activeElement.blur(); scrollTo(0, 0); })")
    return page


def test_boxes_stand_where_they_stood(shown: list[Shown], window: Looker) -> None:
    """Where each landmark, heading, group and control stands: its left edge, its distance from the one before, its size."""
    now = {name: laid_out(window, shown, view).evaluate(BOXES, HEIGHT) for name, view in VIEWS.items()}
    NOW.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(
        f'"{name}": [\n' + ",\n".join(f" {json.dumps(box)}" for box in boxes) + "\n]" for name, boxes in now.items()
    )
    (NOW / "boxes.json").write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    before = json.loads((HERE / "boxes.json").read_text(encoding="utf-8"))
    moved = [line for name in VIEWS for line in differences(name, before.get(name, []), now[name])]
    assert moved == [], (
        "Look at these pages. If they are right: cp var/appearance/boxes.json tests/accessibility/appearance/"
    )


Box = list[str | int]


def differences(view: str, before: list[Box], now: list[Box]) -> list[str]:
    """A line for each box that came, went or moved by more than the tolerance."""
    named = [[str(box[0]) for box in boxes] for boxes in (before, now)]
    if named[0] != named[1]:
        return [f"{view}: {name} {what}" for what, a, b in (("has gone", *named), ("is new", *reversed(named)))
                for name in dict.fromkeys(a) if a.count(name) > b.count(name)] or [f"{view}: another order"]  # fmt: skip
    return [
        f"{view}: {a[0]} was {a[1:]}, is {b[1:]}"
        for a, b in zip(before, now, strict=True)
        if any(abs(int(x) - int(y)) > TOLERANCE for x, y in zip(a[1:], b[1:], strict=True))
    ]


def test_a_box_that_moves_is_told() -> None:
    """What comes, goes, moves or grows is told; a pixel or two is not."""
    before: list[Box] = [["main", 0, 10, 320, 900], ["button.send", 16, 40, 120, 50]]
    assert differences("start", before, [["main", 1, 9, 320, 904], ["button.send", 16, 40, 120, 50]]) == []
    assert differences("start", before, [["main", 0, 10, 320, 900], ["button.send", 16, 40, 90, 50]]) == [
        "start: button.send was [16, 40, 120, 50], is [16, 40, 90, 50]"
    ]
    assert differences("start", before, before[:1]) == ["start: button.send has gone"]


@pytest.mark.accessibility
@pytest.mark.parametrize("name", VIEWS)
def test_pictures_look_as_they_did(name: str, shown: list[Shown], window: Looker) -> None:
    """Pictures made coarse, so that the edges of letters do not count: at most one block in 200 may differ in earnest."""
    page = laid_out(window, shown, VIEWS[name])
    data = page.screenshot(clip={"x": 0, "y": 0, "width": VIEWS[name].width, "height": HEIGHT})
    NOW.mkdir(parents=True, exist_ok=True)
    Image.open(io.BytesIO(data)).convert("RGB").quantize(48).save(NOW / f"{name}.png", optimize=True)
    there = HERE / f"{name}.png"
    assert there.exists(), (
        f"Look at var/appearance/{name}.png. If it is right, copy it to tests/accessibility/appearance/"
    )
    assert differing(there, NOW / f"{name}.png") < 0.005, (
        f"Look at var/appearance/{name}.png. If it is right, copy it to tests/accessibility/appearance/"
    )


def differing(a: Path, b: Path) -> float:
    """The share of blocks of 8 × 8 pixels whose mean colours differ by more than 32 of 255; 1 where the sizes differ."""
    one, other = (Image.open(path).convert("RGB") for path in (a, b))
    if one.size != other.size:
        return 1.0
    coarse = [image.resize((image.width // 8, image.height // 8), Image.Resampling.BOX) for image in (one, other)]
    counts = ImageChops.difference(*coarse).convert("L").histogram()
    return sum(counts[33:]) / sum(counts)


def test_a_picture_that_differs_is_told(tmp_path: Path) -> None:
    """A button that is gone is told; a line that is a pixel lower is not."""
    kept = tmp_path / "kept.png"
    shutil.copy(HERE / "start.png", kept)
    image = Image.open(kept).convert("RGB")
    image.paste("white", (0, 400, 320, 520))
    image.save(kept)
    assert differing(HERE / "start.png", kept) > 0.005
    ImageChops.offset(Image.open(HERE / "start.png").convert("RGB"), 0, 1).save(kept)
    assert differing(HERE / "start.png", kept) < 0.005


def test_native_controls_can_be_seen(shown: list[Shown], browser: Browser, library: Library) -> None:
    """The edge of a radio button and a tick box, which the browser draws, has 3:1 against the page in both schemes."""
    wanted = (one for one in shown if one.path.endswith(EVERY_TYPE) and one.state == "blank")
    # Enlarged, so that the edge is whole pixels and not mixed with what is beside it.
    enlarged = Looker(browser, library, zoom=4)
    page = enlarged.show(next(wanted))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for kind in ("radio", "checkbox"):
            data = page.locator(f"main input[type={kind}]:not(:checked)").first.screenshot()
            image = Image.open(io.BytesIO(data)).convert("RGB")
            paper = page.evaluate(
                "getComputedStyle(document.documentElement).backgroundColor.match(/[0-9]+/g).map(Number)"
            )
            across = [image.getpixel((x, image.height // 2)) for x in range(6)]
            assert max(contrast(colour, tuple(paper)) for colour in across) >= 3, (scheme, kind, across, paper)  # type: ignore[arg-type]
    enlarged.close()


def contrast(a: tuple[int, int, int], b: tuple[int, int, int]) -> float:
    """The contrast of two colours, as WCAG defines it."""
    low, high = sorted(
        sum(w * (v / 255 / 12.92 if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4)
            for w, v in zip((0.2126, 0.7152, 0.0722), colour, strict=True))
        for colour in (a, b)
    )  # fmt: skip
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_as_defined() -> None:
    """Black on white is 21, and #767676 on white is the known 4.54."""
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.005)
