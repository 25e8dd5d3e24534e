"""What organisations answered to alarms and thanks: each reply is kept, and a later one amends those before it."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Literal

from collector.lists import holds_identity_code
from collector.participations import InviteError, refuse_unlikely
from collector.stores import Store, StoreTrouble
from survey import records
from survey.marking import _
from survey.phrases import said
from survey.records import Reply, Role

LONGEST = 4_000
"""Letters of a reply, and of what is done."""
_TRIES = 5
Part = Literal["text", "action"]
"""What an organisation says, and what it does about it."""

EMPTY = _("The reply is empty. Write what you answer.")
TOO_LONG: Mapping[Part, str] = {
    "text": _("The reply has {count} letters, and {most} are kept. Say it in fewer words."),
    "action": _("What is done about it has {count} letters, and {most} are kept. Say it in fewer words."),
}
IDENTITY_CODE: Mapping[Part, str] = {
    "text": _("A personal identity code stands in the reply. Take it out: they are not stored here."),
    "action": _("A personal identity code stands in what is done about it. Take it out: they are not stored here."),
}


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
    if done is not None:
        refuse_unlikely(done)
    reply = Reply(
        alarm=alarm,
        n=0,
        by=by,
        organisation=organisation,
        text=fit(text, "text"),
        action=fit(action, "action"),
        done=None if done is None else done.isoformat(),
        moment=records.timestamp(moment),
    )
    for _try in range(_TRIES):
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


def fit(text: str, part: Part) -> str:
    """A text as it is kept, with plain ends of lines and without what cannot be seen. Raises InviteError."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = "".join(sign for sign in lines if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cf")).strip()
    if part == "text" and not kept:
        raise InviteError(said(EMPTY))
    if len(kept) > LONGEST:
        raise InviteError(said(TOO_LONG[part], count=len(kept), most=LONGEST))
    if holds_identity_code(kept):
        raise InviteError(said(IDENTITY_CODE[part]))
    return kept
