"""Bodies of all kinds against what must always hold: a bounded look with Atheris where it can be had, which lets the
code's own branches lead it, and everywhere with Hypothesis, which puts forms together from what questionnaires know."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from survey import json_answers
from tests.collector.sending import answers_of
from tests.fuzzing import targets
from tests.fuzzing.conftest import EXAMPLES, MINUTES, depth

TESTED_WITH = tomllib.loads((targets.ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["test"]
(ATHERIS,) = (found for found in map(Requirement, TESTED_WITH) if found.name == "atheris")
# pyproject.toml alone says where there is a wheel; where there is one, it is there.
HAS_ATHERIS = ATHERIS.marker is None or ATHERIS.marker.evaluate()
SEEDS = {"members": 1}
"""With which a planted fault is found soonest; with others it takes longer."""
LOOK = [f"-max_total_time={60 * MINUTES}"] if MINUTES else ["-runs=2000", "-seed=1"]


def look(target: str, folder: Path, *options: str) -> subprocess.Popen[str]:
    folder.mkdir()
    command = [sys.executable, str(Path(__file__).with_name("fuzz.py")), target, *options]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.slow
@pytest.mark.skipif(not HAS_ATHERIS, reason="Atheris has no wheel here; Hypothesis looks at the same targets below")
@pytest.mark.parametrize("target", targets.TARGETS)
def test_no_body_breaks_what_must_hold(target: str, tmp_path: Path) -> None:
    """Nothing is found; and the same look finds a fault that was put in, and keeps the body that shows it."""
    as_it_is = look(target, tmp_path / "as-it-is", *LOOK)
    planted = look(target, tmp_path / "planted", "--planted", "-runs=3000000", f"-seed={SEEDS.get(target, 4)}")
    (said, _), (told, _) = as_it_is.communicate(), planted.communicate()
    assert as_it_is.returncode == 0, said[-3000:]
    assert "DONE" in said and planted.returncode != 0 and "Uncaught Python exception" in told, told[-3000:]
    assert len([*(tmp_path / "planted").glob("crash-*")]) == 1


# --- with Hypothesis ------------------------------------------------------------------------------

NAMES = sorted({name for instrument, wave in targets.asked() for item in instrument.items(wave)
                for name in targets.answers.item_fields(instrument, item)})  # fmt: skip
OWN = ("_id", "_instrument", "_version", "_wave", "_language", "_channel", "_helper", "_code", "_asked", "_result")
VALUES = st.one_of(
    st.sampled_from(sorted(targets.words())),
    st.text(st.characters(codec="utf-8"), max_size=30),
    st.text("0123456789.,- :/\u0661\u06f3\uff15\u2212\u200f\u00a0\u066b\u066c+eE", max_size=15),
    st.integers(-(10**13), 10**13).map(str),
    st.text(st.characters(codec="utf-8"), min_size=1990, max_size=2010),
    st.sampled_from(["1" * 5000, "\u0663" * 5000, "a" * 200_001, "\u0301" * 5000]),
)


@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=12))
@depth(8 * EXAMPLES)
def test_forms_of_known_questions(form: dict[str, str]) -> None:
    """Whatever is typed or chosen under the names of questions."""
    targets.judged(urlencode(form).encode())


@pytest.mark.parametrize("one", targets.asked(), ids=lambda one: f"{one[0].key}-{one[1]}")
@given(data=st.data())
@depth(2 * EXAMPLES)
def test_forms_of_one_questionnaire(one: tuple[targets.Instrument, str], data: st.DataObject) -> None:
    """Names of one questionnaire alone, so that the form gets as far as judging: typed values and right ones mixed."""
    names = sorted({name for item in one[0].items(one[1]) for name in targets.answers.item_fields(*[one[0], item])})
    typed = data.draw(st.dictionaries(st.sampled_from(names), VALUES, max_size=12))
    right = data.draw(answers_of(json_answers.schema(*one)))
    chosen = json_answers.fields(*one, right)
    targets.judged(urlencode({**{name: values[0] for name, values in chosen.items()}, **typed}).encode())


@given(st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=10), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | VALUES, lambda i: st.lists(i, max_size=3)
), max_size=12))  # fmt: skip
@depth(4 * EXAMPLES)
def test_answers_as_json(sent: dict[str, object]) -> None:
    """Whatever stands under the names of questions, in kinds that they have and have not."""
    targets.judged_json(json.dumps(sent).encode())


@given(st.dictionaries(st.sampled_from([*NAMES, *OWN, "_end", "_none"]), VALUES, max_size=8))
@depth(4 * EXAMPLES)
def test_whole_forms(form: dict[str, str]) -> None:
    """Also with fields of ours that say something else."""
    targets.received(urlencode(form).encode())


@given(st.data(), st.sampled_from(sorted(targets.TARGETS)))
@depth(8 * EXAMPLES)
def test_any_bytes(data: st.DataObject, target: str) -> None:
    """No bytes at all break anything; and those that broke something once."""
    body = data.draw(st.sampled_from(targets.SEEDS[target]) | st.binary(max_size=300))
    targets.TARGETS[target](body)
