"""What organisations answered to alarms and thanks: each reply is kept, and a later one amends those before it."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime

from collector.lists import holds_identity_code
from collector.participations import EARLIEST, LATEST, InviteError
from collector.stores import Store, StoreTrouble
from survey import records
from survey.records import Reply, Role

LONGEST = 4_000
"""Letters of a reply, and of what is done."""
_TRIES = 5


def record_reply(
    store: Store,
    *,
    alarm: str,
    by: Role,
    organisation: str,
    text: str,
    action: str = "",
    done: date | None = None,
    moment: datetime,
) -> Reply:
    """Stores a reply as the next of its alarm and returns it. Said once more without a change, nothing new is stored.

    `alarm` is the id of one that was raised, `organisation` the name of one in services.yaml or site.yaml; `moment`
    carries a time zone. Raises InviteError where the words cannot be kept, and StoreTrouble.
    """
    if done is not None and not EARLIEST <= done <= LATEST:
        raise InviteError(f"The date {done} cannot be right. Give one from {EARLIEST} to {LATEST}.")
    reply = Reply(
        alarm=alarm,
        n=0,
        by=by,
        organisation=organisation,
        text=_fit(text, "--text", needed=True),
        action=_fit(action, "--action", needed=False),
        done=None if done is None else done.isoformat(),
        moment=records.timestamp(moment),
    )
    for _ in range(_TRIES):
        earlier = list(_of(store, alarm))
        last = earlier[-1] if earlier else None
        if last is not None and dataclasses.replace(last, n=0, moment=reply.moment) == reply:
            return last
        now = dataclasses.replace(reply, n=last.n + 1 if last else 1)
        if store.create(records.reply_key(alarm, now.n), records.encode(now)):
            return now
    raise StoreTrouble(f"Somebody else is replying to {alarm}. Try again.")


def every_reply(store: Store) -> Iterator[Reply]:
    """Every reply, by alarm and in the order in which they came. Raises UnreadableRecord."""
    return _below(store, "reply/")


def _of(store: Store, alarm: str) -> Iterator[Reply]:
    return _below(store, f"reply/{alarm}/")


def _below(store: Store, prefix: str) -> Iterator[Reply]:
    for key in store.scan(prefix):
        body = store.read(key)
        if body is not None:
            yield records.decode(Reply, body, key=key)


def _fit(text: str, option: str, *, needed: bool) -> str:
    """A text as it is kept, with plain ends of lines and without what cannot be seen."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = "".join(sign for sign in lines if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cf")).strip()
    if needed and not kept:
        raise InviteError(f"The reply is empty. Write it with {option}, or in a file named with {option}-file.")
    if len(kept) > LONGEST:
        raise InviteError(f"{option} has {len(kept)} letters, and {LONGEST} are kept. Say it in fewer words.")
    if holds_identity_code(kept):
        raise InviteError(f"A personal identity code stands in {option}. Take it out: they are not stored here.")
    return kept
