"""Names of other tools as ids and values that our files allow, each given once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from survey.instrument_checks import RESPONSE_COLUMNS
from survey.model import FORMS, Value

LONGEST = 40


class Names:
    """Gives ids: the name itself where it is allowed and free, else the nearest that is."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._last: dict[str, int] = {}
        """The number that an id ends in which was given last, by what it begins with."""

    def take(self, name: str, *, otherwise: str = "q", hyphens: bool = False) -> str:
        """An id for a name; `otherwise` begins it where the name begins with no letter, or has none."""
        allowed = re.fullmatch(FORMS["id" if hyphens else "item"][0], name)
        base = name if allowed else _plain(name, hyphens=hyphens)
        if not base[:1].isalpha() or base in RESPONSE_COLUMNS:
            base = f"{otherwise}_{base}".rstrip("_")
        return self._free(base)

    def _free(self, base: str) -> str:
        base = base[:LONGEST]
        n = self._last.get(base, 1)
        found = base.rstrip("_-")
        while found in self._taken:
            n += 1
            found = f"{base[: LONGEST - len(str(n)) - 1].rstrip('_-')}_{n}"
        self._taken.add(found)
        self._last[base] = n
        return found


def values(names: Iterable[str]) -> list[Value]:
    """Values of options, in order and each once: whole numbers as numbers, words in letters that values can have."""
    found: list[Value] = []
    taken: set[str] = set()
    for name in names:
        if re.fullmatch(r"-?(0|[1-9]\d{0,8})", name):
            value: Value = int(name)
        elif re.fullmatch(FORMS["value"][0], name):
            value = name
        else:
            value = _plain(name, hyphens=False)[:LONGEST].rstrip("_") or "option"
            value = int(value) if re.fullmatch(r"0|[1-9]\d{0,8}", value) else value
        base, n = str(value), 1
        while str(value) in taken:
            n += 1
            value = f"{base[: LONGEST - len(str(n)) - 1]}_{n}".lstrip("-")
        taken.add(str(value))
        found.append(value)
    return found


def _plain(name: str, *, hyphens: bool) -> str:
    """Small letters a-z, digits and underscores; accents are dropped."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).lower()
    return re.sub(r"_{2,}", "_", re.sub(r"[^a-z0-9_-]" if hyphens else r"[^a-z0-9_]", "_", bare)).strip("_-")
