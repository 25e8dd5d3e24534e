"""Instruments from other tools' formats and into them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.failures import Command, Failure, WrongCommand
from commands.options import FOLDER, LANGUAGES
from commands.terminal import utf8

if TYPE_CHECKING:
    from survey.model import Instrument, Library


@click.command("import", cls=Command)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--output",
    "folder",
    default=FOLDER,
    show_default=True,
    type=click.Path(path_type=Path),
    help="The folder of instruments to write to.",
)
@click.option("--instrument", default="", help="The id of the new instrument; else the form's own, or the file's name.")
@click.option("--wave", "waves", multiple=True, help="When it is asked; again for more. Else the site's first wave.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Of the report; else the machine's, else English.")
def import_(file: Path, folder: Path, instrument: str, waves: tuple[str, ...], language: str | None) -> None:
    """Make an instrument of another tool's form, and a report of what came over, was changed or was left."""
    from build import machine_language, read_messages
    from exchange import formats, loss
    from exchange.context import Source
    from exchange.loss import ExchangeError
    from survey import reading, writing

    if file.stat().st_size > formats.SIZE_LIMIT:
        raise Failure(f"{file} has more than {formats.SIZE_LIMIT // 10**6} MB, far more than a form needs.")
    _refuse_wrong_id(instrument)
    library = _library_to_join(folder)
    _refuse_unknown_waves(waves, library)
    source = Source(
        name=file.name,
        data=file.read_bytes(),
        instrument=instrument,
        library=library,
        waves=waves,
        beside=lambda name: _beside(file, name),
    )
    words = read_messages(language or machine_language(os.environ), catalogue="exchange")
    try:
        found = formats.read(source)
    except ExchangeError as error:
        if error.losses:
            click.echo(utf8(loss.plain_text(error.losses, words)))
        raise Failure(f"{file}: {loss.spoken(loss.told_by(error), words)}") from error
    id = found.instrument.instrument
    path, report = folder / f"{id}.yaml", folder / f"{id}.import.md"
    files = {path: writing.written(found.instrument).encode()}
    title = loss.title(file.name, path.name)
    files[report] = loss.markdown(found.losses, title=title, messages=words).encode()
    files |= {folder / name: content for name, content in {**found.images, **found.recordings}.items()}
    _write_new(files, otherwise="Choose another name with --instrument, or another folder with --output.")
    click.echo(utf8(loss.plain_text(found.losses, words)))
    problems = [problem for problem in reading.check([path]) if problem.severity == "error"]
    click.echo(loss.spoken(loss.written(str(path), str(report)), words), err=True)
    click.echo(loss.spoken(loss.next_steps(str(path), str(folder)), words), err=True)
    if problems and library is not None:
        raise Failure(loss.spoken(loss.to_mend(len(problems), str(path)), words))


def _refuse_wrong_id(instrument: str) -> None:
    import re

    from survey.model import FORMS

    if instrument and not re.fullmatch(FORMS["id"][0], instrument):
        raise WrongCommand(f"'{instrument}' cannot be an id: it has {FORMS['id'][1]}.")


def _refuse_unknown_waves(waves: Iterable[str], library: Library | None) -> None:
    for wave in waves:
        if library is not None and wave not in library.site.waves:
            known = ", ".join(library.site.waves)
            raise WrongCommand(f"There is no wave '{wave}'. The waves of site.yaml are {known}.")


def _library_to_join(folder: Path) -> Library | None:
    """The instruments that a new one comes beside; None where the folder has no site.yaml yet."""
    from survey import reading

    if not (folder / reading.SITE).is_file():
        return None
    read = reading.read_library(folder)
    if read.library is None:
        raise Failure(
            f"The folder '{folder}' cannot be read, and the new instrument has to fit the others in it. "
            f"Mend first what 'mittari check {folder}' says."
        )
    return read.library


def _beside(file: Path, name: str) -> bytes | None:
    """The content of a picture or recording that lies beside a form, or in the folder that goes with it."""
    if Path(name).name != name:
        return None
    for path in (file.parent / name, file.parent / f"{file.stem}-media" / name):
        if path.is_file() and path.stat().st_size <= 5_000_000:
            return path.read_bytes()
    return None


def _write_new(files: Mapping[Path, bytes], *, otherwise: str) -> None:
    """Writes files, all or none: nothing that is there already with another content is written over. `otherwise` says
    what else to do."""
    for path, content in files.items():
        if path.exists() and path.read_bytes() != content:
            raise WrongCommand(f"The file '{path}' exists already and was left alone. {otherwise}")
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@click.command(cls=Command)
@click.argument("instrument")
@click.option("--to", "name", required=True, help="The format; docs/exchange.md says which there are.")
@click.option("--folder", default=FOLDER, show_default=True, type=click.Path(path_type=Path), help="Of instruments.")
@click.option(
    "--output",
    default=Path("var/converted"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="Where to write.",
)
@click.option("--language", "languages", multiple=True, help="Of what is written; again for more. Else all.")
@click.option("--wave", "waves", multiple=True, help="Which is written; again for more. Else all.")
@click.option("--service", help="The id of the service that is asked about.")
@click.option("--large", is_flag=True, help="Large print.")
def convert(
    instrument: str,
    name: str,
    folder: Path,
    output: Path,
    languages: tuple[str, ...],
    waves: tuple[str, ...],
    service: str | None,
    large: bool,
) -> None:
    """Write an instrument in another tool's format. INSTRUMENT is an id like palvelupalaute, or palvelupalaute@1.

    Not every format heeds --language, --wave, --service and --large.
    """
    from exchange import formats, loss
    from exchange.context import Context

    if name not in formats.EXPORTS:
        known = "\n".join(f"  {key}: {format.says}" for key, format in formats.EXPORTS.items())
        raise WrongCommand(f"There is no format '{name}'. The formats are:\n{known}")
    library = _whole_library(folder)
    chosen = _chosen_instrument(library, instrument, folder)
    _refuse_unknown(languages, chosen.languages, f"'{chosen.key}' has no language")
    _refuse_unknown(waves, chosen.waves, f"'{chosen.key}' is not asked at the wave")
    _refuse_unknown([service] if service else [], [s.id for s in library.services.services], "There is no service")
    context = Context(
        library=library,
        made=date.today().isoformat(),
        images=contents(chosen.images, folder),
        recordings=contents(chosen.recordings, folder),
        words=messages_if_any("pages"),
        papers=messages_if_any("papers"),
        languages=languages,
        waves=waves,
        service=service,
        large=large,
    )
    converted = formats.EXPORTS[name].write(chosen, context)
    report = output / f"{chosen.instrument}.{name}.md"
    files = {output / key: content for key, content in converted.files.items()}
    page = loss.markdown(converted.losses, title=f"{chosen.key} as {name}").encode()
    _write_new({**files, report: page}, otherwise="Remove it, or choose another folder with --output.")
    click.echo(utf8(loss.plain_text(converted.losses)))
    more = f" and {len(files) - 1} more files" if len(files) > 1 else ""
    click.echo(f"Written: {next(iter(files), report)}{more}, and this report in {report}.", err=True)


def _whole_library(folder: Path) -> Library:
    from survey import reading

    read = reading.read_library(folder)
    if read.library is None:
        raise Failure(f"The folder '{folder}' cannot be read. Mend first what 'mittari check {folder}' says.")
    return read.library


def _chosen_instrument(library: Library, name: str, folder: Path) -> Instrument:
    """The instrument of this key, or the newest version of this id."""
    fitting = [one for key, one in library.instruments.items() if name in (key, one.instrument)]
    if not fitting:
        known = ", ".join(sorted(library.instruments))
        raise WrongCommand(f"There is no instrument '{name}' in {folder}. There are {known}.")
    return max(fitting, key=lambda one: one.version)


def _refuse_unknown(given: Iterable[str], known: Iterable[str], sentence: str) -> None:
    for one in given:
        if one not in known:
            raise WrongCommand(f"{sentence} '{one}'. Choose from {', '.join(known)}.")


def contents(names: Iterable[str], folder: Path) -> dict[str, bytes]:
    """The content of each file of a folder."""
    return {name: (folder / name).read_bytes() for name in sorted(names) if (folder / name).is_file()}


def messages_if_any(catalogue: str) -> Callable[[str], Mapping[str, str]]:
    """The messages of a catalogue by language; none in a language that it lacks."""
    from build import BuildError, read_messages

    def messages(language: str) -> Mapping[str, str]:
        try:
            return read_messages(language, catalogue=catalogue)
        except BuildError:
            return {}

    return messages


COMMANDS = (import_, convert)
