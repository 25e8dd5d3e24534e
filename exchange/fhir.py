"""What both ways of FHIR Questionnaires share: the addresses of extensions, and texts with their translations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

CORE = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
TRANSLATION = f"{CORE}translation"
CONTROL = f"{CORE}questionnaire-itemControl"
CONTROLS = "http://hl7.org/fhir/questionnaire-item-control"
CATEGORY = f"{CORE}questionnaire-displayCategory"
CATEGORIES = "http://hl7.org/fhir/questionnaire-display-category"
ORIENTATION = f"{CORE}questionnaire-choiceOrientation"
HIDDEN = f"{CORE}questionnaire-hidden"
MIN_VALUE, MAX_VALUE = f"{CORE}minValue", f"{CORE}maxValue"
MIN_OCCURS, MAX_OCCURS = f"{CORE}questionnaire-minOccurs", f"{CORE}questionnaire-maxOccurs"
DECIMALS = f"{CORE}maxDecimalPlaces"
UNIT = f"{CORE}questionnaire-unit"
FORMAT = f"{CORE}entryFormat"
WEIGHT = f"{CORE}itemWeight"
WEIGHTS = (WEIGHT, f"{CORE}ordinalValue", f"{CORE}questionnaire-ordinalValue")
EXCLUSIVE = f"{CORE}questionnaire-optionExclusive"
KEYBOARD = f"{SDC}keyboard"
CALCULATED_VALUE = f"{CORE}cqf-calculatedValue"
OPEN_LABEL = f"{SDC}openLabel"

Json = dict[str, Any]


def texts(field: str, text: Mapping[str, str], origin: str) -> Json:
    """A text under a key, and its translations under the key with an underline."""
    translated = [
        extension(TRANSLATION, extension=[{"url": "lang", "valueCode": tag}, {"url": "content", "valueString": words}])
        for tag, words in text.items()
        if tag != origin
    ]
    return {field: text[origin], **({f"_{field}": {"extension": translated}} if translated else {})}


def extension(url: str, **value: Any) -> Json:
    """An extension with its value, or with the extensions within it."""
    return {"url": url, **value}


def coded(url: str, system: str, code: str) -> Json:
    """An extension that names a code."""
    return extension(url, valueCodeableConcept={"coding": [{"system": system, "code": code}]})


def is_questionnaire(data: bytes) -> bool:
    """Whether a file is a Questionnaire in JSON."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("resourceType") == "Questionnaire"
