"""The codebook of the data file, against the standard's structure and the file that it describes."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

import pyreadstat
import pytest
from defusedxml.ElementTree import fromstring

from analysis.files import Written
from survey.codebook_xml import NAMESPACE
from tests.exchange import test_ddi as instruments

NS = f"{{{NAMESPACE}}}"
ORDER: Mapping[str, tuple[str, ...]] = {
    **instruments.ORDER,
    "dataAccs": ("setAvail", "useStmt", "notes"),
    "useStmt": ("confDec", "specPerm", "restrctn", "contact", "citReq", "deposReq", "conditions", "disclaimer"),
    "invalrng": ("item", "range", "key", "notes"),
}


@pytest.fixture(scope="module")
def root(folder: tuple[Path, Written]) -> ET.Element:
    found: ET.Element = fromstring((folder[0] / "spss" / "responses.ddi.xml").read_bytes())
    return found


def test_elements_stand_in_the_order_of_the_schema(root: ET.Element) -> None:
    """Every element is one that its parent can have, in the order of the schema, with values that it lists."""
    for parent in root.iter():
        name = parent.tag.removeprefix(NS)
        places = [ORDER[name].index(child.tag.removeprefix(NS)) for child in parent]
        assert places == sorted(places), name
        for attribute, value in parent.attrib.items():
            assert value in instruments.TAKEN.get(f"{name} {attribute}", (value,)), f"{name} {attribute}"


def test_variables_are_those_of_the_file(root: ET.Element, folder: tuple[Path, Written]) -> None:
    """Names, labels, values, user-missing values and counts are what a reader of the .sav finds in it."""
    frame, found = pyreadstat.read_sav(folder[0] / "spss" / "responses.sav", user_missing=True)
    variables = list(root.iter(f"{NS}var"))
    assert [one.attrib["name"] for one in variables] == found.column_names
    assert [one.findtext(f"{NS}labl") for one in variables] == found.column_labels
    assert root.findtext(f".//{NS}varQnty") == str(len(found.column_names))
    assert root.findtext(f".//{NS}caseQnty") == str(len(frame))
    for one in variables:
        name = one.attrib["name"]
        labels = {_plain(value): label for value, label in found.variable_value_labels.get(name, {}).items()}
        told = {c.findtext(f"{NS}catValu"): c.findtext(f"{NS}labl") for c in one.iter(f"{NS}catgry")}
        assert told == labels, name
        ends = [(float(r.attrib["min"]), float(r.attrib["max"])) for r in one.iter(f"{NS}range")]
        if found.original_variable_types[name][0] == "F":
            assert ends == [(r["lo"], r["hi"]) for r in found.missing_ranges.get(name, [])], name
        form = one.find(f"{NS}varFormat")
        assert form is not None and form.attrib["formatname"] == found.original_variable_types[name]


def _plain(value: object) -> str:
    return str(int(value)) if isinstance(value, float) else str(value)


def test_reasons_are_marked_as_missing(root: ET.Element) -> None:
    """A number for a reason is a category that is missing, of a type; numbers for answers are not."""
    (which,) = [one for one in root.iter(f"{NS}var") if one.attrib["name"] == "which"]
    found = [
        (c.findtext(f"{NS}catValu"), c.attrib.get("missing"), c.attrib.get("missType"))
        for c in which.iter(f"{NS}catgry")
    ]
    assert found == [
        ("5", None, None), ("1", None, None), ("2", None, None),
        ("-91", "Y", "not_shown"), ("-92", "Y", "skipped"), ("-94", "Y", "dont_know"),
    ]  # fmt: skip


def test_references_resolve_and_no_frequency_is_told(root: ET.Element) -> None:
    """Groups name variables that are there, ids are unique, and how many chose what is nowhere."""
    ids = [element.attrib["ID"] for element in root.iter() if "ID" in element.attrib]
    assert len(ids) == len(set(ids))
    refs = {ref for element in root.iter() for name in ("var", "files") for ref in element.attrib.get(name, "").split()}
    assert refs <= set(ids)
    groups = {group.attrib.get("name"): group for group in root.iter(f"{NS}varGrp")}
    assert groups["help"].attrib["var"] == "V_help.cv V_help.2"
    assert not [*root.iter(f"{NS}catStat"), *root.iter(f"{NS}sumStat"), *root.iter(f"{NS}TotlResp")]


def test_who_may_use_the_data_is_said(root: ET.Element) -> None:
    """That they are personal data, and for whom."""
    assert "personal data" in (root.findtext(f".//{NS}confDec") or "")
    assert "own analysis" in (root.findtext(f".//{NS}restrctn") or "")
