"""Many requests, one commit: whoever holds the store commits for all who wait, so that its cost is shared."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from collector.stores import Record, StoreTrouble

Chain = Sequence[Record]
"""Records that are stored in order, up to the first whose key is taken."""
Commit = Callable[[Sequence[Chain]], Sequence[int]]
"""Stores what is free of some chains, all of it or nothing; says of each how many records were. Raises StoreTrouble."""


@dataclass
class _Waiting:
    """Records that wait to be committed, and then how many of them were stored."""

    chain: Chain
    stored: int | None = None
    trouble: StoreTrouble | None = None


class SharedCommits:
    """Hands records to one commit after the other; each takes all that came while the one before was under way."""

    def __init__(self, commit: Commit) -> None:
        self._commit = commit
        self._line = threading.Lock()
        self._waiting: list[_Waiting] = []
        self.lock = threading.Lock()
        """Held while a commit is under way; whoever else must have the connection for themselves takes it too."""

    def create(self, *chain: Record) -> int:
        """How many records were stored before one whose key was taken. Raises StoreTrouble."""
        own = _Waiting(chain)
        with self._line:
            self._waiting.append(own)
        with self.lock:
            if own.stored is None and own.trouble is None:
                self._commit_waiting()
        if own.trouble is not None:
            # One for each who waited: an error that is raised in several threads would gather the traces of all.
            raise StoreTrouble(str(own.trouble)) from own.trouble
        return own.stored or 0

    def _commit_waiting(self) -> None:
        with self._line:
            batch, self._waiting = self._waiting, []
        try:
            outcomes = self._commit([entry.chain for entry in batch])
        except StoreTrouble as trouble:
            for entry in batch:
                entry.trouble = trouble
        except BaseException:
            for entry in batch:
                entry.trouble = StoreTrouble("The record could not be stored: the work was broken off.")
            raise
        else:
            for entry, stored in zip(batch, outcomes, strict=True):
                entry.stored = stored
