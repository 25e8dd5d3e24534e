"""Publishes a folder of instruments: static pages in `site/` and the collector's `bundle/`, both of one build.

`mittari build` calls this; `python build.py [FOLDER] [--output DIR]` does the same.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import locale
import os
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from flask import Flask, Response
from flask_frozen import Freezer

from survey import logic, pages, problems, reading
from survey.folders import NotOursError, replacing
from survey.model import Instrument, Library, Service, as_data, canonical, is_open
from survey.pages import TEMPLATES, Assets, Messages, Page, QuestionPage

FOLDER = Path("instruments")
OUTPUT = Path("var/build")
FORMAT = 1
MARK = "build.json"
COMPRESSED = (".html", ".css", ".js", ".svg")
CATALOGUES = TEMPLATES / "messages"

Progress = Callable[[str], None]


class BuildError(Exception):
    """The pages cannot be published; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Built:
    """What a build made."""

    site: Path
    bundle: Path
    build: str
    pages: int

    def __str__(self) -> str:
        return f"{self.pages} pages in {self.site}, bundle in {self.bundle}, build {self.build}."


def build(folder: Path, output: Path, *, progress: Progress = lambda name: None, language: str = "en") -> Built:
    """Freezes the pages of a folder into `output/site` and writes `output/bundle`.

    Two builds of the same material are equal in every byte. Folders that an earlier build made are replaced as a
    whole; any other folder in their place is left alone. Raises BuildError, also where the material has problems,
    which are said in `language`.
    """
    library = _library(folder, language)
    messages = {language: read_messages(language) for language in library.site.languages}
    assets, files = _assets(library, folder)
    for name, page in render_site(library, messages, assets):
        files[name] = page.encode()
    bundle = _bundle(library, messages)
    id = hashlib.sha256(canonical([_digests(files), _digests(bundle), as_data(assets)])).hexdigest()[:16]
    files.update({f"{name}.gz": _compressed(data) for name, data in files.items() if name.endswith(COMPRESSED)})
    files[MARK] = _json({"format": FORMAT, "build": id})
    bundle[MARK] = _json({"format": FORMAT, "build": id, "assets": as_data(assets)})
    try:
        # Both are whole before either takes its place.
        with (
            replacing(output / "bundle", mark=MARK, mode=0o755) as new_bundle,
            replacing(output / "site", mark=MARK, mode=0o755) as new_site,
        ):
            _write(bundle, new_bundle)
            _freeze(files, new_site, progress)
    except NotOursError as error:
        raise BuildError(str(error)) from error
    except OSError as error:
        raise BuildError(f"The pages cannot be written to '{output}': {error.strerror or error}.") from error
    return Built(
        site=output / "site", bundle=output / "bundle", build=id, pages=sum(n.endswith(".html") for n in files)
    )


def _library(folder: Path, language: str) -> Library:
    read = reading.read_library(folder)
    if read.library is None:
        words = read_messages(language, catalogue="problems")
        lines = [problem.say(words) for problem in read.problems]
        raise BuildError("\n".join([*lines, problems.not_built().say(words)]))
    return read.library


# --- messages -------------------------------------------------------------------------------------


def read_messages(language: str, *, catalogue: str = "pages") -> Messages:
    """Every interface message in a language, by its English wording. Raises BuildError where one is missing."""
    template = CATALOGUES / f"{catalogue}.pot"
    wanted = [str(message.id) for message in _catalogue(template) if message.id]
    if language == "en":
        return {message: message for message in wanted}
    path = CATALOGUES / f"{catalogue}.{language}.po"
    if not path.exists():
        raise BuildError(f"There are no interface messages in '{language}'. Add {path.name} to {CATALOGUES.name}/.")
    found = {str(message.id): str(message.string) for message in _catalogue(path) if message.id and message.string}
    missing = [message for message in wanted if message not in found]
    if missing:
        raise BuildError(f"{path.name} lacks {len(missing)} messages, the first of them: “{missing[0]}”. Translate it.")
    return {message: found[message] for message in wanted}


def machine_language(environ: Mapping[str, str]) -> str:
    """The language in which the machine wants problems said; English where there is no catalogue of it.

    The first of LC_ALL, LC_MESSAGES and LANG that says something decides. Where none does, as on Windows and often on
    macOS, the system is asked.
    """
    said = (environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    name = next((name for name in said if name), None) or _system_locale()
    # A locale is fi_FI.UTF-8, C.UTF-8 or sv@euro, and on Windows Finnish_Finland or fi-FI.
    word = re.split(r"[_.@-]", name.lower())[0]
    language = {"finnish": "fi", "swedish": "sv"}.get(word, word)
    return language if (CATALOGUES / f"problems.{language}.po").is_file() else "en"


def _system_locale() -> str:
    try:
        return locale.getlocale()[0] or ""
    except ValueError:
        return ""


def _catalogue(path: Path) -> Catalog:
    # Read as bytes and without a locale: Babel would reduce fi-simple to fi.
    return read_po(io.BytesIO(path.read_bytes()), ignore_obsolete=True)


# --- pages ----------------------------------------------------------------------------------------


def render_site(library: Library, messages: Mapping[str, Messages], assets: Assets) -> Iterator[tuple[str, str]]:
    """Every page of the site with its path: the front page, notices, and each instrument × wave × language."""
    site = library.site

    def page(language: str, root: str = "../") -> Page:
        return Page(library=library, language=language, messages=messages[language], assets=assets, root=root)

    yield "index.html", pages.front(page(site.languages[0], root=""))
    for language in site.languages:
        yield pages.front_path(language), pages.front(page(language))
        for name in site.notices:
            yield pages.notice_path(name, language), pages.notice(page(language), name)
    for instrument, wave, language, service in _questionnaires(library):
        question_page = QuestionPage(
            library=library,
            language=language,
            messages=messages[language],
            assets=assets,
            instrument=instrument,
            wave=wave,
            service=service,
        )
        yield pages.questionnaire_path(instrument, wave, language, service), pages.questionnaire(question_page)


def _questionnaires(library: Library) -> Iterator[tuple[Instrument, str, str, Service | None]]:
    for instrument in library.instruments.values():
        for wave in instrument.waves if instrument.respondent != "employer" and not instrument.by_service else ():
            for language in instrument.languages:
                yield instrument, wave, language, None
    for service in library.services.services:
        for key in service.instruments:
            instrument = library.instruments[key]
            for wave in instrument.waves if is_open(service, instrument) or instrument.by_service else ():
                for language in instrument.languages:
                    yield instrument, wave, language, service


def _assets(library: Library, folder: Path) -> tuple[Assets, dict[str, bytes]]:
    """The names of style sheets and script, and the files themselves. Names carry a hash of the content."""
    base = _lean((TEMPLATES / "base.css").read_text())
    files: dict[str, bytes] = {"assets/icon.svg": (TEMPLATES / "assets" / "icon.svg").read_bytes()}

    def named(name: str, content: str | bytes) -> str:
        data = content.encode() if isinstance(content, str) else content
        stem, _, ending = name.rpartition(".")
        path = f"assets/{stem}.{hashlib.sha256(data).hexdigest()[:10]}.{ending}"
        files[path] = data
        return path

    assets = Assets(
        stylesheet=named("base.css", base),
        script=named("page.js", _lean((TEMPLATES / "page.js").read_text())),
        stylesheets={
            instrument.key: named(_stylesheet_name(instrument), base + logic.css(instrument))
            for instrument in library.instruments.values()
        },
        images={name: named(Path(name).name, (folder / name).read_bytes()) for name in _images(library)},
    )
    return assets, files


def _images(library: Library) -> list[str]:
    """The pictures that options of any instrument use."""
    return sorted(
        {
            option.image
            for instrument in library.instruments.values()
            for item in instrument.items()
            for option in instrument.options(item)
            if option.image
        }
    )


def _stylesheet_name(instrument: Instrument) -> str:
    return f"{instrument.instrument}-v{instrument.version}.css"


def _lean(text: str) -> str:
    """Without comment lines and indents."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


def _freeze(files: Mapping[str, bytes], folder: Path, progress: Progress) -> None:
    """Writes the site through Frozen-Flask: one route that returns what was rendered."""
    app = Flask("build", static_folder=None)
    app.config.update(FREEZER_DESTINATION=str(folder.resolve()), FREEZER_DEFAULT_MIMETYPE="application/octet-stream")

    @app.route("/<path:name>")
    def page(name: str) -> Response:
        return Response(files[name], mimetype=_mimetype(name))

    freezer = Freezer(app, with_static_files=False, with_no_argument_rules=False, log_url_for=False)

    def names() -> Iterator[tuple[str, dict[str, str]]]:
        for name in sorted(files):
            yield "page", {"name": name}

    freezer.register_generator(names)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for frozen in freezer.freeze_yield():
            progress(frozen.url)


def _mimetype(name: str) -> str:
    endings = {
        "html": "text/html",
        "css": "text/css",
        "js": "text/javascript",
        "svg": "image/svg+xml",
        "png": "image/png",
        "jpg": "image/jpeg",
        "webp": "image/webp",
        "json": "application/json",
    }
    return endings[name.removesuffix(".gz").rpartition(".")[2]]


# --- bundle and folders ---------------------------------------------------------------------------


def _bundle(library: Library, messages: Mapping[str, Messages]) -> dict[str, bytes]:
    files = {
        "site.json": _json(as_data(library.site)),
        "services.json": _json(as_data(library.services)),
        "messages.json": _json(messages),
    }
    for instrument in library.instruments.values():
        files[f"instruments/{instrument.instrument}.v{instrument.version}.json"] = _json(as_data(instrument))
    return files


def _json(data: object) -> bytes:
    # The order of keys is kept: it is the order of waves, scales and dimensions.
    return json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n"


def _compressed(data: bytes) -> bytes:
    """Gzip without a date, for servers that send what lies beside a file."""
    return gzip.compress(data, compresslevel=9, mtime=0)


def _digests(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@click.command(name="build.py")
@click.argument("folder", default=FOLDER, type=click.Path(path_type=Path))
@click.option("--output", default=OUTPUT, show_default=True, type=click.Path(path_type=Path), help="Where to write.")
def main(folder: Path, output: Path) -> None:
    """Publish a folder of instruments: pages to OUTPUT/site, the collector's bundle to OUTPUT/bundle."""
    try:
        click.echo(build(folder, output, language=machine_language(os.environ)))
    except BuildError as error:
        click.echo(str(error), err=True)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
