"""What authors use: check, build, lock, diff, preview."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.failures import Command, Failure, WrongCommand
from commands.options import FOLDER, IN_FOLDER, LANGUAGES, OUTPUT, SPOKEN, settings_from, store_if_any, with_settings
from commands.terminal import counting, reading_bar, utf8

if TYPE_CHECKING:
    from collector.settings import Settings
    from survey.model import Library
    from survey.phrases import Phrase
    from survey.problems import Problem


@click.command(cls=Command)
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

    with reading_bar() as progress:
        found = reading.check(paths or [FOLDER], progress=progress, today=_today())
    words = read_messages(language or machine_language(os.environ), catalogue="problems")
    if form in ("json", "gitlab"):
        click.echo(utf8((_problems_json if form == "json" else _gitlab_report)(found, words)))
    else:
        # What must be mended stands last, where one looks first.
        for problem in sorted(found, key=lambda problem: problem.severity == "error"):
            click.echo(utf8(_github_command(problem, words)) if form == "github" else problem.say(words))
    click.echo(problems.counted(found).say(words), err=True)
    if any(problem.severity == "error" for problem in found):
        raise SystemExit(1)


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


@click.command(cls=Command)
@click.argument("folder", default=FOLDER, type=click.Path(path_type=Path))
@SPOKEN
@click.option("--output", default=OUTPUT, show_default=True, type=click.Path(path_type=Path), help="Where to write.")
@click.option("--drafts", is_flag=True, help="Also what is not locked, to be tried out; its pages say so.")
@with_settings("store")
def build(folder: Path, language: str | None, output: Path, drafts: bool, **overrides: Any) -> None:
    """Publish a folder of instruments: pages to OUTPUT/site, a bundle for the collector to OUTPUT/bundle.

    Versions must be locked. Where OUTPUT holds an earlier build and the store holds answers, services that were
    answered must still be there, in the same arm, and versions that were answered must ask the same.
    """
    settings = settings_from(**overrides)

    def before(library: Library) -> None:
        _refuse_unlike(settings, output, library, folder)

    build_folder(folder, output, drafts=drafts, before=before, language=language)


def build_folder(
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

    with counting("Freezing pages") as progress:
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
    store = store_if_any(settings) if moved else None
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

    store = store_if_any(settings)
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


@click.command(cls=Command)
@click.argument("names", nargs=-1, metavar="[INSTRUMENT]...")
@click.option("--all", "every", is_flag=True, help="All versions that services use.")
@SPOKEN
@IN_FOLDER
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


@click.command(cls=Command)
@click.argument("old")
@click.argument("new")
@click.option("--language", type=click.Choice(LANGUAGES), help="Of the sentences; else the machine's, else English.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@IN_FOLDER
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
        click.echo(utf8(json.dumps(version_report.as_json(found, words), ensure_ascii=False, indent=1)))
    else:
        for line in version_report.report(found):
            click.echo(line.say(words))


@click.command(cls=Command)
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


COMMANDS = (check, build, lock, diff, preview)
