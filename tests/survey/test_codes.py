"""Codes, ids and receipts: every slip of a finger is caught, and the same id always gives the same receipt."""

from __future__ import annotations

import random
import secrets

from hypothesis import given
from hypothesis import strategies as st

from survey import codes

some_codes = st.binary(min_size=8, max_size=8).map(lambda data: codes.new_code(lambda n: data[:n]))


@given(some_codes)
def test_a_code_is_read_back_however_it_is_typed(code: str) -> None:
    """Small letters, spaces, hyphens, and the letters that look like digits."""
    assert len(code) == codes.CODE_LENGTH
    assert codes.normalised(code) == code
    assert codes.normalised(f" {codes.shown(code).lower()} ") == code
    assert codes.normalised(code.replace("0", "o").replace("1", "L")) == code
    assert codes.normalised(code.replace("1", "i")) == code


@given(some_codes)
def test_every_single_substitution_is_caught(code: str) -> None:
    """All 13 × 31 codes that differ in one symbol are refused."""
    for at, right in enumerate(code):
        for symbol in codes.ALPHABET:
            if symbol != right:
                assert codes.normalised(code[:at] + symbol + code[at + 1 :]) is None


@given(some_codes)
def test_every_transposition_is_caught(code: str) -> None:
    """Any two symbols that change places are noticed, neighbours or not."""
    for i in range(len(code)):
        for j in range(i):
            if code[i] != code[j]:
                swapped = list(code)
                swapped[i], swapped[j] = swapped[j], swapped[i]
                assert codes.normalised("".join(swapped)) is None


@given(st.text(max_size=30))
def test_nothing_else_is_a_code(text: str) -> None:
    """Whatever is typed, the answer is a code or None."""
    code = codes.normalised(text)
    assert code is None or codes.normalised(code) == code


def test_codes_use_all_their_bits() -> None:
    """60 bits: over many codes each place shows all 32 symbols, and none comes twice."""
    made = [codes.new_code(secrets.token_bytes) for _ in range(3000)]
    assert len(set(made)) == 3000
    for place in range(codes.CODE_LENGTH):
        assert len({code[place] for code in made}) == 32


def test_ids_have_128_bits_and_a_form() -> None:
    """26 small symbols; a participation's has its prefix."""
    chance = random.Random(5).randbytes
    id = codes.new_id(chance)
    assert codes.is_id(id) and len(id) == 26
    assert not codes.is_id(id.upper()) and not codes.is_id(id[:-1]) and not codes.is_id(id[:-1] + "u")
    assert codes.new_participation_id(chance)[:2] == "p_"
    assert {symbol for _ in range(500) for symbol in codes.new_id(chance)[:1]} == set(codes.ALPHABET.lower())


def test_receipts_follow_from_id_and_key() -> None:
    """The same id and key give the same receipt; another key or id another one."""
    one = codes.receipt(b"k" * 32, "id-1")
    assert one == codes.receipt(b"k" * 32, "id-1")
    assert len({one, codes.receipt(b"k" * 32, "id-2"), codes.receipt(b"j" * 32, "id-1")}) == 3
    assert len(one) == codes.RECEIPT_LENGTH and set(one) <= set(codes.ALPHABET)
    assert codes.receipt_shown(one).count("-") == 3


def test_hashes_of_different_purposes_differ() -> None:
    """One key, two purposes, two hashes."""
    assert codes.keyed_hash(b"k", "code", "x") != codes.keyed_hash(b"k", "receipt-record", "x")


@given(some_codes)
def test_a_code_in_digits_and_letters_of_other_keyboards(code: str) -> None:
    """Arabic and Persian digits, letters of full width, Cyrillic letters that look like ours, and what is invisible or
    between lines when a code is pasted."""
    cyrillic = str.maketrans("ABCEHKMPTXYSJ", "АВСЕНКМРТХУЅЈ")
    assert codes.normalised(code.translate(cyrillic).lower()) == code
    for zero in ("٠", "۰", "０"):
        assert codes.normalised("".join(chr(ord(zero) + int(c)) if c.isdigit() else c for c in code)) == code
    assert codes.normalised("".join(chr(ord(c) + 0xFEE0) for c in code)) == code
    assert codes.normalised(f"\u2066{code[:4]}\u2010{code[4:8]}\u2014\u00a0{code[8:]}\u2069\r\n") == code


def test_a_receipt_in_the_digits_of_another_script() -> None:
    """A receipt is read in the same way."""
    one = codes.receipt(b"k" * 32, "a" * 26)
    arabic = "".join(chr(ord("٠") + int(c)) if c.isdigit() else c for c in one)
    assert any(c.isdigit() for c in one) and codes.normalised_receipt(f"\u200f{arabic}") == one
