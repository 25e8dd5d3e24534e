"""docs/walkthrough.md is a walk that can be walked: every block is run, and what it prints is what stands on the page."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import mittari
from analysis.__main__ import main as of_a_file
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "walkthrough.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
EXACT = 1e-6
"""Numbers are equal that differ by this part: the last digits of a long one hang on the machine."""


def blocks(page: str) -> list[tuple[str, str]]:
    """The language and the content of each block of code, in order."""
    return BLOCK.findall(page)


def outputs(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """Each block that does something, with what it is said to print and what it prints, run in a folder, in order.

    `python` blocks share their names; `sh` blocks are commands; `yaml` blocks are files, named on their first line;
    `text` is what the block before it prints.
    """
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    found: list[tuple[str, str, str]] = []
    for language, content in blocks(page):
        if language == "text":
            code, _nothing, printed = found.pop()
            found.append((code, content, printed))
        elif language == "yaml":
            name = content.partition("\n")[0].removeprefix("# ")
            Path(name).write_text(content, encoding="utf-8")
        else:
            printed = _python(content, names) if language == "python" else _commands(content)
            found.append((content, "", printed))
    return found


def _python(code: str, names: dict[str, Any]) -> str:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(code, "docs/walkthrough.md", "exec"), names)
    return said.getvalue()


def _commands(lines: str) -> str:
    printed = []
    for line in lines.replace("\\\n", " ").splitlines():
        line, _pipe, first = line.partition(" 2>&1 | head -")
        words = shlex.split(line)
        command: click.Command = mittari.main
        if words[:3] == ["python", "-m", "analysis"]:
            command, words = of_a_file, words[2:]
        else:
            assert words[0] == "mittari", f"'{line}' cannot be run here"
        said = CliRunner().invoke(command, words[1:], catch_exceptions=False).output.splitlines(keepends=True)
        printed += said[: int(first)] if first else said
    return "".join(printed)


def alike(said: str, printed: str) -> bool:
    """Whether two texts have the same words and, but for their last digits, the same numbers."""
    one, other = ([line.rstrip() for line in text.strip().splitlines()] for text in (said, printed))
    if [NUMBER.sub("#", line) for line in one] != [NUMBER.sub("#", line) for line in other]:
        return False
    numbers = ([float(number) for number in NUMBER.findall("\n".join(lines))] for lines in (one, other))
    return next(numbers) == pytest.approx(next(numbers), rel=EXACT, abs=1e-12)


@pytest.mark.slow
def test_every_block_prints_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the first to the last, in one folder, as a reader would run them."""
    found = outputs(PAGE, tmp_path, monkeypatch)
    assert len(found) > 15
    for code, said, printed in found:
        assert alike(said, printed), f"{code}\nprints:\n{printed}\nand the page says:\n{said}"


def test_a_page_that_is_not_true_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another digit, another word, and an output that the page leaves out."""
    page = "```python\nprint('change', 2 / 3)\n```\n\n```text\nchange {}\n```\n"
    told = {}
    for said in ("0.66666667", "0.6667", "0.66666667 points", ""):
        ((_code, expected, printed),) = outputs(page.format(said), tmp_path, monkeypatch)
        told[said] = alike(expected, printed)
    assert told == {"0.66666667": True, "0.6667": False, "0.66666667 points": False, "": False}
    assert not alike("", "something")


REFERENCE = {
    "the trial": ("experimental_DW445", "HC2", "est"),
    "nothing made alike": ("obs_naive_CPS", "HC2", "est"),
    "at equal start values": ("obs_ols_adj", "est"),
    "difference-in-differences": ("obs_did_7578", "est"),
    "the same with covariates": ("obs_did_7578_adj", "est"),
    "odds": ("ipw_att_hajek", "est"),
    "overlap": ("overlap_ATO_main", "est"),
    "overlap of the rich model": ("overlap_ATO", "est"),
    "entropy balancing": ("entropy_balance_ATT", "est"),
}


@pytest.mark.parametrize("name", REFERENCE)
def test_the_walk_arrives_at_the_reference_figures(name: str) -> None:
    """What R has computed of the same data stands among what the blocks print: tests/reference/nsw.json."""
    value = json.loads((ROOT / "tests" / "reference" / "nsw.json").read_text(encoding="utf-8"))
    for key in REFERENCE[name]:
        value = value[key]
    printed = "\n".join(content for language, content in blocks(PAGE) if language == "text")
    assert re.search(rf"(?<![\d.]){re.escape(f'{value:.2f}')}(?!\d)", printed), f"{value:.2f}"
