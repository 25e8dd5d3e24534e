"""The command line, and the only place that joins the programs: publishing, receiving and summarising.

Exit codes: 0 fine, 1 the material or the store has a problem, 2 the command was wrong.
"""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import io
import json
import os
import random
import secrets
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from collector.bundle import Bundle
    from collector.participations import Invited
    from collector.settings import Settings
    from collector.stores import Store
    from survey.model import Instrument, Library
    from survey.problems import Phrase, Problem

FOLDER = Path("instruments")
OUTPUT = Path("var/build")
DEMO = Path("var/demo")
LANGUAGES = ("fi", "sv", "en")


class Failure(click.ClickException):
    """Something that the reader of the message can mend."""

    def show(self, file: Any = None) -> None:
        click.echo(self.message, err=True, file=file)


class WrongCommand(Failure):
    """The command named something that does not exist, or left something open."""

    exit_code = 2


@contextmanager
def _failures() -> Iterator[None]:
    """Turns what the rooms raise into one plain message and an exit code."""
    from analysis import AnalysisError
    from build import BuildError
    from collector.bundle import BundleError
    from collector.participations import InviteError
    from collector.serving import PortBusy
    from collector.settings import SettingsError
    from collector.stores import StoreTrouble
    from exchange.loss import ExchangeError
    from preview.running import PreviewError
    from survey.folders import NotOursError
    from survey.records import UnreadableRecord

    try:
        yield
    except InviteError as error:
        raise WrongCommand(str(error)) from error
    except (
        AnalysisError,
        BuildError,
        BundleError,
        ExchangeError,
        NotOursError,
        PortBusy,
        PreviewError,
        SettingsError,
        StoreTrouble,
        UnreadableRecord,
    ) as error:
        raise Failure(str(error)) from error
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise Failure(_os_sentence(error)) from error


def _os_sentence(error: OSError) -> str:
    """What the machine said, as a sentence."""
    where = f" at '{error.filename}'" if error.filename else ""
    if error.errno == errno.ENOSPC or "No space left" in str(error):
        return f"The disk is full{where}. Free some room and run the command again."
    return f"The machine refused{where}: {error.strerror or error}."


class _Command(click.Command):
    def get_short_help_str(self, limit: int = 45) -> str:
        """The first paragraph, whole: the list of commands wraps it."""
        return " ".join((self.help or "").partition("\n\n")[0].split())

    def invoke(self, context: click.Context) -> Any:
        with _failures():
            return super().invoke(context)


def _with_settings(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Options that override the environment's `MITTARI_*`."""
    folder = click.Path(path_type=Path)
    options = {
        "store": click.option("--store", help="Where answers are kept, like sqlite:var/store.sqlite."),
        "bundle": click.option("--bundle", type=folder, help="The folder 'bundle' of a build."),
        "site": click.option("--site", type=folder, help="The folder 'site' of a build."),
        "secrets": click.option("--secrets", type=folder, help="The file that 'mittari keys' made."),
    }

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(names):
            command = options[name](command)
        return command

    return decorate


def _settings(**overrides: Any) -> Settings:
    from collector.settings import Settings

    given = {name: value for name, value in overrides.items() if value is not None}
    return dataclasses.replace(Settings.from_environ(os.environ), **given)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="mittari", message="Mittari %(version)s")
def main() -> None:
    """Asks clients short questions before, at the end of and after a service, and learns what changed."""
    # What a terminal's encoding lacks becomes a question mark, and the command goes on.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


# --- authors --------------------------------------------------------------------------------------


@main.command(cls=_Command)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--language", type=click.Choice(LANGUAGES), help="Of the sentences; else the machine's, else English.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github", "gitlab"]),
    default="text",
    show_default=True,
    help="Lines to read, one JSON array, notes on the lines for GitHub Actions, or a report for GitLab.",
)
def check(paths: tuple[Path, ...], language: str | None, form: str) -> None:
    """Check instrument files or folders; show every problem with its line."""
    from build import machine_language, read_messages
    from survey import problems, reading

    with _reading_bar() as progress:
        found = reading.check(paths or [FOLDER], progress=progress, today=_today())
    words = read_messages(language or machine_language(os.environ), catalogue="problems")
    if form in ("json", "gitlab"):
        click.echo(_utf8((_problems_json if form == "json" else _gitlab_report)(found, words)))
    else:
        # What must be mended stands last, where one looks first.
        for problem in sorted(found, key=lambda problem: problem.severity == "error"):
            click.echo(_utf8(_github_command(problem, words)) if form == "github" else problem.say(words))
    click.echo(problems.counted(found).say(words), err=True)
    if any(problem.severity == "error" for problem in found):
        raise SystemExit(1)


def _utf8(text: str) -> bytes:
    """Text for other programs, whatever encoding the terminal has. Names of files may hold bytes that are no text."""
    return text.encode(errors="replace")


def _problems_json(found: Iterable[Problem], words: Mapping[str, str]) -> str:
    """One array with an object for each problem."""
    objects = [
        {
            "file": problem.place.file,
            "line": problem.place.line,
            "code": problem.code,
            "severity": problem.severity,
            "sentence": problem.sentence.say(words),
            "advice": problem.advice.say(words),
        }
        for problem in found
    ]
    return json.dumps(objects, ensure_ascii=False, indent=1)


def _gitlab_report(found: Iterable[Problem], words: Mapping[str, str]) -> str:
    """A code quality report: GitLab shows it at the merge request. What stays is known by its file and sentence, also
    when its line moves."""
    seen: Counter[str] = Counter()
    objects = []
    for problem in found:
        path = Path(problem.place.file).as_posix()
        known = f"{path} {problem.code} {problem.sentence}"
        seen[known] += 1
        objects.append(
            {
                "description": f"{problem.sentence.say(words)} {problem.advice.say(words)}".rstrip(),
                "check_name": problem.code,
                "fingerprint": hashlib.sha256(f"{known} {seen[known]}".encode(errors="replace")).hexdigest(),
                "severity": "major" if problem.severity == "error" else "minor",
                "location": {"path": path, "lines": {"begin": problem.place.line}},
            }
        )
    return json.dumps(objects, ensure_ascii=False, indent=1)


def _github_command(problem: Problem, words: Mapping[str, str]) -> str:
    """A workflow command: GitHub shows it beside the line."""
    text = f"{problem.sentence.say(words)} {problem.advice.say(words)}".rstrip()
    properties = {"file": Path(problem.place.file).as_posix(), "line": str(problem.place.line), "title": problem.code}
    where = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    return f"::{problem.severity} {where}::{_escaped(text)}"


def _escaped(text: str, more: str = "") -> str:
    """Text with the characters that would end a workflow command, or a part of it, as their codes."""
    return "".join(f"%{ord(character):02X}" if character in f"%\r\n{more}" else character for character in text)


_SPOKEN = click.option(
    "--language", type=click.Choice(LANGUAGES), help="Of what is shown; else the machine's, else English."
)


@main.command(cls=_Command)
@click.argument("folder", default=FOLDER, type=click.Path(path_type=Path))
@_SPOKEN
@click.option("--output", default=OUTPUT, show_default=True, type=click.Path(path_type=Path), help="Where to write.")
@click.option("--drafts", is_flag=True, help="Also what is not locked, to be tried out; its pages say so.")
@_with_settings("store")
def build(folder: Path, language: str | None, output: Path, drafts: bool, **overrides: Any) -> None:
    """Publish a folder of instruments: pages to OUTPUT/site, a bundle for the collector to OUTPUT/bundle.

    Versions must be locked. Where OUTPUT holds an earlier build and the store holds answers, services that were
    answered must still be there, in the same arm, and versions that were answered must ask the same.
    """
    settings = _settings(**overrides)

    def before(library: Library) -> None:
        _refuse_unlike(settings, output, library, folder)

    _build(folder, output, drafts=drafts, before=before, language=language)


def _build(
    folder: Path,
    output: Path,
    *,
    drafts: bool,
    before: Callable[[Library], None] = lambda library: None,
    language: str | None = None,
) -> None:
    import build as publishing
    from survey import problems

    read: list[Library] = []

    def looked_at(library: Library) -> None:
        read.append(library)
        before(library)

    with _counting("Freezing pages") as progress:
        language = language or publishing.machine_language(os.environ)
        built = publishing.build(folder, output, drafts=drafts, before=looked_at, progress=progress, language=language)
    words = publishing.read_messages(language, catalogue="problems")
    made = problems.built(
        pages=built.pages,
        site=str(built.site),
        bundle=str(built.bundle),
        build=built.build,
        left_out=built.left_out,
    )
    # A draft is somebody's work; a locked version that nobody is asked may be an oversight.
    unused = [line for library in read for line in _not_used_yet(library, drafts=False)]
    for line in (made, *unused):
        click.echo(line.say(words))


def _refuse_unlike(settings: Settings, output: Path, library: Library, folder: Path) -> None:
    """Raises where what people were invited to, or have answered, is no longer what it was in the build before."""
    from collector.bundle import BundleError, read_bundle

    try:
        earlier = read_bundle(output / "bundle").library
    except BundleError:
        return
    _refuse_moved(settings, earlier, library)
    _refuse_reworded(settings, earlier, library, folder)


def _refuse_moved(settings: Settings, earlier: Library, library: Library) -> None:
    """Raises where a service that somebody was invited to or answered is gone, or has changed its arm."""
    from collector import participations

    arms = {service.id: service.arm for service in library.services.services}
    moved = [service for service in earlier.services.services if arms.get(service.id) != service.arm]
    store = _store_that_exists(settings) if moved else None
    if store is None:
        return
    used = participations.services_in_use(store)
    for service in moved:
        if service.id not in arms and service.id in used.invited | used.answered:
            raise Failure(
                f"Nothing was built: people were invited to service '{service.id}' or answered about it, and "
                "services.yaml no longer has it. Put it back: a service that has ended stays in the file."
            )
        if service.id in arms and service.id in used.answered:
            raise Failure(
                f"Nothing was built: service '{service.id}' has answers as '{service.arm}', and services.yaml now says "
                f"'{arms[service.id]}'. Put the arm back, and give what is new a service of its own."
            )


def _refuse_reworded(settings: Settings, earlier: Library, library: Library, folder: Path) -> None:
    """Raises where a version that somebody answered is gone or asks something else: its locked file was taken away."""
    from collector import participations
    from survey import locked
    from survey.model import meaning

    store = _store_that_exists(settings)
    answered = participations.answered_instruments(store) if store else ()
    unlike = {}
    for key in earlier.instruments:
        # Where there are many instruments, reading those that nobody has answered would take long.
        if key.partition("@")[0] not in answered or key in earlier.drafts:
            continue
        one, now = earlier.instruments[key], library.instruments.get(key)
        if now is None or any(
            language not in now.languages or meaning(now, language) != meaning(one, language)
            for language in one.languages
        ):
            unlike[key] = one
    for key in participations.answered_versions(store, unlike) if store and unlike else ():
        path = folder / locked.FOLDER / locked.file_name(unlike[key])
        what = "it no longer asks what they were asked" if key in library.instruments else "it is gone"
        raise Failure(
            f"Nothing was built: people have answered {key}, and {what}. Put back '{path}' as it was (from version "
            "control or a backup), and make a new version of what is to change."
        )


def _store_that_exists(settings: Settings) -> Store | None:
    """The store, if there is one already: looking must not make one."""
    kind, _, path = settings.store.partition(":")
    return None if kind == "sqlite" and not Path(path).exists() else _store(settings)


_DATE = click.DateTime(["%Y-%m-%d"])
_IN_FOLDER = click.option(
    "--folder", default=FOLDER, show_default=True, type=click.Path(path_type=Path), help="Where the instruments are."
)


@main.command(cls=_Command)
@click.argument("names", nargs=-1, metavar="[INSTRUMENT]...")
@click.option("--all", "every", is_flag=True, help="All versions that services use.")
@_SPOKEN
@_IN_FOLDER
def lock(names: tuple[str, ...], every: bool, language: str | None, folder: Path) -> None:
    """Lock versions: from then on, what was asked stays what was asked.

    INSTRUMENT is a name, a name@version or a file. What it extends is locked with it. Do it before the first person
    answers. From then on 'check' refuses another meaning under the same version; a new version is made beside it.
    """
    import build as publishing
    from survey import problems, reading

    if not names and not every:
        raise WrongCommand(
            "Name what to lock, like 'mittari lock palvelupalaute', or lock all with: mittari lock --all"
        )
    language = language or publishing.machine_language(os.environ)
    words = publishing.read_messages(language, catalogue="problems")
    for one in publishing.lock(folder, names, every=every, day=_today(), language=language):
        if one.written is None:
            line = problems.locked_already(one.key)
        elif one.languages:
            line = problems.locked_languages(one.key, one.languages, str(one.written))
        else:
            line = problems.locked_now(one.key, str(one.written))
        click.echo(line.say(words))
    # One instrument can be locked while another has errors.
    library = reading.read_library(folder).library
    for line in _not_used_yet(library, drafts=True) if library else ():
        click.echo(line.say(words))


def _not_used_yet(library: Library, *, drafts: bool) -> Iterator[Phrase]:
    """Says of each newest version, of drafts too or not, that no service uses it where services use an older one."""
    from survey import problems

    pinned = {key for service in library.services.services for key in service.instruments}
    newest: dict[str, int] = {}
    for key in set(library.instruments) - set(() if drafts else library.drafts):
        id, _, version = key.partition("@")
        newest[id] = max(newest.get(id, 0), int(version))
    for id, number in sorted(newest.items()):
        used = [int(key.partition("@")[2]) for key in pinned if key.partition("@")[0] == id]
        if used and max(used) < number:
            yield problems.not_used_yet(f"{id}@{number}", f"{id}@{max(used)}")


def _today() -> date:
    from collector.app import utc_now

    return utc_now().date()


@main.command(cls=_Command)
@click.argument("old")
@click.argument("new")
@click.option("--language", type=click.Choice(LANGUAGES), help="Of the sentences; else the machine's, else English.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@_IN_FOLDER
def diff(old: str, new: str, language: str | None, form: str, folder: Path) -> None:
    """Show what changed between two versions, and what stays comparable.

    OLD and NEW are each a name, a name@version or a file.
    """
    import build as publishing
    from survey import version_report

    spoken = language or publishing.machine_language(os.environ)
    words = publishing.read_messages(spoken, catalogue="problems")
    found = publishing.compared(folder, old, new, language=spoken)
    if form == "json":
        click.echo(_utf8(json.dumps(version_report.as_json(found, words), ensure_ascii=False, indent=1)))
    else:
        for line in version_report.report(found):
            click.echo(line.say(words))


@contextmanager
def _counting(label: str) -> Iterator[Callable[[str], None]]:
    """A count that goes up, on a terminal; nothing elsewhere."""
    seen = 0

    def progress(name: str) -> None:
        nonlocal seen
        seen += 1
        if sys.stderr.isatty():
            click.echo(f"\r{label}: {seen}", nl=False, err=True)

    yield progress
    if sys.stderr.isatty():
        click.echo(err=True)


@main.command(cls=_Command)
@click.argument("folder", default=FOLDER, type=click.Path(path_type=Path))
@click.option("--port", default=8100, show_default=True, type=click.IntRange(0, 65535), help="On this machine alone.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Of the preview; else the machine's, else English.")
def preview(folder: Path, port: int, language: str | None) -> None:
    """Show the pages while you edit: the browser follows every save.

    Problems are shown on the page, with the line. Pick questionnaire, wave, language, state and width; send a form to
    see what would be stored. Nothing is stored.
    """
    from build import machine_language
    from preview import running

    if not folder.is_dir():
        raise WrongCommand(f"There is no folder '{folder}'. Name the one of the instruments: mittari preview FOLDER")
    language = language or machine_language(os.environ)
    running.run(folder, port=port, language=language, say=lambda line: click.echo(line, err=True))


# --- other tools' formats -------------------------------------------------------------------------


@main.command("import", cls=_Command)
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
            click.echo(_utf8(loss.plain_text(error.losses, words)))
        raise Failure(f"{file}: {loss.spoken(loss.told_by(error), words)}") from error
    id = found.instrument.instrument
    path, report = folder / f"{id}.yaml", folder / f"{id}.import.md"
    files = {path: writing.written(found.instrument).encode()}
    title = loss.title(file.name, path.name)
    files[report] = loss.markdown(found.losses, title=title, messages=words).encode()
    files |= {folder / name: content for name, content in {**found.images, **found.recordings}.items()}
    _write_new(files, otherwise="Choose another name with --instrument, or another folder with --output.")
    click.echo(_utf8(loss.plain_text(found.losses, words)))
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


@main.command(cls=_Command)
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
        images=_contents(chosen.images, folder),
        recordings=_contents(chosen.recordings, folder),
        words=_messages_if_any("pages"),
        papers=_messages_if_any("papers"),
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
    click.echo(_utf8(loss.plain_text(converted.losses)))
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


def _contents(names: Iterable[str], folder: Path) -> dict[str, bytes]:
    """The content of each file of a folder."""
    return {name: (folder / name).read_bytes() for name in sorted(names) if (folder / name).is_file()}


def _messages_if_any(catalogue: str) -> Callable[[str], Mapping[str, str]]:
    """The messages of a catalogue by language; none in a language that it lacks."""
    from build import BuildError, read_messages

    def messages(language: str) -> Mapping[str, str]:
        try:
            return read_messages(language, catalogue=catalogue)
        except BuildError:
            return {}

    return messages


# --- operators and staff --------------------------------------------------------------------------


@main.command(cls=_Command)
@click.option("--secrets", "path", type=click.Path(path_type=Path), help="Where to write them.")
def keys(path: Path | None) -> None:
    """Make the secret keys, once. Keep a copy in a safe: without them no code or receipt works."""
    from collector.settings import make_keys, write_keys

    settings = _settings(secrets=path)
    write_keys(settings.secrets, make_keys(secrets.token_bytes))
    click.echo(f"Keys made in {settings.secrets}. Keep a copy in a safe place, apart from the answers.")


@main.command(cls=_Command)
@click.option("--service", required=True, help="The service's id in services.yaml.")
@click.option("--count", required=True, type=click.IntRange(1, 10_000), help="How many participations.")
@click.option("--group", help="The group's id, where the service has groups.")
@click.option("--start", type=_DATE, help="The own start date; else the group's, else today.")
@click.option("--end", type=_DATE, help="The own end date; else the group's, else by the length of the service.")
@click.option("--language", help="The language of slips and links; else the site's first.")
@click.option("--csv", "csv_path", type=click.Path(path_type=Path), help="Write the codes there, not to the screen.")
@click.option("--sheet", "sheet_path", type=click.Path(path_type=Path), help="Where to write the slips to print.")
@click.option("--shared-device", is_flag=True, help="One QR code for a group that shares a device.")
@_with_settings("store", "bundle", "secrets")
def invite(
    service: str,
    count: int,
    group: str | None,
    start: datetime | None,
    end: datetime | None,
    language: str | None,
    csv_path: Path | None,
    sheet_path: Path | None,
    shared_device: bool,
    **overrides: Any,
) -> None:
    """Make participations with codes: a CSV, and a sheet of slips with QR codes to print.

    The codes are shown this once. Keep the CSV and the sheet locked away.
    """
    from collector import participations, slips
    from collector.app import utc_now
    from collector.bundle import read_bundle
    from collector.receive import local_day
    from collector.settings import read_keys

    settings = _settings(**overrides)
    bundle = read_bundle(settings.bundle)
    moment = utc_now()
    plan = participations.plan(
        bundle.library,
        service=service,
        group=group,
        start=start.date() if start else None,
        end=end.date() if end else None,
        today=local_day(bundle, moment),
    )
    language = _known_language(bundle, language)
    _refuse_existing(csv_path, sheet_path)
    keys = read_keys(settings.secrets)
    making = participations.invite(_store(settings), keys, plan, count=count, moment=moment, random=secrets.token_bytes)
    invited, trouble = _collected(making, count)
    if invited:
        address = settings.address or bundle.library.site.address
        _hand_over(slips.codes_csv(invited, address=address, language=language), csv_path)
        sheet_path = sheet_path or _free_name(Path("var/slips"), invited[0].participation.number)
        sheet = slips.sheet(bundle, invited, address=address, language=language, shared_device=shared_device)
        _write_private(sheet_path, sheet)
        click.echo(f"Slips to print: {sheet_path}", err=True)
    if trouble:
        raise Failure(f"{trouble} {len(invited)} of {count} were invited, with the codes given. Invite the rest later.")


def _refuse_existing(*paths: Path | None) -> None:
    """Codes are shown once: a file that may hold some is never written over."""
    for path in paths:
        if path is not None and path.is_file():
            raise WrongCommand(f"The file '{path}' exists already and may hold codes. Choose another name.")


def _free_name(folder: Path, name: str) -> Path:
    """A name for a sheet that is not taken: another store may have had the same numbers."""
    path, n = folder / f"{name}.html", 1
    while path.exists():
        n += 1
        path = folder / f"{name}-{n}.html"
    return path


def _collected(making: Iterator[Invited], count: int) -> tuple[list[Invited], str]:
    """Everyone who was invited, and why not more: also where the store gave up or somebody pressed Ctrl-C, since the
    codes are shown this once."""
    from collector.stores import StoreTrouble

    invited: list[Invited] = []
    try:
        with _bar(making, "Inviting", length=count) as found:
            for one in found:
                invited.append(one)
    except StoreTrouble as trouble:
        return invited, str(trouble)
    except KeyboardInterrupt:
        return invited, "Interrupted."
    return invited, ""


def _hand_over(text: str, path: Path | None) -> None:
    """The codes to a file or the screen; where the file cannot be written, to the screen all the same."""
    if path is not None:
        try:
            _write_private(path, text)
        except OSError as error:
            click.echo(text, nl=False)
            raise Failure(
                f"{_os_sentence(error)} The codes are above: copy them now, they are shown nowhere else."
            ) from error
        click.echo(f"Codes: {path}", err=True)
    else:
        click.echo(text, nl=False)


def _known_language(bundle: Bundle, language: str | None) -> str:
    known = bundle.library.site.languages
    if language is not None and language not in known:
        raise WrongCommand(f"The site has no language '{language}'. It has: {', '.join(known)}.")
    return language or known[0]


def _write_private(path: Path, text: str) -> None:
    """Writes a file that its owner alone may read: it holds codes in clear."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline=""
    ) as file:
        file.write(text)


@main.command(cls=_Command)
@_SPOKEN
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@_IN_FOLDER
@_with_settings("store")
def services(language: str | None, form: str, folder: Path, **overrides: Any) -> None:
    """List the services, what is open today, and the pages that need no code.

    It reads the instruments' folder, and counts who was invited and has answered where there is a store.
    """
    import build as publishing
    from collector import participations
    from collector.app import utc_now
    from survey import timetable

    settings = _settings(**overrides)
    language = language or publishing.machine_language(os.environ)
    library = publishing.read_checked(folder, language)
    today = utc_now().astimezone(ZoneInfo(library.site.time_zone)).date()
    store = _store_that_exists(settings)
    rows = participations.status(store, library, today=today) if store else []
    counts = {(row.service, row.group, row.wave, row.instrument): (row.invited, row.answered) for row in rows}
    address = settings.address or library.site.address
    found = timetable.listed(library, today=today, address=address, counts=counts if store else None)
    if form == "json":
        click.echo(_utf8(json.dumps([each.as_json() for each in found], ensure_ascii=False, indent=1)))
    else:
        words = publishing.read_messages(language, catalogue="problems")
        click.echo("\n\n".join("\n".join(line.say(words) for line in each.lines()) for each in found))


@main.command(cls=_Command)
@_SPOKEN
@_with_settings("store", "bundle")
def status(language: str | None, **overrides: Any) -> None:
    """Show who was invited, is due now and has answered, as numbers per service, group and wave."""
    from build import machine_language, read_messages
    from collector import participations
    from collector.app import utc_now
    from collector.bundle import read_bundle
    from collector.receive import local_day
    from survey import timetable

    settings = _settings(**overrides)
    bundle = read_bundle(settings.bundle)
    words = read_messages(language or machine_language(os.environ), catalogue="problems")
    rows = participations.status(_store(settings, must_exist=True), bundle.library, today=local_day(bundle, utc_now()))
    if not rows:
        click.echo(words[timetable.NOBODY])
        return
    table = [tuple(words[head] for head in timetable.COLUMNS)]
    table += [
        (r.service, r.group or "–", r.wave, r.instrument, str(r.invited), str(r.due), str(r.answered)) for r in rows
    ]
    widths = [max(len(row[n]) for row in table) for n in range(7)]
    for row in table:
        cells = [
            text.ljust(width) if n < 4 else text.rjust(width)
            for n, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())


def _store(settings: Settings, *, must_exist: bool = False) -> Store:
    """The store, closed when the command ends. Reading from a mistyped place must not make an empty store there."""
    from collector.stores import open_store

    store = open_store(settings.store, make=not must_exist)
    click.get_current_context().call_on_close(store.close)
    return store


@main.group("store")
def store_commands() -> None:
    """Look after a store."""


@store_commands.command("copy", cls=_Command)
@click.argument("source")
@click.argument("target")
def copy_store(source: str, target: str) -> None:
    """Copy every record of one store to another, and compare the two.

    SOURCE and TARGET are addresses of stores, like sqlite:var/store.sqlite or
    postgresql://mittari@db.example.fi/mittari. Stop the collector first. Nothing in TARGET is overwritten, and SOURCE
    stays as it is; what was broken off can be begun again.
    """
    from collector.stores import copying

    if source == target:
        raise WrongCommand("The two stores are the same. Name another one to copy to.")
    settings = _settings()
    old = _store(dataclasses.replace(settings, store=source), must_exist=True)
    new = _store(dataclasses.replace(settings, store=target))
    keys = list(old.scan(""))
    with _bar(keys, "Copying") as found:
        made = sum(copying.copied(old, new, found))
    with _bar(keys, "Comparing") as found:
        unlike = list(copying.unlike(old, new, found))
    came = set(old.scan("")) - set(keys)
    if unlike or came:
        raise Failure(
            f"{len(unlike) + len(came)} records are not the same in both: the source was written to meanwhile. "
            "Stop the collector and run the command again."
        )
    more = sum(1 for _key in new.scan("")) - len(keys)
    beside = f" The target has {more} more." if more else ""
    click.echo(f"{len(keys)} records are in both and the same, {made} of them new.{beside}")


@main.command(cls=_Command)
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on.")
@click.option("--drafts", is_flag=True, help="Also a build with drafts, to try it out.")
@_with_settings("store", "bundle", "site", "secrets")
def serve(**overrides: Any) -> None:
    """Serve the pages and receive answers until interrupted."""
    from collector import create_app
    from collector.serving import listen
    from collector.serving import serve as run

    settings = _settings(**overrides)
    app = create_app(settings, store=_store(settings))
    listening = listen(settings.host, settings.port)
    port = listening.getsockname()[1]
    click.echo(f"Serving http://{settings.host}:{port}/ – stop with Ctrl-C.", err=True)
    run(app, listening)
    click.echo("Stopped.", err=True)


# --- analysts -------------------------------------------------------------------------------------


@main.command(cls=_Command)
@click.option("--output", required=True, type=click.Path(path_type=Path), help="The dataset folder to write.")
@_with_settings("store", "bundle")
def export(output: Path, **overrides: Any) -> None:
    """Write the dataset: pseudonymised personal data, for the area's own analysts."""
    settings = _settings(**overrides)
    count, left_out = _export(settings, output)
    contact = f" Contact details were left out: {', '.join(left_out)}." if left_out else ""
    personal = "Coded answers are personal data: keep them where they are safe."
    click.echo(f"{count} submissions in {output}.{contact} {personal}")


def _export(settings: Settings, output: Path) -> tuple[int, tuple[str, ...]]:
    """Writes the dataset; how many submissions were read, and which items' answers it leaves out."""
    from analysis import dataset
    from collector import participations
    from collector.app import utc_now
    from collector.bundle import read_bundle
    from survey import records

    store = _store(settings, must_exist=True)
    exported = 0

    def submissions() -> Iterator[tuple[records.SubmissionKey, records.Submission]]:
        nonlocal exported
        with _bar(list(store.scan("submission/")), "Reading submissions") as found:
            for key in found:
                body = store.read(key)
                if body is not None:
                    exported += 1
                    yield records.parse_submission_key(key), records.decode(records.Submission, body, key=key)

    bundle = read_bundle(settings.bundle)
    dataset.write(
        output,
        library=bundle.library,
        participations=participations.everyone(store),
        submissions=submissions(),
        made=records.timestamp(utc_now()),
        build=bundle.build,
    )
    return exported, dataset.left_out(bundle.library)


@main.command(cls=_Command)
@click.option("--dataset", "folder", type=click.Path(path_type=Path), help="A dataset folder; else a fresh export.")
@click.option("--output", required=True, type=click.Path(path_type=Path), help="The folder of the report.")
@click.option("--language", type=click.Choice(LANGUAGES), default="fi", show_default=True, help="Of the page.")
@_with_settings("store", "bundle")
def report(folder: Path | None, output: Path, language: str, **overrides: Any) -> None:
    """Write the report: what changed, where, and how sure one can be. Small groups are protected."""
    _report(_settings(**overrides), folder, output, language)
    click.echo(f"Report: {output / 'index.html'}, figures: {output / 'results.json'}.")


def _report(settings: Settings, folder: Path | None, output: Path, language: str) -> None:
    import tempfile

    from analysis import dataset
    from analysis.report import write_report
    from build import read_messages
    from collector.app import utc_now
    from survey import records

    with tempfile.TemporaryDirectory(prefix="mittari-") as work:
        if folder is None:
            folder = Path(work) / "dataset"
            _export(settings, folder)
        write_report(
            dataset.read(folder),
            output,
            language=language,
            messages=read_messages(language, catalogue="report"),
            made=records.timestamp(utc_now()),
        )


_LONG = 100
"""Files that take a moment to read."""


@contextmanager
def _reading_bar() -> Iterator[Callable[[int, int], None]]:
    """A progress bar for each folder that takes a moment to read, on a terminal; nothing elsewhere."""
    bar: Any = None
    shown = 0

    def progress(done: int, of: int) -> None:
        nonlocal bar, shown
        if of < _LONG or not sys.stderr.isatty():
            return
        if bar is None or done < shown:
            stack.close()
            bar = stack.enter_context(click.progressbar(length=of, label="Reading files", file=sys.stderr))
            shown = 0
        bar.update(done - shown)
        shown = done

    with ExitStack() as stack:
        yield progress


@contextmanager
def _bar(items: Any, label: str, length: int | None = None) -> Iterator[Any]:
    """A progress bar on a terminal; elsewhere the items alone."""
    if not sys.stderr.isatty():
        yield items
        return
    with click.progressbar(items, label=label, length=length, file=sys.stderr) as bar:
        yield bar


# --- trying out -----------------------------------------------------------------------------------


@main.command(cls=_Command)
@click.option("--count", default=400, show_default=True, type=click.IntRange(1, 100_000), help="Participations.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="The same seed, the same answers.")
@click.option("--until", type=_DATE, help="The day by which all has happened; else today.")
@click.option("--csv", "csv_path", type=click.Path(path_type=Path), help="Write the codes there.")
@_with_settings("store", "bundle", "site", "secrets")
def simulate(count: int, seed: int, until: datetime | None, csv_path: Path | None, **overrides: Any) -> None:
    """Let a simulated cohort with a known true change answer over HTTP, into a new store."""
    # Nobody answers in earnest here.
    settings = _settings(**overrides, drafts=True)
    sent, silent = _simulate(settings, count=count, seed=seed, until=until.date() if until else None, csv=csv_path)
    click.echo(f"{count} participations, {sent} submissions over HTTP, {silent} questionnaires left unanswered.")


class _MovingClock:
    """A clock that stands where the simulation has put it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def _simulate(settings: Settings, *, count: int, seed: int, until: date | None, csv: Path | None) -> tuple[int, int]:
    """Invites, serves the real application on loopback with a clock of our own, and answers through the waves."""
    import numpy as np

    from analysis import fieldwork
    from analysis.cohort import Cohort
    from collector import create_app
    from collector.app import utc_now
    from collector.bundle import read_bundle
    from collector.receive import local_day
    from collector.serving import served

    bundle = read_bundle(settings.bundle)
    _refuse_existing(csv)
    store = _store(settings)
    if next(store.scan(""), None) is not None:
        raise Failure(f"The store {settings.store} holds records already. Simulated answers go to a new store only.")
    planned = fieldwork.plan(bundle.library, count=count, until=until or local_day(bundle, utc_now()), seed=seed)
    cohort = Cohort(library=bundle.library, planned=planned, seed=seed)
    invited = _invite_planned(settings, store, bundle, cohort)
    if csv is not None:
        _write_codes(csv, [invited[person] for person in range(count)], settings, bundle)
    tongues = fieldwork.languages(bundle.library, count, seed)
    clock = _MovingClock(utc_now())
    events = fieldwork.events(cohort)
    app = create_app(settings, store=store, clock=clock)
    sent = silent = 0
    with served(app) as address, _bar(events, "Answering over HTTP") as found:
        browser = fieldwork.Browser(address)
        for number, event in enumerate(found):
            instrument = bundle.library.instruments[event.instrument]
            answers = cohort.answers(event.person, instrument, event.wave, event.moment.date())
            if answers is None:
                # Nobody waits for an employer's answer about a client.
                silent += instrument.respondent != "employer"
                continue
            clock.now = event.moment
            tongue = tongues[event.person] if instrument.respondent == "client" else instrument.languages[0]
            browser.answer(
                instrument,
                event.wave,
                instrument.met_in(tongue, bundle.messages) or instrument.languages[0],
                service=bundle.library.services.service(planned[event.person].service),
                code=invited[event.person].code,
                answers=answers,
                rng=np.random.default_rng([seed, 4, number]),
            )
            sent += 1
        browser.close()
    return sent, silent


def _invite_planned(settings: Settings, store: Store, bundle: Bundle, cohort: Any) -> dict[int, Invited]:
    """Invites each person of a cohort a week before the start, in the order of time."""
    from datetime import time

    from analysis import fieldwork
    from collector import participations
    from collector.settings import read_keys

    keys = read_keys(settings.secrets)
    chance = random.Random(cohort.seed)
    invited = {}
    for person in sorted(range(len(cohort.planned)), key=lambda n: cohort.planned[n].start):
        planned = cohort.planned[person]
        plan = participations.plan(
            bundle.library,
            service=planned.service,
            group=planned.group,
            start=date.fromisoformat(planned.start),
            end=date.fromisoformat(planned.end),
            today=date.fromisoformat(planned.start),
        )
        moment = datetime.combine(fieldwork.invitation_day(planned), time(9), UTC)
        (invited[person],) = participations.invite(store, keys, plan, count=1, moment=moment, random=chance.randbytes)
    return invited


def _write_codes(path: Path, invited: list[Invited], settings: Settings, bundle: Bundle) -> None:
    from collector import slips

    address = settings.address or bundle.library.site.address
    _write_private(path, slips.codes_csv(invited, address=address, language=bundle.library.site.languages[0]))


@main.command(cls=_Command)
@click.option("--once", is_flag=True, help="End after the report.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Where to serve.")
def demo(once: bool, port: int) -> None:
    """Run the whole chain on simulated people, under var/demo/, and show the addresses."""
    from collector.serving import listen
    from collector.settings import Settings, make_keys, write_keys

    settings = Settings(
        bundle=DEMO / "bundle",
        site=DEMO / "site",
        store=f"sqlite:{DEMO / 'store.sqlite'}",
        secrets=DEMO / "keys.json",
        address=f"http://127.0.0.1:{port}/",
        port=port,
        drafts=True,
    )
    if not once:
        # Asked at once, not after all the work.
        listen(settings.host, settings.port).close()
    _clear_demo()
    click.echo("1/5 Checking the instruments and building the pages …")
    _build(FOLDER, DEMO, drafts=True)
    write_keys(settings.secrets, make_keys(secrets.token_bytes))
    click.echo("2/5 A simulated cohort of 400 answers over HTTP …")
    sent, silent = _simulate(settings, count=400, seed=1, until=None, csv=DEMO / "codes.csv")
    click.echo(f"    {sent} submissions stored, {silent} questionnaires left unanswered.")
    click.echo("3/5 Inviting somebody who can answer today …")
    personal = _invite_for_today(settings)
    click.echo("4/5 Exporting the dataset …")
    _export(settings, DEMO / "dataset")
    click.echo("5/5 Making the report …")
    _report(settings, DEMO / "dataset", DEMO / "report", "fi")
    click.echo()
    click.echo(f"Report         {DEMO / 'report' / 'index.html'}")
    click.echo(f"Figures        {DEMO / 'report' / 'results.json'}")
    if once:
        return
    from collector import create_app
    from collector.serving import serve as run

    app = create_app(settings, store=_store(settings))
    listening = listen(settings.host, settings.port)
    click.echo(f"Site           {settings.address}")
    click.echo(f"Personal link  {personal}")
    click.echo("Stop with Ctrl-C.")
    run(app, listening)
    click.echo("Stopped.")


def _clear_demo() -> None:
    """Removes what an earlier demonstration left: its store, keys and codes. Folders know by themselves."""
    for name in ("store.sqlite", "store.sqlite-wal", "store.sqlite-shm", "keys.json", "codes.csv"):
        (DEMO / name).unlink(missing_ok=True)
    shutil.rmtree(DEMO / "slips", ignore_errors=True)


def _invite_for_today(settings: Settings) -> str:
    """Invites a few who start today, adds their codes to the CSV, and returns the link of the first."""
    from collector import participations, slips
    from collector.app import utc_now
    from collector.bundle import read_bundle
    from collector.receive import local_day
    from collector.settings import read_keys

    bundle = read_bundle(settings.bundle)
    moment = utc_now()
    today = local_day(bundle, moment)
    service = next((s for s in bundle.library.services.services if not s.groups), bundle.library.services.services[0])
    group = service.groups[0].id if service.groups else None
    plan = participations.plan(bundle.library, service=service.id, group=group, start=today, end=None, today=today)
    store = _store(settings)
    invited = list(
        participations.invite(
            store, read_keys(settings.secrets), plan, count=8, moment=moment, random=secrets.token_bytes
        )
    )
    language = bundle.library.site.languages[0]
    with (DEMO / "codes.csv").open("a", encoding="utf-8", newline="") as file:
        file.write(slips.codes_csv(invited, address=settings.address, language=language, header=False))
    _write_private(
        DEMO / "slips" / "today.html", slips.sheet(bundle, invited, address=settings.address, language=language)
    )
    return slips.link(settings.address, language, invited[0].code)


if __name__ == "__main__":
    main()
