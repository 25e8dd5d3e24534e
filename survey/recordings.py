"""What a file that a question is heard from must be: a recording that every phone plays, of the kind its name says."""

from __future__ import annotations

from collections.abc import Mapping

from survey.frozen import dataclass

SIZE_LIMIT = 1_000_000
"""Bytes: minutes of speech, and far more than a question needs."""
KINDS: Mapping[str, str] = {"mp3": "MP3", "m4a": "AAC (MP4)"}
MIME_TYPES: Mapping[str, str] = {"mp3": "audio/mpeg", "m4a": "audio/mp4"}
"""As they are served: what a machine has of its own differs from one to the next."""


@dataclass(frozen=True)
class Recording:
    """What a file is: its size in bytes, and whether it is of the kind that its name says."""

    size: int
    is_kind: bool


def recording(ending: str, data: bytes) -> Recording:
    """What the bytes of a file with one of the endings of KINDS are."""
    return Recording(len(data), _is_mp3(data) if ending == "mp3" else _is_aac(data))


def _is_mp3(data: bytes) -> bool:
    """Begins with a tag, or with a frame of layer III: other layers, and AAC without a container, begin alike."""
    if data[:3] == b"ID3":
        return True
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return False
    version, layer, rate, frequency = (data[1] >> 3) & 3, (data[1] >> 1) & 3, data[2] >> 4, (data[2] >> 2) & 3
    return version != 1 and layer == 1 and rate != 15 and frequency != 3


def _is_aac(data: bytes) -> bool:
    """An MP4 file with a track of AAC: one of Apple's lossless coding has the same ending and is silent elsewhere."""
    return data[4:8] == b"ftyp" and b"mp4a" in data
