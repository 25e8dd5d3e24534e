"""An instrument that an importer made, written and read again as the files of a small site."""

from __future__ import annotations

import json
from pathlib import Path

from survey import reading, writing
from survey.model import Instrument


def errors(instrument: Instrument, folder: Path) -> list[str]:
    """The errors that the reader finds in the instrument's file beside a small site.yaml in its languages."""
    text = json.dumps(dict.fromkeys(instrument.languages, "x"))
    notice = f"{{title: {text}, updated: 2027-01-01, sections: [{{title: {text}, text: {text}}}]}}"
    site = [
        f"organisation: {{name: {text}, email: kysely@example.fi}}",
        f"title: {text}",
        f"welcome: {text}",
        f"languages: [{', '.join(instrument.languages)}]",
        f"required_languages: [{', '.join(instrument.languages)}]",
        f"language_names: {text}",
        "address: https://kysely.example.fi/",
        "time_zone: Europe/Helsinki",
        f"waves: {{start: {{title: {text}, at: start, open: [-14, 14]}}}}",
        f"who_sees: {text}",
        f"notices: {{privacy: {notice}, accessibility: {notice}}}",
    ]
    (folder / "site.yaml").write_text("\n".join(site), encoding="utf-8")
    path = folder / f"{instrument.instrument}.yaml"
    path.write_text(writing.written(instrument), encoding="utf-8")
    found = [problem for problem in reading.read_library(folder).problems if problem.severity == "error"]
    return [str(problem) for problem in found if problem.place.file in (str(path), str(folder / "site.yaml"))]
