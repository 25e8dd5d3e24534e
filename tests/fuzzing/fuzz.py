#!/usr/bin/env python
"""Looks with Atheris for a body that breaks what must hold: fuzz.py TARGET [--planted] [options of libFuzzer].

It begins with the target's seeds, in a folder that is given or made for the while, and ends with an error on the first
body that breaks something, which it names. `--planted` puts a fault into the collector first, so that one sees it found.
"""

from __future__ import annotations

import re
import sys
import tempfile
import urllib.parse
from pathlib import Path
from typing import Any

import atheris

sys.path.insert(0, str(Path(__file__).parents[2]))

INSTRUMENTED = [
    "collector.bodies",
    "collector.receive",
    "survey.answers",
    "survey.json_answers",
    "survey.logic",
    "survey.codes",
]
with atheris.instrument_imports(include=[*INSTRUMENTED, "urllib.parse"]):
    from collector import bodies
    from survey import answers, json_answers
    from tests.fuzzing import targets


def plant(target: str) -> None:
    """A fault of the kind that is easily made."""
    if target == "fields":
        bodies.parse_qsl = lambda *given, **named: urllib.parse.parse_qsl(  # type: ignore[assignment]
            *given, **{**named, "errors": "surrogateescape"}
        )
    elif target == "members":
        bodies._no_number = float  # type: ignore[assignment]
    elif target == "judged":
        answers._NUMBER = re.compile(answers._NUMBER.pattern.replace("[0-9]{1,12})", r"\w{1,12})"))
    elif target == "judged_json":
        json_answers._digits = lambda number: str(int(number))  # type: ignore[assignment]
        json_answers._is_number = lambda answer: isinstance(answer, int | float | str)  # type: ignore[assignment]
    else:
        tidy: Any = answers._tidy
        answers._tidy = lambda text, *, lines: tidy(text, lines=lines) if "\x00" not in text else text[99]


def main() -> None:
    name, *options = sys.argv[1:]
    if "--planted" in options:
        options.remove("--planted")
        plant(name)
    with tempfile.TemporaryDirectory() as folder:
        seeds = Path(folder) / "seeds"
        seeds.mkdir()
        for n, seed in enumerate(targets.SEEDS[name]):
            (seeds / f"{n}").write_bytes(seed)
        words = Path(folder) / "words"
        escaped = sorted({"".join(f"\\x{byte:02x}" for byte in word.encode()) for word in targets.words()})
        words.write_text("".join(f'"{word}"\n' for word in escaped))
        folders = [option for option in options if not option.startswith("-")]
        flags = [option for option in options if option.startswith("-")]
        defaults = [
            "-max_len=8192",
            "-len_control=0",
            "-timeout=10",
            f"-artifact_prefix={Path.cwd()}/",
            f"-dict={words}",
        ]
        atheris.Setup([sys.argv[0], *defaults, *flags, *folders, str(seeds)], targets.TARGETS[name])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
