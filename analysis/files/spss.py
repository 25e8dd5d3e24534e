"""The answers as a file of SPSS (.sav): labels, measure levels, and numbers for why there is no answer."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pyreadstat

from analysis.files.coded import LABEL_BYTES, Coded, CodedVariable, cut
from analysis.files.variables import Material

SAV = "responses.sav"


def write(folder: Path, coded: Coded, material: Material) -> None:
    """Writes `responses.sav`."""
    numbers = [variable for variable in coded.variables if not variable.is_text]
    pyreadstat.write_sav(
        coded.frame,
        folder / SAV,
        file_label=cut(title(material), 64),
        column_labels={variable.name: variable.label for variable in coded.variables},
        variable_value_labels={variable.name: _labels(variable) for variable in coded.variables},
        missing_ranges={
            variable.name: [{"lo": variable.missing[0], "hi": variable.missing[1]}]
            for variable in numbers
            if variable.missing
        },
        variable_measure={variable.name: variable.measure for variable in coded.variables},
        variable_format={variable.name: variable.format for variable in coded.variables},
        row_compress=True,
    )


def _labels(variable: CodedVariable) -> dict[int | float, str]:
    # Texts can be labelled too, which the types of pyreadstat do not say.
    return cast("dict[int | float, str]", {**variable.texts, **variable.values})


def title(material: Material) -> str:
    """Who asked, and until when: what a file is called inside."""
    organisation = material.words.text(material.dataset.library.site.organisation.name)
    return cut(f"{organisation} {material.dataset.made[:10]}", LABEL_BYTES)
