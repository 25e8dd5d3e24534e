"""Open answers: what waits to be read, and what somebody in the area's named role releases of it."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.failures import Command, Failure, WrongCommand
from commands.options import SPOKEN, audit_log, opened_store, settings_from, with_settings
from commands.private_files import refuse_existing, write_private
from commands.terminal import bar, table, utf8

if TYPE_CHECKING:
    from collector.audit import Log
    from collector.lists import Row, Table
    from collector.stores import Store
    from collector.words import Choice, Queue, Waiting
    from survey.model import Library, Text
    from survey.redaction import Known, Suggestion

HEADS = ("key", "service", "questionnaire", "wave", "question", "text", "suggested", "notes", "decision", "released")
"""The columns of the CSV. A decision is one of `collector.words.CHOICES`, or empty for later; `released` has what was
edited."""
_CHOICES: Mapping[str, Choice] = {"r": "release", "s": "suggested", "e": "edited", "w": "withhold"}
"""What is typed for each in the terminal."""
_GUARDED = ("=", "+", "-", "@", "\t", "\r", "'")


@click.command(cls=Command)
@click.option("--read", "reading", is_flag=True, help="Go through them one by one, here.")
@click.option("--output", type=click.Path(path_type=Path), help="Write them there as CSV, to decide in a spreadsheet.")
@click.option(
    "--input",
    "list_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Store the decisions of such a CSV.",
)
@click.option("--released", is_flag=True, help="List what is released, with the id of each text.")
@click.option("--withhold", "taken_back", metavar="ID", help="Take back a text that is released.")
@click.option("--role", help="Whose role it is to decide, like 'quality lead'; never a name.")
@click.option("--identity", type=click.Path(path_type=Path), help="The key that opens sealed answers.")
@SPOKEN
@with_settings("store", "bundle")
def words(
    reading: bool,
    output: Path | None,
    list_path: Path | None,
    released: bool,
    taken_back: str | None,
    role: str | None,
    identity: Path | None,
    language: str | None,
    **overrides: Any,
) -> None:
    """List how many open answers wait to be read, or read them: nobody else sees one before it is released.

    A text waits from the day after its group's time to answer was over, where 5 people or more wrote to the question.
    Software suggests what to take out: names, numbers, addresses. It misses some, so read every word; you decide. With
    --read each text is shown with [[ ]] around what is suggested: release it as it is, with that taken out, or edited,
    withhold it, or leave it for later. What is released stands in the next export and report.

    Sealed answers are read where a key is: with --identity, or in a store that 'mittari unseal' has opened.
    """
    chosen = [output is not None, list_path is not None, reading, released, taken_back is not None]
    if sum(chosen) > 1:
        raise WrongCommand("Give one of --read, --output, --input, --released and --withhold.")
    if (reading or list_path or taken_back) and not role:
        raise WrongCommand("Give --role: the role that the area has named for this, never a person's name.")
    refuse_existing(output)
    desk = _desk(identity, language, role or "", overrides)
    if taken_back is not None:
        desk.take_back(taken_back)
    elif released:
        desk.list_released()
    elif reading:
        desk.read()
    elif output is not None:
        desk.write(output)
    elif list_path is not None:
        desk.decide(list_path)
    else:
        desk.count()


def _desk(identity: Path | None, language: str | None, role: str, overrides: Mapping[str, Any]) -> _Desk:
    from build import machine_language, read_messages
    from collector.app import utc_now
    from collector.bundle import read_bundle
    from collector.words import named_role
    from survey import redaction

    settings = settings_from(**overrides)
    library = read_bundle(settings.bundle).library
    store = opened_store(settings, must_exist=True)
    spoken = language or machine_language(os.environ)
    return _Desk(
        store=store,
        readable=_readable(store, identity),
        library=library,
        known=redaction.known(library),
        role=named_role(role) if role else "",
        log=audit_log(settings, store),
        moment=utc_now(),
        language=spoken,
        messages=read_messages(spoken, catalogue="problems"),
    )


def _readable(store: Store, identity: Path | None) -> Store:
    if identity is None:
        return store
    from collector.sealing import OpenedStore, read_identities

    return OpenedStore(store, read_identities(identity))


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """Where texts are read and decided on: `readable` is the store with sealed answers opened."""

    store: Store
    readable: Store
    library: Library
    known: Known
    role: str
    log: Log
    moment: datetime
    language: str
    messages: Mapping[str, str]

    # --- looking --------------------------------------------------------------------------------

    def queue(self) -> Queue:
        from zoneinfo import ZoneInfo

        from collector import words

        today = self.moment.astimezone(ZoneInfo(self.library.site.time_zone)).date()
        with bar(list(self.store.scan("submission/")), "Looking") as keys:
            return words.queue(self.readable, self.library, keys=keys, today=today)

    def count(self) -> None:
        from collector.words import MINIMUM

        found = self.queue()
        rows = Counter((one.service, one.instrument, one.wave) for one in found.waiting)
        if rows:
            shown = [(*row, str(number)) for row, number in rows.items()]
            click.echo(table(("service", "questionnaire", "wave", "texts"), shown))
        click.echo(
            f"Texts that wait to be read: {len(found.waiting)}. Of groups that can still answer: {found.not_closed}. "
            f"To questions that fewer than {MINIMUM} people wrote to: {found.too_few}. Released: {found.released}. "
            f"Withheld: {found.withheld}."
        )
        if rows:
            click.echo("Read them with: mittari words --read --role ROLE")

    def list_released(self) -> None:
        from collector import words

        found = sorted(words.every_released(self.readable), key=lambda one: (one.service, one.instrument, one.item))
        for one in found:
            about = f"{one.id}  {one.service}, {one.instrument}, {one.wave}"
            click.echo(utf8(f"{about}\n{_indented(one.text or '')}\n"))
        click.echo(f"Texts that are released: {len(found)}. Take one back with: mittari words --withhold ID")

    # --- deciding one by one --------------------------------------------------------------------

    def read(self) -> None:
        waiting = self.queue().waiting
        done: Counter[str] = Counter()
        for number, one in enumerate(waiting, 1):
            click.echo(utf8("\n".join(self._shown(one, number, len(waiting)))))
            choice = self._chosen(one)
            if choice == "stop":
                break
            done[choice] += 1
        click.echo(_told(done, len(waiting)))

    def _shown(self, one: Waiting, number: int, of: int) -> Iterator[str]:
        from survey import redaction

        found = self._found(one.text)
        service, questionnaire, wave, question = self._about(one)
        yield f"\nText {number} of {of}. {service}. {questionnaire}: {wave}. Language: {one.language}."
        yield f"Question: {question}\n"
        yield _indented(redaction.marked(one.text, found)) + "\n"
        yield from (f"  {note}" for note in self._notes(one.text, found))

    def _chosen(self, one: Waiting) -> str:
        """What somebody decides on a text; it is stored before this returns."""
        from collector import words

        suggested = words.suggested(one.text, self.known)
        choices = {
            "r": "Release it as it is",
            **({"s": "with the suggestions taken out"} if suggested != one.text else {}),
            "e": "edit it",
            "w": "withhold it",
            "l": "later",
            "q": "stop",
        }
        asked = ", ".join(f"{meaning} ({key})" for key, meaning in choices.items())
        while True:
            choice = click.prompt(asked, type=click.Choice([*choices]), default="l", show_choices=False)
            if choice in ("l", "q"):
                return "stop" if choice == "q" else "later"
            edited = self._edited(suggested) if choice == "e" else ""
            if edited is None:
                continue
            try:
                return self._stored(one, words.chosen(one, _CHOICES[choice], edited=edited, known=self.known))
            except _invite_error() as error:
                click.echo(str(error))

    def _edited(self, text: str) -> str | None:
        """What somebody makes of a text; None where they do not want to release that."""
        from collector.words import fit

        edited = click.edit(text)
        if edited is None:
            click.echo("The text was not saved: nothing is released.")
            return None
        try:
            edited = fit(edited)
        except _invite_error() as error:
            click.echo(str(error))
            return None
        found = [one for one in self._found(edited) if one.taken_out]
        if found:
            click.echo(utf8("\n".join(["Still in it:", *(f"  {note}" for note in self._notes(edited, found))])))
        return edited if not found or click.confirm("Release it all the same?") else None

    def _stored(self, one: Waiting, text: str | None) -> str:
        from collector import words

        words.decide(self.store, one, text, role=self.role, moment=self.moment, log=self.log)
        return "withheld" if text is None else "released"

    def take_back(self, id: str) -> None:
        from collector import words

        words.take_back(self.store, id, role=self.role, moment=self.moment, log=self.log)
        click.echo("Taken back. It stands in no export or report from now on; those that were made still have it.")

    # --- deciding in a spreadsheet --------------------------------------------------------------

    def write(self, output: Path) -> None:
        from collector.words import CHOICES, suggested

        waiting = self.queue().waiting
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
        writer.writerow(HEADS)
        for one in waiting:
            notes = "\n".join(self._notes(one.text, self._found(one.text)))
            cells = [one.id, *self._about(one), one.text, suggested(one.text, self.known), notes, "", ""]
            writer.writerow([guarded(cell) for cell in cells])
        # With the mark by which a spreadsheet sees that it is UTF-8.
        write_private(output, f"\ufeff{text.getvalue()}")
        click.echo(
            f"{len(waiting)} texts in {output}. They may tell who wrote them: keep the file where it is safe. Write "
            f"{', '.join(CHOICES[:-1])} or {CHOICES[-1]} under 'decision', give the file back with --input, and "
            "remove it."
        )

    def decide(self, path: Path) -> None:
        from collector import lists

        waiting = {one.id: one for one in self.queue().waiting}
        listed = lists.read(path.read_bytes())
        decisions, problems = decisions_of(listed, waiting, self.known)
        if problems:
            raise Failure("\n".join([*problems, f"Problems: {len(problems)}. Nothing was stored."]))
        done: Counter[str] = Counter()
        with bar(decisions, "Storing") as each:
            for decision in each:
                try:
                    done[self._stored(decision.waiting, decision.text)] += 1
                except _invite_error() as error:
                    click.echo(f"{decision.waiting.id}: {error}")
        click.echo(_told(done, len(listed.rows)))

    # --- words ----------------------------------------------------------------------------------

    def _found(self, text: str) -> tuple[Suggestion, ...]:
        from survey import redaction

        return redaction.suggestions(text, self.known)

    def _notes(self, text: str, found: Sequence[Suggestion]) -> list[str]:
        """A line on each different passage."""
        from survey import redaction

        return [f"“{passage}”: {reason.say(self.messages)}" for passage, reason in redaction.noted(text, found)]

    def _about(self, one: Waiting) -> tuple[str, str, str, str]:
        """The service, the questionnaire, the wave and the question of a text, in words."""
        from collector import words

        instrument = self.library.instruments[f"{one.instrument}@{one.version}"]
        asked = self._said(words.asked(self.library, one))
        waves = self.library.site.waves
        return (
            self._said(self.library.services.service(one.service).title),
            self._said(instrument.title),
            self._said(waves[one.wave].title) if one.wave in waves else one.wave,
            f"{asked} (words beside an option)" if "." in one.item else asked,
        )

    def _said(self, text: Text) -> str:
        return text.get(self.language) or next(iter(text.values()))


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a row of the CSV says: the text to release, or None to withhold it."""

    waiting: Waiting
    text: str | None


def decisions_of(
    listed: Table, waiting: Mapping[str, Waiting], known: Known
) -> tuple[tuple[Decision, ...], tuple[str, ...]]:
    """The decisions of a CSV that was written before, in its order, and the problems by row. Rows without a decision
    are left for later. Pure: nothing is stored."""
    if sorted(listed.headings) != sorted(HEADS):
        return (), (f"The columns are not those of --output: {', '.join(HEADS)}. Leave the first row as it was.",)
    decisions: list[Decision] = []
    problems: list[str] = []
    seen: set[str] = set()
    for row in listed.rows:
        if not row.text("decision"):
            if row.text("released"):
                problems.append(f"Row {row.line}: there is a text under 'released' and no decision. Write edited.")
            continue
        found = _decision(row, waiting, known)
        if isinstance(found, str):
            problems.append(f"Row {row.line}: {found}")
        elif found.waiting.id in seen:
            problems.append(f"Row {row.line}: the same key stands in a row above. Leave one of the two out.")
        else:
            seen.add(found.waiting.id)
            decisions.append(found)
    return tuple(decisions), tuple(problems)


def _decision(row: Row, waiting: Mapping[str, Waiting], known: Known) -> Decision | str:
    """What a row says, or what is wrong with it."""
    from collector import words

    choice, released = row.text("decision").lower(), _cell(row, "released")
    one = waiting.get(row.text("key"))
    if choice not in words.CHOICES:
        return f"'{row.text('decision')}' is no decision. Write {', '.join(words.CHOICES)}, or nothing for later."
    if one is None:
        return (
            "no text with this key waits. It was decided on, corrected or erased since, or the key was changed. Write "
            "a new file with --output."
        )
    if _cell(row, "text") != _plain(one.text) or _cell(row, "suggested") != _plain(words.suggested(one.text, known)):
        return "'text' or 'suggested' is not as it was written. Put back what stood there; edits go under 'released'."
    if (choice == "edited") != bool(released):
        wrong = (
            "'edited' needs a text under 'released'" if choice == "edited" else f"'{choice}' has one under 'released'"
        )
        return f"{wrong}. Write edited with the text to release there, or leave 'released' empty."
    try:
        return Decision(waiting=one, text=words.chosen(one, choice, edited=released, known=known))
    except _invite_error() as error:
        return str(error)


def guarded(text: str) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(_GUARDED) else text


def unguarded(cell: str) -> str:
    """What was written, from a cell that `guarded` made; others stay as they are."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_GUARDED) else cell


def _cell(row: Row, column: str) -> str:
    return _plain(unguarded(row.cells.get(column, "")))


def _plain(text: str) -> str:
    """A text whatever a spreadsheet makes of its ends of lines and outer space."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _told(done: Mapping[str, int], of: int) -> str:
    released, withheld = done.get("released", 0), done.get("withheld", 0)
    return f"Released: {released}. Withheld: {withheld}. Left for later: {of - released - withheld}."


def _invite_error() -> type[Exception]:
    from collector.participations import InviteError

    return InviteError


COMMANDS = (words,)
