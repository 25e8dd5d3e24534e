"""Recordings of silence that browsers really play, made of a few bytes. docs/examples/audio/ holds one of each kind."""

from __future__ import annotations

import struct

RATE = 24_000
FRAMES = 42


def mp3(frames: int = FRAMES) -> bytes:
    """MPEG-2 layer III, one channel, 8 kbit/s: 24 bytes and 576 samples a frame, in which nothing is said."""
    return (b"\xff\xf3\x14\xc4" + bytes(20)) * frames


def m4a(frames: int = FRAMES) -> bytes:
    """AAC-LC in MP4, one channel: 1024 samples a frame."""
    silence = b"\x00\xc8\x00\x80\x23\x80"
    head = _box("ftyp", b"M4A ", _numbers(0), b"M4A mp42isom")
    length = frames * 1024
    # The offset of the sound is known when the index, which holds it, has its length.
    index = _index(frames, length, len(silence), 0)
    index = _index(frames, length, len(silence), len(head) + len(index) + 8)
    return head + index + _box("mdat", silence * frames)


def _box(name: str, *content: bytes) -> bytes:
    data = b"".join(content)
    return struct.pack(">I", len(data) + 8) + name.encode() + data


def _numbers(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}I", *numbers)


_MATRIX = _numbers(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def _index(frames: int, length: int, size: int, offset: int) -> bytes:
    movie = _numbers(0, 0, 0, RATE, length, 0x10000) + b"\x01\x00" + bytes(10) + _MATRIX + bytes(24) + _numbers(2)
    track = _numbers(7, 0, 0, 1, 0, length, 0, 0, 0) + b"\x01\x00\x00\x00" + _MATRIX + _numbers(0, 0)
    media = _numbers(0, 0, 0, RATE, length) + b"\x55\xc4\x00\x00"
    handler = _numbers(0, 0) + b"soun" + bytes(13)
    table = _box(
        "stbl",
        _box("stsd", _numbers(0, 1), _sample_entry()),
        _box("stts", _numbers(0, 1, frames, 1024)),
        _box("stsc", _numbers(0, 1, 1, frames, 1)),
        _box("stsz", _numbers(0, size, frames)),
        _box("stco", _numbers(0, 1, offset)),
    )
    place = _box("dinf", _box("dref", _numbers(0, 1), _box("url ", _numbers(1))))
    within = _box("minf", _box("smhd", _numbers(0, 0)), place, table)
    whole = _box("mdia", _box("mdhd", media), _box("hdlr", handler), within)
    return _box("moov", _box("mvhd", movie), _box("trak", _box("tkhd", track), whole))


def _sample_entry() -> bytes:
    # Object type 2 (AAC-LC), frequency 6 (24 kHz), one channel.
    decoder = b"\x04\x11\x40\x15" + bytes(3) + _numbers(8000, 8000) + b"\x05\x02\x13\x08"
    stream = b"\x03\x19\x00\x01\x00" + decoder + b"\x06\x01\x02"
    entry = bytes(6) + b"\x00\x01" + bytes(8) + b"\x00\x01\x00\x10" + bytes(4) + struct.pack(">I", RATE << 16)
    return _box("mp4a", entry, _box("esds", _numbers(0), stream))
