"""Codes, receipts and ids: how they are written, checked and hashed. Randomness and keys are arguments.

A code has 12 symbols of Crockford's base 32 (60 bits) and a check symbol: the weighted sum of the symbols over the
field of 32 elements is zero. Weights differ and none is zero, so every single substitution and every transposition of
two symbols is caught, and the check symbol is of the same alphabet as the rest (docs/decisions/0003-check-symbol.md).
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 13
ID_LENGTH = 26
RECEIPT_LENGTH = 20

Random = Callable[[int], bytes]
"""Gives that many random bytes, as `secrets.token_bytes` does."""

_ALIASES = str.maketrans("OILАВСЕНІКМОРТУХЅЈ", "011ABCEH1KM0PTYXSJ")
"""Letters that are no symbols, and those of Cyrillic keyboards that look like ours."""
_LONGEST = 200
"""With whatever a mail program puts between. Normalising more would take its time."""
_BETWEEN = {"Zs", "Cc", "Cf", "Pd"}
"""Spaces, ends of lines, marks of direction and hyphens stand between symbols."""


def _symbols_typed(typed: str) -> str:
    """What was typed, in the letters and digits of the alphabet as far as it has them: digits may be of other scripts,
    letters of other keyboards, and both of full width. Nothing of what is far too long to be a code or a receipt."""
    if len(typed) > _LONGEST:
        return ""
    seen = unicodedata.normalize("NFKC", typed).replace("\u2212", "-")
    symbols = "".join(str(unicodedata.decimal(c, c)) for c in seen if unicodedata.category(c) not in _BETWEEN)
    return symbols.upper().translate(_ALIASES)


def _powers() -> list[int]:
    """Powers of the generator 2 of GF(32) modulo x^5 + x^2 + 1: 31 different values, none zero."""
    values, value = [], 1
    for _ in range(31):
        values.append(value)
        value <<= 1
        if value & 32:
            value ^= 0b100101
    return values


_POWER = _powers()
_LOG = {value: exponent for exponent, value in enumerate(_POWER)}


def _check_value(symbols: str) -> int:
    """The sum of symbol × weight over GF(32), where the i-th symbol from the end weighs 2^i; 0 for a whole code."""
    total = 0
    for weight, symbol in enumerate(reversed(symbols)):
        value = ALPHABET.index(symbol)
        if value:
            total ^= _POWER[(_LOG[value] + weight) % 31]
    return total


def new_code(random: Random) -> str:
    """A fresh code of 13 symbols, without hyphens."""
    symbols = _symbols(random(8), CODE_LENGTH - 1)
    # The last symbol weighs 2^0 = 1, so it is the sum of the others.
    return symbols + ALPHABET[_check_value(symbols + "0")]


def normalised(typed: str) -> str | None:
    """The code that was typed, or None if it is none: case, spaces and hyphens do not matter; O is 0, I and L are 1.
    Digits of other scripts and look-alikes of Cyrillic keyboards are what they look like."""
    code = _symbols_typed(typed)
    if len(code) != CODE_LENGTH or any(symbol not in ALPHABET for symbol in code):
        return None
    return code if _check_value(code) == 0 else None


def shown(code: str) -> str:
    """A code as it is printed: `ABCD-EFGH-JKMNP`."""
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def new_id(random: Random) -> str:
    """128 random bits as 26 lowercase symbols."""
    return _symbols(random(17), ID_LENGTH).lower()


def is_id(text: str) -> bool:
    """Whether a text has the form of an id."""
    return len(text) == ID_LENGTH and all(symbol in ALPHABET.lower() for symbol in text)


def new_participation_id(random: Random) -> str:
    """A participation's id, `p_` and 128 random bits."""
    return f"p_{new_id(random)}"


def person(key: bytes, client_number: str) -> str:
    """The pseudonym of a client number, `h_` and 128 bits. Case and spaces do not matter; leading zeros do."""
    plain = "".join(unicodedata.normalize("NFKC", client_number).split()).upper()
    digest = hmac.digest(key, f"person:{plain}".encode(), "sha256")
    return f"h_{_symbols(digest, ID_LENGTH).lower()}"


def is_person(text: str) -> bool:
    """Whether a text has the form of a pseudonym."""
    return text.startswith("h_") and is_id(text[2:])


def keyed_hash(key: bytes, purpose: str, text: str) -> str:
    """HMAC-SHA-256 in hex; the purpose keeps hashes of different kinds apart under one key."""
    return hmac.digest(key, f"{purpose}:{text}".encode(), "sha256").hex()


def receipt(key: bytes, submission_id: str) -> str:
    """The receipt of a submission: 100 bits of an HMAC over its id, in 20 symbols. The same id, the same receipt."""
    digest = hmac.digest(key, f"receipt:{submission_id}".encode(), "sha256")
    return _symbols(digest, RECEIPT_LENGTH)


def normalised_receipt(typed: str) -> str | None:
    """The receipt that was meant by what somebody typed, or None if it cannot be one."""
    symbols = _symbols_typed(typed)
    return symbols if len(symbols) == RECEIPT_LENGTH and all(symbol in ALPHABET for symbol in symbols) else None


def receipt_shown(symbols: str) -> str:
    """A receipt as it is shown: `ABCDE-FGHJK-MNPQR-STVWX`."""
    return "-".join(symbols[i : i + 5] for i in range(0, RECEIPT_LENGTH, 5))


def _symbols(data: bytes, count: int) -> str:
    """The leading `5 × count` bits of some bytes as symbols."""
    number = int.from_bytes(data) >> (8 * len(data) - 5 * count)
    return "".join(ALPHABET[number >> (5 * i) & 31] for i in reversed(range(count)))
