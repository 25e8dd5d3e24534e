"""What the desk keeps in mind for an hour and stores nowhere: codes just made, lists being looked through, what was
done a moment ago. Each is for the person alone that it was kept for, and gone when the desk ends."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

T = TypeVar("T")
KEPT_FOR = timedelta(hours=1)
MOST = 500
"""Things that are kept for one person; beyond it their oldest go, so that nobody loses codes to what others do."""


class Memory:
    """Values by tokens that nobody can guess. Several threads may use it."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[datetime, str, object]] = OrderedDict()

    def put(self, login: str, value: object, *, most: int = MOST) -> str:
        """Keeps a value for somebody and gives its token. Of its kind the newest `most` are kept."""
        token = secrets.token_urlsafe(12)
        with self._lock:
            self._tidy()
            own = [each for each, (_until, whose, _value) in self._kept.items() if whose == login]
            alike = [each for each in own if type(self._kept[each][2]) is type(value)]
            for oldest in {*own[: max(len(own) - MOST + 1, 0)], *alike[: max(len(alike) - most + 1, 0)]}:
                del self._kept[oldest]
            self._kept[token] = (self._clock() + KEPT_FOR, login, value)
        return token

    def get(self, login: str, token: str, kind: type[T]) -> T | None:
        """The value of a token, where it was kept for this person and is of this kind; None for any other."""
        with self._lock:
            self._tidy()
            found = self._kept.get(token)
        return found[2] if found and found[1] == login and isinstance(found[2], kind) else None

    def every(self, login: str, kind: type[T]) -> list[T]:
        """All of a kind that is kept for a person, oldest first."""
        with self._lock:
            self._tidy()
            own = [value for _until, whose, value in self._kept.values() if whose == login]
        return [value for value in own if isinstance(value, kind)]

    def others(self, login: str, kind: type[T]) -> list[T]:
        """All of a kind that is kept for anybody else, oldest first."""
        with self._lock:
            self._tidy()
            theirs = [value for _until, whose, value in self._kept.values() if whose != login]
        return [value for value in theirs if isinstance(value, kind)]

    def forget(self, token: str) -> None:
        """Forgets a value at once."""
        with self._lock:
            self._kept.pop(token, None)

    def _tidy(self) -> None:
        now = self._clock()
        while self._kept and next(iter(self._kept.values()))[0] <= now:
            self._kept.popitem(last=False)
