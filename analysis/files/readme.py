"""What lies in a folder of files, in plain words, for whoever opens it."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Sequence

from analysis.files.spss import title
from analysis.files.variables import Material, Note
from survey.marking import _

README = "README.txt"
PERSONAL = _(
    "These are people's answers, each under a random id in place of a name. They are personal data. Keep the files "
    "where the answers may be kept, do not send them on, and delete them when you need them no longer. What people "
    "wrote in their own words may name somebody."
)
MADE = _("Exported from Mittari: {date}. Questionnaires answered: {responses}. Participations: {participations}.")
EMPTY = _(
    "An empty cell means that the question was not asked then, or not answered. Why it was not answered stands in the "
    "table absences, and in SPSS in numbers below zero that count as missing."
)
EXCEL_SAYS = _("In csv-excel, a text that would run as a formula has an apostrophe before it. Truth is 1, otherwise 0.")
FILES = {
    "sav": ("spss/responses.sav", _("The answers for SPSS, with labels, levels of measurement and missing values.")),
    "sps": (
        "spss/responses.sps",
        _("SPSS syntax that loads the same from spss/responses_coded.csv, also with PSPP."),
    ),
    "xlsx": ("answers.xlsx", _("The tables for Excel, with a dictionary. Times are UTC.")),
    "csv": ("csv/", _("The tables for programs: commas, decimal points, UTF-8.")),
    "csv-excel": ("csv-excel/", _("The tables as Excel opens them in Finnish or Swedish: semicolons, decimal commas.")),
    "r": ("csv/read.R", _("A script for R that loads csv/ with labels.")),
    "parquet": ("parquet/", _("The tables as Parquet. What each column is stands in the metadata.")),
    "ddi": ("spss/responses.ddi.xml", _("A description of spss/responses.sav for archives (DDI Codebook 2.5).")),
    "dictionary": ("dictionary.csv, dictionary_values.csv", _("What each column is, and what its values mean.")),
    "star": ("star/", _("Tables for Power BI that are related by keys: facts_ and dim_.")),
}
"""Where each format is, and what it is."""
HAPPENED = _("What differs from the dataset:")
RULES = _(
    "Small groups are not protected here, as they are in the report of mittari report. Tell others the figures of the "
    "report, or protect your own in the same way."
)
_WIDTH = 100


def text(material: Material, formats: Collection[str], notes: Sequence[Note]) -> str:
    """The text of the file, in the language of the material."""
    say, dataset = material.words, material.dataset
    counts = {"responses": len(dataset.responses), "participations": len(dataset.participations)}
    date = say.date(dataset.made, dataset.library.site.time_zone)
    blocks = [title(material), _wrapped(say(PERSONAL)), _wrapped(say(RULES)), _wrapped(say(MADE, date=date, **counts))]
    blocks.append("\n".join(f"{place}\n{_wrapped(say(what), '    ')}" for place, what in _of(formats)))
    blocks.append(_wrapped(say(EMPTY)))
    if "csv-excel" in formats:
        blocks.append(_wrapped(say(EXCEL_SAYS)))
    if notes:
        blocks.append("\n".join([say(HAPPENED), *(_wrapped(f"- {note.say(say)}", "  ") for note in notes)]))
    return "\n\n".join(blocks) + "\n"


def _of(formats: Collection[str]) -> list[tuple[str, str]]:
    return [FILES[name] for name in FILES if name in formats]


def _wrapped(text: str, indent: str = "") -> str:
    first = indent if not text.startswith("- ") else ""
    return textwrap.fill(text, _WIDTH, initial_indent=first, subsequent_indent=indent)
