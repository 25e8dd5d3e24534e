"""What other programs do for the desk. The command hands it in, since the collector knows none of them: the analysis
makes reports and exports, the exchange makes paper forms, publishing reads the instruments' folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Literal, Protocol

from collector.bundle import Bundle
from collector.desk.jobs import Progress
from collector.stores import Store
from survey.frozen import dataclass
from survey.marking import _
from survey.model import Library, Text
from survey.phrases import Phrase
from survey.records import Participation, Role, Submission


@dataclass(frozen=True, kw_only=True)
class File:
    """A file to hand over: its name, type and content."""

    name: str
    mimetype: str
    content: bytes


class NotMade(Exception):
    """What was asked for could not be made; the phrase says why, and what to do."""

    def __init__(self, told: Phrase) -> None:
        super().__init__(str(told))
        self.told = told


Reader = Literal["analyst", "manager", "buyer", "provider", "clients"]


@dataclass(frozen=True, kw_only=True)
class PageMade:
    """A page of a report: the name of its file, and for which sort of reader it is. `unit` is the id of the provider,
    or the contract, that it is of alone; empty where it is of more."""

    name: str
    reader: Reader
    unit: str


@dataclass(frozen=True, kw_only=True)
class ReportAsked:
    """What report to make: its language, the day from which trends are told, for whom to write pages, and the figures
    of reports that were given out before, oldest first."""

    language: str
    since: date | None
    readers: tuple[Reader, ...]
    earlier: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True)
class ReportMade:
    """What was made: the pages, of how many submissions, and whether with figures in depth."""

    pages: tuple[PageMade, ...]
    submissions: int
    in_depth: bool


@dataclass(frozen=True, kw_only=True)
class ExportMade:
    """Of how many submissions an export is, the items of contact details, which it leaves out, and notes: messages with
    what fills their gaps."""

    submissions: int
    left_out: tuple[str, ...]
    notes: tuple[tuple[str, Mapping[str, str | int]], ...] = ()


class Reports(Protocol):
    """Reports and exports, made by the analysis. Each takes a store of its own, and may take minutes. Raises NotMade,
    StoreTrouble, and SealedRecord where answers are sealed."""

    @property
    def folder(self) -> Path:
        """Where everything lies that is made."""

    @property
    def formats(self) -> Mapping[str, str]:
        """The kinds of files for other programs, each with the message that says what it is."""

    def report(self, asked: ReportAsked, into: Path, *, bundle: Bundle, moment: datetime, tell: Progress) -> ReportMade:
        """Writes a report into a folder that is not there yet."""

    def dataset(self, into: Path, *, bundle: Bundle, moment: datetime, tell: Progress) -> ExportMade:
        """Writes the dataset into a folder that is not there yet."""

    def files(
        self,
        formats: Sequence[str],
        into: Path,
        *,
        language: str,
        bundle: Bundle,
        moment: datetime,
        tell: Progress,
    ) -> ExportMade:
        """Writes the answers as files for other programs into a folder that is not there yet, with labels in a
        language."""


@dataclass(frozen=True, kw_only=True)
class Replied:
    """What an organisation replied: `who` is it with its role, `does` what is done about it, empty where that is not
    said."""

    by: Role
    who: str
    day: date
    text: str
    does: str


@dataclass(frozen=True, kw_only=True)
class Raised:
    """An alarm or thanks, with no more in it than may be told, in the words of one language.

    `told` are those who are told, with their role; `organisations` the names under which a reply is kept; `answering`
    is who is to answer, and `answer_by` the day. `provider` and `service` are ids of services.yaml.
    """

    id: str
    sort: Literal["alarm", "thanks"]
    state: Literal["overdue", "open", "told", "answered"]
    title: str
    standing: str
    about: tuple[str, ...]
    service: str
    provider: str
    closed: date
    told: Mapping[Role, str]
    organisations: Mapping[Role, str]
    answering: Role | None
    answer_by: date | None
    replies: tuple[Replied, ...]

    @property
    def waits(self) -> bool:
        """Whether a reply is awaited."""
        return self.state in ("overdue", "open")

    @property
    def answered_on(self) -> date | None:
        """The day of the first reply of who was to answer."""
        return next((one.day for one in self.replies if one.by == self.answering), None)


@dataclass(frozen=True, kw_only=True)
class Found:
    """Everything that was raised when it was last looked, at a moment; `summary` says in sentences how much was looked
    at."""

    moment: datetime
    summary: tuple[str, ...]
    rows: tuple[Raised, ...]

    def get(self, id: str) -> Raised | None:
        """One of them by its id."""
        return next((one for one in self.rows if one.id == id), None)


class Alarms(Protocol):
    """What clients' answers have raised, by the analysis. What was found is kept in mind until the desk ends."""

    def look(
        self,
        store: Store,
        bundle: Bundle,
        *,
        moment: datetime,
        tell: Progress,
        daily: bool = False,
        wait: bool = True,
    ) -> None:
        """Goes through every answer, where there are others than the last time or it is another day; with `daily` only
        where it is another day. Without `wait` nothing is done where it is being looked already."""

    def looked(self, bundle: Bundle) -> datetime | None:
        """When it was last looked; None where it was not."""

    def found(self, store: Store, bundle: Bundle, *, language: str, moment: datetime) -> Found | None:
        """What was found, as it stands at a moment with the replies that there are; None where it was not looked."""

    def letter(
        self, id: str, role: str, *, store: Store, bundle: Bundle, language: str, moment: datetime
    ) -> File | None:
        """The message to one who is told of an alarm or thanks that waits or asks for no answer; None for others."""

    def listed(self, *, store: Store, bundle: Bundle, language: str, moment: datetime) -> File | None:
        """All that was found as CSV, as Excel opens it; None where it was not looked."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """A version of a questionnaire on the shelf. `languages` are tag, name and whether its texts wait for a review;
    `services` are the ids of those that ask it; `file` is its file, empty where the version is known by its lock alone;
    `problems` are the errors in it, `path` that of a page to look at, empty where there is none yet."""

    key: str
    title: Text
    respondent: str
    languages: tuple[tuple[str, str, bool], ...]
    waves: tuple[str, ...]
    items: int
    dimensions: tuple[Text, ...]
    services: tuple[str, ...]
    locked: bool
    file: str
    problems: int
    path: str


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A problem that `check` finds: its place, what is wrong and what to do, in one language. `marked` is the part of
    the line that it is about, as positions in it; None where that is not known."""

    file: str
    line: int
    code: str
    is_error: bool
    text: str
    marked: tuple[int, int] | None


@dataclass(frozen=True, kw_only=True)
class Look:
    """A page of the site to look at: its path below the site's root, the state that it is shown in, and what can be
    chosen: names with their values and labels, and the value that holds."""

    path: str
    state: str
    choices: Mapping[str, tuple[Sequence[tuple[str, str]], str]]


class Shelf(Protocol):
    """The instruments' folder as it is now, by publishing and the exchange."""

    def held(self) -> Sequence[Held]:
        """Every version, those in use first."""

    def troubles(self, language: str) -> Sequence[Trouble]:
        """Every problem, errors first, by file and line."""

    def lines(self, file: str) -> Sequence[str] | None:
        """The lines of a file of the folder; None for any other."""

    def look(self, asked: Mapping[str, str], language: str) -> Look | None:
        """What comes nearest to what is asked for; None where there is nothing to look at."""

    def page(self, path: str, state: str, language: str) -> str | None:
        """The page at a path, as respondents see it; None where there is none."""

    def asset(self, path: str) -> bytes | None:
        """A picture, script or recording of the site."""

    def codebook(self, key: str, language: str) -> str | None:
        """The codebook of a version, as a page; None where there is no such version."""

    def compared(self, old: str, new: str, language: str) -> Sequence[tuple[int, str]] | None:
        """What differs between two versions: lines with their depth. None where one of them is not known."""

    def paper_form(self, key: str, *, wave: str, language: str, service: str, large: bool) -> str | None:
        """The paper form of a published version, with room for the number on the slip, as a page to print; None where
        there is none in the language."""

    def interview_script(self, key: str, *, wave: str, language: str, service: str, large: bool) -> str | None:
        """The script to interview by, likewise, with cards to show."""


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A document that an area needs: what it is called, what it is for and who needs it."""

    name: str
    title: Text
    purpose: Text
    reader: Text


@dataclass(frozen=True, kw_only=True)
class Filled:
    """A document as it is filled now: its title and the rest of it as safe HTML, and how many boxes the area fills in.
    `published`: from the site as it was published, since the instruments' folder cannot be read just now."""

    title: str
    body: str
    boxes: int
    published: bool


class Documents(Protocol):
    """The papers that an area needs, filled from site.yaml. `published` is the site as it was published."""

    languages: Sequence[str]
    forms: Sequence[str]

    def listed(self) -> Sequence[Paper]:
        """Which there are, in the order in which they are needed."""

    def filled(self, name: str, language: str, *, published: Library, made: date) -> Filled:
        """A document to read."""

    def file(self, name: str, language: str, form: str, *, published: Library, made: date) -> File:
        """The same as a file, in one of the forms."""


ANSWERS_UNKNOWN = _(
    "The page cannot be made: “{name}” is no longer in the build of the site, so what was asked has no words there. "
    "Whoever looks after Mittari brings its file back and builds the site anew."
)


class OwnAnswers(Protocol):
    """A person's own answers for that person, by the exchange."""

    def page(
        self, kept: Sequence[Submission], participation: Participation | None, *, bundle: Bundle, moment: datetime
    ) -> File:
        """All that was answered as a page to read and print, with what is stored of the participation where there is
        one. Raises NotMade."""


@dataclass(frozen=True, kw_only=True)
class Works:
    """All of them."""

    reports: Reports
    alarms: Alarms
    shelf: Shelf
    documents: Documents
    answers: OwnAnswers
