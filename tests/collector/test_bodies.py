"""Reading bodies: what comes is counted, compared with what was announced, and read in one way only."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import bodies
from collector.bodies import BODY_LIMIT, DEPTH_LIMIT, FIELD_LIMIT, TOO_LONG, BadBody
from collector.receive import CUT_SHORT, MALFORMED


class Trickling(io.RawIOBase):
    """A body that comes in small pieces, as over a slow line."""

    def __init__(self, body: bytes) -> None:
        self.rest, self.taken = body, 0

    def read(self, size: int = -1) -> bytes:
        piece, self.rest = self.rest[: min(size, 1000)], self.rest[min(size, 1000) :]
        self.taken += len(piece)
        return piece


def refused(error: pytest.ExceptionInfo[BadBody]) -> tuple[int, str]:
    return error.value.status, error.value.text


def test_a_body_is_read_whole_however_it_comes() -> None:
    """In pieces too; one that is as long as the limit, with or without a word of its length."""
    body = b"x" * BODY_LIMIT
    assert bodies.read(Trickling(body), BODY_LIMIT) == body  # type: ignore[arg-type]
    assert bodies.read(io.BytesIO(body), None) == body
    assert bodies.read(io.BytesIO(b""), 0) == b""


def test_a_body_is_counted() -> None:
    """One byte more is refused, also where no length or a smaller one was announced, and no more is read than that."""
    for announced in (None, 5, BODY_LIMIT):
        stream = Trickling(b"x" * (BODY_LIMIT * 4))
        with pytest.raises(BadBody) as error:
            bodies.read(stream, announced)  # type: ignore[arg-type]
        assert refused(error) == (413, TOO_LONG) and stream.taken == BODY_LIMIT + 1
    untouched = Trickling(b"x" * 10)
    with pytest.raises(BadBody) as error:
        bodies.read(untouched, 10**15)  # type: ignore[arg-type]
    assert refused(error) == (413, TOO_LONG) and untouched.taken == 0


def test_a_body_that_is_shorter_than_announced_is_cut() -> None:
    """Servers pass short bodies on."""
    with pytest.raises(BadBody) as error:
        bodies.read(io.BytesIO(b"a=1"), 4)
    assert refused(error) == (400, CUT_SHORT)


# --- fields ---------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"))), max_size=20))
def test_what_a_browser_sends_is_read_back(pairs: list[tuple[str, str]]) -> None:
    """Any names and values, in their order, empty ones too."""
    body = urlencode(pairs).encode()
    if not body:
        return
    found = bodies.fields(body)
    assert [(name, value) for name in dict(pairs) for value in found[name]] == [
        (name, value) for name in dict(pairs) for other, value in pairs if other == name
    ]
    assert sum(map(len, found.values())) == len(pairs)


@given(st.binary(max_size=200) | st.lists(st.sampled_from([*b"a=&;%0Fx+_\x00\xc3"]), max_size=60).map(bytes))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """Nothing but BadBody is raised, and what is read is what the standard library reads."""
    try:
        found = bodies.fields(body)
    except BadBody as bad:
        assert (bad.status, bad.text) == (400, MALFORMED)
    else:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")
        assert [(name, value) for name, values in found.items() for value in values] == sorted(
            pairs, key=lambda pair: [name for name, _ in pairs].index(pair[0])
        )
        assert all(values and name.encode() is not None for name, values in found.items())


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b"", {}),
        (b"a=1;b=2", {"a": ["1;b=2"]}),
        (b"a=1&a=2", {"a": ["1", "2"]}),
        (b"a%00b=%00", {"a\x00b": ["\x00"]}),
        (b"a=%C3%A4+b", {"a": ["ä b"]}),
        (b"a=", {"a": [""]}),
        (b"=1", {"": ["1"]}),
        (b"&".join(b"f%d=" % n for n in range(FIELD_LIMIT)), {f"f{n}": [""] for n in range(FIELD_LIMIT)}),
    ],
)
def test_odd_bodies_that_are_fields(body: bytes, read: dict[str, list[str]]) -> None:
    """A semicolon parts nothing; a name that comes twice has both values; NUL is a character like others."""
    assert bodies.fields(body) == read


@pytest.mark.parametrize(
    "body",
    [
        b"a",
        b"a&b=1",
        b"a=1&",
        b"a=1&&b=2",
        b"a=%FF",
        b"a=%ED%A0%80",
        b"a=%C0%AF",
        b"\xef\xbb\xbfa=1",
        "ä=1".encode(),
        "a=1".encode("utf-16"),
        b"+AGE-=\xff",
        b"&".join(b"f%d=1" % n for n in range(FIELD_LIMIT + 1)),
    ],
)
def test_bodies_that_no_browser_sends(body: bytes) -> None:
    """No pair, empty pairs, bytes that are no UTF-8 or say it the long way, a mark of bytes' order, another encoding,
    one field too many."""
    with pytest.raises(BadBody) as error:
        bodies.fields(body)
    assert refused(error) == (400, MALFORMED)


# --- JSON -----------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), JSON, max_size=5), st.booleans())
def test_an_object_is_read_as_it_was_written(value: dict[str, Any], ascii: bool) -> None:
    """With or without escapes, as long as it is not nested deeply."""
    body = json.dumps(value, ensure_ascii=ascii).encode()
    deep = _depth_of(value)
    if deep > DEPTH_LIMIT:
        with pytest.raises(BadBody):
            bodies.members(body)
    else:
        assert bodies.members(body) == value


def _depth_of(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_depth_of, inner), default=0)


@given(st.binary(max_size=200) | st.text('{}[]":,\\u0d8e1.-atruefnl ', max_size=60).map(str.encode))
def test_any_bytes_are_an_object_or_refused(body: bytes) -> None:
    """Nothing but BadBody is raised; what is read can be stored and sent."""
    try:
        found = bodies.members(body)
    except BadBody as bad:
        assert (bad.status, bad.text) == (400, MALFORMED)
    else:
        assert json.loads(json.dumps(found, allow_nan=False, ensure_ascii=False).encode()) == found


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"a"',
        b"null",
        b'{"a": 1',
        b'{"a": 1} {"a": 1}',
        b'{"a": 1, "a": 1}',
        b'{"b": {"a": 1, "\\u0061": 2}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": -1e309}',
        b'{"a": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"a": "\xff"}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' * (DEPTH_LIMIT + 1) + b"1" + b"}" * (DEPTH_LIMIT + 1),
        b'{"' + b'\\"' * 100_000,
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": "\n"}',
        b"{/* */}",
    ],
    ids=range(25),
)
def test_bodies_that_are_no_object(body: bytes) -> None:
    """Another value, a piece of one, two, a name twice however it is written, numbers that are none or without end, half
    a character, another encoding, deep nesting, a text without end, and what is only nearly JSON."""
    with pytest.raises(BadBody) as error:
        bodies.members(body)
    assert refused(error) == (400, MALFORMED)


def test_brackets_inside_texts_are_no_nesting() -> None:
    """Nor is a quotation mark the end of one where it is escaped."""
    value = {"a": "[[[[[[[[[[[[{{{", "b": '"[[[[[[[[[[[[', "c\\": "\\"}
    assert bodies.members(json.dumps(value).encode()) == value


def test_one_and_one_point_nought_are_the_same_number() -> None:
    """As JSON has it; what is no whole number stays one with a point."""
    found = bodies.members(b'{"a": 1.0, "b": -1e2, "c": 1.5, "d": 1e15, "e": 0.0}')
    assert found == {"a": 1, "b": -100, "c": 1.5, "d": 10**15, "e": 0}
    assert [type(value) for value in found.values()] == [int, int, float, int, int]
