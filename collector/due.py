"""What is due under a code. One function decides; pages and programs are told the same."""

from __future__ import annotations

from datetime import date

from collector import participations
from collector.bundle import Bundle
from collector.settings import Keys
from collector.stores import Store
from survey import schedule
from survey.frozen import dataclass
from survey.model import Instrument, Service


@dataclass(frozen=True, kw_only=True)
class Due:
    """A questionnaire that can be answered now."""

    service: Service
    instrument: Instrument
    wave: str


@dataclass(frozen=True, kw_only=True)
class NothingOpen:
    """Nothing can be answered now: `opens` is the day on which something can, if there is one; `done` says that
    everything that was asked has been answered."""

    opens: date | None
    done: bool


def due(typed: str, *, bundle: Bundle, store: Store, keys: Keys, today: date) -> Due | NothingOpen | None:
    """What a typed code is asked on a day; None for any bad code. Raises StoreTrouble or UnreadableRecord."""
    library = bundle.library
    participation = participations.by_code(store, keys, typed)
    if participation is None or participation.service not in {s.id for s in library.services.services}:
        return None
    done = participations.answered(store, participation)
    tasks = schedule.open_tasks(library, participation, done, today)
    if not tasks:
        opens = schedule.next_opening(library, participation, done, today)
        return NothingOpen(opens=opens, done=schedule.all_answered(library, participation, done))
    return Due(
        service=library.services.service(participation.service),
        instrument=library.instruments[tasks[0].instrument],
        wave=tasks[0].wave,
    )


def language_met(instrument: Instrument, wanted: str, bundle: Bundle) -> str:
    """The language in which somebody who comes in another meets a questionnaire."""
    # The site may have lost a language since the version was locked.
    return instrument.met_in(wanted, bundle.messages) or next(
        each for each in instrument.languages if each in bundle.messages
    )
