"""What a store holds beside what was acknowledged: lost, doubled, partial. All three must be 0."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from collector.settings import Keys
from collector.stores import Store, StoreTrouble
from survey import codes, records
from tests.crash.load import Acknowledged, Sent


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The figures of one look at a store, and examples of what is wrong."""

    acknowledged: int
    lost: int
    doubled: int
    partial: int
    examples: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        return not (self.lost or self.doubled or self.partial)

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(
            acknowledged=self.acknowledged + other.acknowledged,
            lost=self.lost + other.lost,
            doubled=self.doubled + other.doubled,
            partial=self.partial + other.partial,
            examples=(self.examples + other.examples)[:5],
        )


NOTHING = Verdict(acknowledged=0, lost=0, doubled=0, partial=0)


def judge(store: Store, keys: Keys, *, acknowledged: Iterable[Acknowledged], begun: Mapping[str, Sent]) -> Verdict:
    """Reads every submission of a store.

    Lost: acknowledged, and not there, or its receipt does not lead to it; all of them, where the store cannot be read.
    Doubled: an id under more than one key, or a key that comes twice. Partial: a record that cannot be read, or is not
    exactly a form that was sent.
    """
    acknowledged = list(acknowledged)
    try:
        return _judged(store, keys, acknowledged, begun)
    except StoreTrouble as trouble:
        return unreadable(len(acknowledged), trouble)


def unreadable(acknowledged: int, trouble: StoreTrouble) -> Verdict:
    """Of a store that cannot be read."""
    said = (f"lost: {trouble}",)
    return Verdict(acknowledged=acknowledged, lost=max(acknowledged, 1), doubled=0, partial=0, examples=said)


def _judged(store: Store, keys: Keys, acknowledged: Sequence[Acknowledged], begun: Mapping[str, Sent]) -> Verdict:
    found: dict[str, list[str]] = defaultdict(list)
    partial = []
    for key in store.scan("submission/"):
        submission = _readable(store.read(key), key)
        sent = begun.get(submission.id) if submission else None
        if submission is None or sent is None or not _same(submission, key, sent):
            partial.append(f"partial: {key}")
        if submission is not None:
            found[submission.id].append(key)
    lost = [
        f"lost: {one.sent.key}"
        for one in acknowledged
        if found.get(one.sent.id, [])[:1] != [one.sent.key] or not _opens(store, keys, one)
    ]
    doubled = [f"doubled: {at}" for at in found.values() if len(at) > 1]
    return Verdict(
        acknowledged=len(acknowledged),
        lost=len(lost),
        doubled=len(doubled),
        partial=len(partial),
        examples=(*lost[:2], *doubled[:2], *partial[:2]),
    )


def _readable(body: bytes | None, key: str) -> records.Submission | None:
    try:
        return records.decode(records.Submission, body or b"", key=key)
    except records.UnreadableRecord:
        return None


def _same(stored: records.Submission, key: str, sent: Sent) -> bool:
    """Every answer that was sent, under the key that it belongs under, and no other answer."""
    return key == sent.key and json.dumps(dict(stored.answers), sort_keys=True) == json.dumps(
        dict(sent.answers), sort_keys=True
    )


def _opens(store: Store, keys: Keys, one: Acknowledged) -> bool:
    symbols = codes.normalised_receipt(one.receipt)
    body = store.read(records.receipt_key(keys.receipt_hash(symbols))) if symbols else None
    try:
        return body is not None and records.decode_link(body)["submission"] == one.sent.key
    except records.UnreadableRecord:
        return False


# --- the table that is printed at the end ---------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Row:
    """What was tried, how often, and what became of it. A planted fault must not be sound."""

    tried: str
    times: int
    verdict: Verdict
    planted: bool = False


ROWS: list[Row] = []


def report(tried: str, times: int, verdict: Verdict, *, planted: bool = False) -> Verdict:
    """Adds a row to the table."""
    ROWS.append(Row(tried=tried, times=times, verdict=verdict, planted=planted))
    return verdict


def table() -> list[str]:
    """The rows as lines."""
    wide = max((len(row.tried) for row in ROWS), default=0)
    heads = ("times", "acknowledged", "lost", "doubled", "partial")
    lines = [f"{'tried':{wide}}  {'  '.join(f'{head:>12}' for head in heads)}"]
    for row in sorted(ROWS, key=lambda row: row.planted):
        v = row.verdict
        figures = (row.times, v.acknowledged, v.lost, v.doubled, v.partial)
        end = "" if not row.planted else "  planted, and caught" if not v.sound else "  planted, and NOT caught"
        lines.append(f"{row.tried:{wide}}  {'  '.join(f'{figure:>12,}' for figure in figures)}{end}")
    return lines
