"""Many requests, one commit: whoever holds the store commits for all who wait, so that its cost is shared."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from collector.stores import StoreTrouble

Record = tuple[str, bytes]
"""A key and its bytes."""
Commit = Callable[[Sequence[Record]], Sequence[bool]]
"""Stores records whose keys are free, all or none of them; says of each whether it was. Raises StoreTrouble."""


@dataclass
class _Waiting:
    """A record that waits to be committed, and then what became of it."""

    record: Record
    created: bool | None = None
    trouble: StoreTrouble | None = None


class SharedCommits:
    """Hands records to one commit after the other; each takes all that came while the one before was under way."""

    def __init__(self, commit: Commit) -> None:
        self._commit = commit
        self._line = threading.Lock()
        self._waiting: list[_Waiting] = []
        self.lock = threading.Lock()
        """Held while a commit is under way; whoever else must have the connection for themselves takes it too."""

    def create(self, key: str, body: bytes) -> bool:
        """True where the record is stored; False where its key was taken. Raises StoreTrouble."""
        own = _Waiting((key, body))
        with self._line:
            self._waiting.append(own)
        with self.lock:
            if own.created is None and own.trouble is None:
                self._commit_waiting()
        if own.trouble is not None:
            # One for each who waited: an error that is raised in several threads would gather the traces of all.
            raise StoreTrouble(str(own.trouble)) from own.trouble
        return bool(own.created)

    def _commit_waiting(self) -> None:
        with self._line:
            batch, self._waiting = self._waiting, []
        try:
            outcomes = self._commit([entry.record for entry in batch])
        except StoreTrouble as trouble:
            for entry in batch:
                entry.trouble = trouble
        except BaseException:
            for entry in batch:
                entry.trouble = StoreTrouble("The record could not be stored: the work was broken off.")
            raise
        else:
            for entry, created in zip(batch, outcomes, strict=True):
                entry.created = created
