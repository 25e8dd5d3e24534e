"""DDI Codebook: the structure that the standard's schema asks for, and every variable in every language."""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring

from exchange import ddi
from survey.codebook_xml import NAMESPACE
from survey.variables import FIXED, variables
from tests.exchange.exporting import INSTRUMENTS, check_losses, context, entries, instrument

NS = f"{{{NAMESPACE}}}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"

ORDER: Mapping[str, tuple[str, ...]] = {
    "codeBook": ("docDscr", "stdyDscr", "fileDscr", "dataDscr", "otherMat"),
    "stdyDscr": (
        "citation", "studyAuthorization", "stdyInfo", "studyDevelopment", "method", "dataAccs", "othrStdyMat", "notes",
    ),
    "citation": ("titlStmt", "rspStmt", "prodStmt", "distStmt", "serStmt", "verStmt", "biblCit", "holdings", "notes"),
    "titlStmt": ("titl", "subTitl", "altTitl", "parTitl", "IDNo"),
    "rspStmt": ("AuthEnty", "othId"),
    "prodStmt": ("producer", "copyright", "prodDate", "prodPlac", "software", "fundAg", "grantNo"),
    "distStmt": ("distrbtr", "contact", "depositr", "depDate", "distDate"),
    "verStmt": ("version", "verResp", "notes"),
    "stdyInfo": ("studyBudget", "subject", "abstract", "sumDscr", "qualityStatement", "notes", "exPostEvaluation"),
    "sumDscr": (
        "timePrd", "collDate", "nation", "geogCover", "geogUnit", "geoBndBox", "boundPoly", "anlyUnit", "universe",
        "dataKind",
    ),
    "method": ("dataColl", "notes", "anlyInfo", "stdyClas", "dataProcessing", "codingInstructions"),
    "dataColl": (
        "timeMeth", "dataCollector", "collectorTraining", "frequenc", "sampProc", "sampleFrame", "targetSampleSize",
        "deviat", "collMode", "resInstru", "instrumentDevelopment", "sources", "collSitu", "actMin", "ConOps", "weight",
        "cleanOps",
    ),
    "fileDscr": ("fileTxt", "locMap", "notes"),
    "fileTxt": (
        "fileName", "fileCitation", "dataFingerprint", "fileCont", "fileStrc", "dimensns", "fileType", "format",
        "filePlac", "dataChck", "ProcStat", "dataMsng", "software", "verStmt",
    ),
    "dimensns": ("caseQnty", "varQnty", "logRecL", "recPrCas", "recNumTot"),
    "dataDscr": ("varGrp", "nCubeGrp", "var", "nCube", "notes"),
    "varGrp": ("labl", "txt", "concept", "defntn", "universe", "notes"),
    "var": (
        "location", "labl", "imputation", "security", "embargo", "respUnit", "anlysUnit", "qstn", "valrng", "invalrng",
        "undocCod", "universe", "TotlResp", "sumStat", "txt", "stdCatgry", "catgryGrp", "catgry", "codInstr", "verStmt",
        "concept", "derivation", "varFormat", "geoMap", "catLevel", "notes",
    ),
    "qstn": ("preQTxt", "qstnLit", "postQTxt", "forward", "backward", "ivuInstr"),
    "valrng": ("range", "key", "notes"),
    "catgry": ("catValu", "labl", "txt", "catStat", "mrow"),
    "derivation": ("drvdesc", "drvcmd"),
}  # fmt: skip
"""The children that an element can have, in the order that codebook.xsd 2.5 gives them; those not named have none."""

TAKEN: Mapping[str, tuple[str, ...]] = {
    "varGrp type": ("section", "multipleResp", "grid", "record", "other"),
    "var intrvl": ("contin", "discrete"),
    "var representationType": ("text", "numeric", "code", "datetime", "other"),
    "qstn responseDomainType": ("text", "numeric", "code", "category", "datetime", "multiple", "other"),
    "range UNITS": ("INT", "REAL"),
    "catgry missing": ("Y", "N"),
    "varFormat type": ("character", "numeric"),
    "varFormat schema": ("SAS", "SPSS", "IBM", "ANSI", "ISO", "XML-Data", "other"),
    "varFormat category": ("date", "time", "currency", "other"),
}
"""The values that attributes can have, of those that the schema lists."""


def written(id: str, **changes: Any) -> ET.Element:
    """The codebook of an instrument, parsed."""
    one = dataclasses.replace(instrument(id), **changes)
    (data,) = ddi.write(one, context(id)).files.values()
    root: ET.Element = fromstring(data)
    return root


def _name(element: ET.Element) -> str:
    assert element.tag.startswith(NS), element.tag
    return element.tag.removeprefix(NS)


@pytest.mark.parametrize("id", INSTRUMENTS)
def test_elements_stand_in_the_order_of_the_schema(id: str) -> None:
    """Every element is one that its parent can have, in the order of the schema, with values that it lists."""
    root = written(id)
    assert root.attrib == {"version": "2.5"}
    for parent in root.iter():
        order = ORDER.get(_name(parent), ())
        places = [order.index(_name(child)) for child in parent]
        assert places == sorted(places), _name(parent)
        for attribute, value in parent.attrib.items():
            assert value in TAKEN.get(f"{_name(parent)} {attribute}", (value,)), f"{_name(parent)} {attribute}"


@pytest.mark.parametrize("id", INSTRUMENTS)
def test_identifiers_are_unique_and_references_resolve(id: str) -> None:
    """No two elements share an ID, and each variable that a group names and each file is there."""
    root = written(id)
    ids = [element.attrib["ID"] for element in root.iter() if "ID" in element.attrib]
    assert len(ids) == len(set(ids))
    refs = {ref for element in root.iter() for name in ("var", "files") for ref in element.attrib.get(name, "").split()}
    assert refs <= set(ids)
    sections = [group for group in root.iter(f"{NS}varGrp") if group.attrib["type"] == "section"]
    grouped = [ref for group in sections for ref in group.attrib.get("var", "").split()]
    assert grouped == [f"V_{variable.name}" for variable in variables(instrument(id))]


@pytest.mark.parametrize("id", INSTRUMENTS)
def test_variables_are_labelled_in_every_language(id: str) -> None:
    """The variables are the columns of the dataset, each with a label in each language, and questions too."""
    one, root = instrument(id), written(id)
    found = list(root.iter(f"{NS}var"))
    assert [variable.attrib["name"] for variable in found] == [*FIXED, *(v.name for v in variables(one))]
    quantity = root.find(f".//{NS}varQnty")
    assert quantity is not None and quantity.text == str(len(found))
    for element in found[len(FIXED) :]:
        assert [label.attrib[LANG] for label in element.findall(f"{NS}labl")] == list(one.languages)
        for category in element.findall(f"{NS}catgry"):
            labels = [label.attrib[LANG] for label in category.findall(f"{NS}labl")]
            assert labels in ([], list(one.languages))
    (data,) = ddi.write(one, context(id)).files.values()
    assert data == next(iter(ddi.write(one, context(id)).files.values()))
    check_losses(id, ddi.write(one, context(id)))


def variable(root: ET.Element, name: str) -> ET.Element:
    """The description of one variable."""
    (found,) = [element for element in root.iter(f"{NS}var") if element.attrib["name"] == name]
    return found


def said(element: ET.Element, path: str, language: str | None = "en") -> list[str]:
    """The texts of the elements at a path below another, in a language or (None) in none."""
    found = element.findall("/".join(f"{NS}{step}" for step in path.split("/")))
    return [one.text or "" for one in found if one.attrib.get(LANG) == language]


def test_what_a_variable_says() -> None:
    """Question, stem, values, missing values, range, condition, ground and rules of one variable each."""
    root = written("kentat")
    row = variable(root, "grid_plans")
    question = next(q for q in row.findall(f"{NS}qstn") if q.attrib[LANG] == "en")
    assert [(_name(part), part.text) for part in question] == [
        ("preQTxt", "How well do these fit you?"), ("qstnLit", "I do not know what to do."),
    ]  # fmt: skip
    values = [(c.attrib.get("missing"), c.findtext(f"{NS}catValu")) for c in row.findall(f"{NS}catgry")]
    assert values == [(None, "1"), (None, "2"), (None, "3"), ("Y", "9")]
    assert "Reverse-scored." in said(row, "notes")
    assert said(row, "concept") == ["Coping"]
    scale = variable(root, "scale")
    assert said(scale, "security") == ["Sensitive. Ground: GDPR 9(2)(g)."]
    assert [r.attrib for r in scale.iter(f"{NS}range")] == [{"UNITS": "INT", "min": "0", "max": "10"}]
    assert said(scale, "catgry/labl") == ["The worst possible", "The best possible", "I would rather not say"]
    hours = variable(root, "integer")
    assert said(hours, "universe") == [
        "your answer to “Are you working now?” is “Full time” or “Part time” or “Something else”"
    ]
    assert said(variable(root, "calculated"), "derivation/drvcmd", None) == ["round(integer * decimal)"]
    assert "Must hold: time_end > time" in said(variable(root, "time_end"), "notes")
    assert "Values from 2020-01-01 to today." in said(variable(root, "date"), "notes")
    assert "Asks about the time before the service; reported apart." in said(variable(root, "likert_then"), "notes")
    assert said(variable(root, "multiple.coach"), "catgry/catValu", None) == ["true", "false"]


def test_dimensions_are_groups_with_their_rule() -> None:
    """A dimension names its variables, its formula and when there is a score."""
    (group,) = [g for g in written("kentat").iter(f"{NS}varGrp") if g.attrib["name"] == "dimension_coping"]
    assert group.attrib["var"] == "V_likert V_grid_mood V_grid_plans"
    assert said(group, "txt") == ["coping = 100 × mean((likert − 1) / 2, (grid_mood − 1) / 2, (3 − grid_plans) / 2)"]
    assert said(group, "defntn") == [
        "The mean of the answers given, each from 0 to 1, put on the range from 0 to 100; none where fewer than 2 of 3 "
        "were answered. Higher is better."
    ]


def test_what_the_codebook_leaves_out() -> None:
    """Contact details, notes, alarms, pictures and recordings are reported."""
    found = entries(ddi.write, "kentat")
    assert found["email email"] == ("left", "Contact details are in no dataset, so they are no variable.")
    assert found["note note"] == ("left", "A note has no answer and no variable.")
    assert found["alarms on scale"][0] == "left"
    assert found["single single"] == ("changed", "Pictures of options are left out; their words stand.")
    assert found["likert likert"] == ("changed", "Recordings of it are left out; its words stand.")
    assert found["row grid_mood"] == ("changed", "Recordings of it are left out; its words stand.")
    assert found["dimension coping"] == ("came", "")


def test_markup_in_a_text_stays_text() -> None:
    """A title with angle brackets and ampersands is words, not elements."""
    title = dict.fromkeys(("fi", "en", "ar"), "<b>A & B</b>")
    assert written("kentat", title=title).findtext(f".//{NS}titl") == "<b>A & B</b>"
