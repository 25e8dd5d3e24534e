"""Who has logged in: signed cookies, which hold a login and its groups and no more, for a working day at most."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import TypeVar

from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response

from collector.settings import Keys
from collector.web import Request
from survey import codes
from survey.frozen import dataclass

T = TypeVar("T")
LASTS = timedelta(hours=8)
IDLE = timedelta(hours=1)
RENEWED = timedelta(minutes=1)
"""A cookie is written anew no more often."""
BEGUN_FOR = timedelta(minutes=10)
"""For which somebody may be at the login service."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """Somebody who has logged in. Times are seconds since 1970."""

    id: str
    login: str
    groups: tuple[str, ...]
    began: int
    seen: int


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A login that was begun: what the login service must bring back, and where to go on to."""

    state: str
    nonce: str
    verifier: str
    to: str
    began: int


class Cookies:
    """Cookies that only this desk can write. By TLS their names bind them to this host alone."""

    def __init__(self, keys: Keys, *, clock: Callable[[], datetime], random: codes.Random, secure: bool) -> None:
        self._clock = clock
        self._random = random
        self._secure = secure
        self._prefix = "__Host-desk" if secure else "desk"
        key = codes.keyed_hash(keys.digest_key, "desk-session", "")
        signing = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        self._sessions = URLSafeSerializer(key, salt="session", signer_kwargs=signing)
        self._begun = URLSafeSerializer(key, salt="begun", signer_kwargs=signing)
        self._lock = threading.Lock()
        self._ended: dict[str, int] = {}
        """Sessions that somebody logged out of, with the moment at which they would have ended anyway."""

    # --- sessions

    def session(self, request: Request) -> Session | None:
        """The session of a request, where there is one that still lasts."""
        found = _loaded(self._sessions, request.cookies.get(self._prefix), Session)
        now = self._now()
        if found is None or found.id in self._ended:
            return None
        lasts = found.began <= now + 60 and now < found.began + LASTS.total_seconds()
        return found if lasts and now < found.seen + IDLE.total_seconds() else None

    def begin_session(self, response: Response, login: str, groups: Sequence[str]) -> None:
        """Writes a new session into an answer."""
        now = self._now()
        id = codes.new_id(self._random)
        self._write(response, Session(id=id, login=login, groups=tuple(groups), began=now, seen=now))

    def renew_session(self, response: Response, session: Session) -> None:
        """Notes that somebody is still there."""
        now = self._now()
        if now >= session.seen + RENEWED.total_seconds():
            self._write(response, replace(session, seen=now))

    def end_session(self, response: Response, session: Session) -> None:
        """Ends a session: its cookie goes, and a copy of it opens nothing."""
        now = self._now()
        with self._lock:
            self._ended = {id: until for id, until in self._ended.items() if until > now}
            self._ended[session.id] = session.began + int(LASTS.total_seconds())
        response.delete_cookie(self._prefix, secure=self._secure, httponly=True, samesite="Lax")

    def _write(self, response: Response, session: Session) -> None:
        self._set(response, self._prefix, str(self._sessions.dumps(asdict(session))))

    # --- logins under way

    def begin(self, response: Response, *, state: str, nonce: str, verifier: str, to: str) -> None:
        """Keeps in the browser what the login service must bring back."""
        begun = Begun(state=state, nonce=nonce, verifier=verifier, to=to, began=self._now())
        seconds = int(BEGUN_FOR.total_seconds())
        self._set(response, self._name(state), str(self._begun.dumps(asdict(begun))), max_age=seconds)

    def begun(self, request: Request, state: str) -> Begun | None:
        """The login that was begun in this browser under a state."""
        found = _loaded(self._begun, request.cookies.get(self._name(state)), Begun)
        fresh = found is not None and self._now() < found.began + BEGUN_FOR.total_seconds()
        return found if found is not None and fresh and found.state == state else None

    def forget(self, response: Response, state: str) -> None:
        """Forgets a login that was begun: it can be finished once."""
        response.delete_cookie(self._name(state), secure=self._secure, httponly=True, samesite="Lax")

    def _name(self, state: str) -> str:
        # Several pages may lead to the login service at once, each with a state of its own.
        return f"{self._prefix}-{hashlib.sha256(state.encode()).hexdigest()[:12]}"

    def _set(self, response: Response, name: str, value: str, max_age: int | None = None) -> None:
        response.set_cookie(name, value, max_age=max_age, secure=self._secure, httponly=True, samesite="Lax")

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _loaded(serializer: URLSafeSerializer, text: str | None, kind: Callable[..., T]) -> T | None:
    try:
        data = serializer.loads(text or "")
        return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in data.items()})
    except (BadData, TypeError, AttributeError):
        return None
