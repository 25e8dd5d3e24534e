"""A tariff: what it may say, and every mistake in it as one sentence with its line."""

from __future__ import annotations

import shutil

import pytest

from survey import reading, tariff
from survey.model import Library
from survey.tariff import Cap
from tests.conftest import ROOT

WHOLE = """\
tariff: tyohonvalmennus-2027
version: 1
contracts: [ETKS-2026-01]
currency: EUR
fixed_fee: 900
results:
  - {outcome: employment, at: followup_6, price: 1200, verified: register}
  - {outcome: education, at: end, price: 300, accuracy: {sensitivity: 0.95, specificity: 0.97, source: Own check 2026}}
  - {change: job_search, per_point: 25, adjusted: true, floor: 0, cap: 500}
cap: {per_participation: 2500, per_contract: 120000, share_of_results: 0.5}
window: {first: 2027-01-01, last: 2027-12-31}
"""


def told(text: str) -> list[str]:
    """What is wrong with a tariff, sorted."""
    return [str(problem) for problem in tariff.read(text.encode(), file="t.yaml")[1]]


def test_a_tariff_that_is_right() -> None:
    """Keys are the fields; what is not said has its default; results have names that tell them apart."""
    read, problems = tariff.read(WHOLE.encode(), file="t.yaml")
    assert read is not None and problems == ()
    assert (read.value.key, read.value.fixed_fee, read.value.window.counts) == (
        "tyohonvalmennus-2027@1",
        900,
        "started",
    )
    assert [result.key for result in read.value.results] == ["employment.followup_6", "education.end", "job_search"]
    assert [result.verified for result in read.value.results[:2]] == ["register", "self_report"]
    assert read.value.cap == Cap(per_participation=2500, per_contract=120000, share_of_results=0.5)
    assert read.place("results", 2, "cap").line == 9
    least, problems = tariff.read(
        b"tariff: a\nversion: 1\nservices: [s]\nresults: [{change: d, per_point: 1}]\n"
        b"window: {first: 2027-01-01, last: 2027-01-01}\n",
        file="t.yaml",
    )
    assert least is not None and problems == ()
    assert (least.value.fixed_fee, least.value.results[0].floor, least.value.results[0].cap) == (0, 0, None)


REGISTER = "{outcome: employment, at: followup_6, price: 1200, verified: register}"
CHANGE = "{change: job_search, per_point: 25, adjusted: true, floor: 0, cap: 500}"


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        ("tariff: tyo", "price_list: tyo",
         ["t.yaml:1: TARIFF-UNKNOWN the file has no 'tariff' at the top, so it is not a tariff. Begin it with the line "
          "'tariff: its-name'."]),
        ("contracts: [ETKS-2026-01]\n", "",
         ["t.yaml:1: TARIFF-WHOM a tariff is for contracts or for services: one of the two must be named, and not both. "
          "Write 'contracts' with those of services.yaml, or 'services' with their ids."]),
        ("contracts: [ETKS-2026-01]", "contracts: [ETKS-2026-01]\nservices: [a]",
         ["t.yaml:4: TARIFF-WHOM a tariff is for contracts or for services: one of the two must be named, and not both. "
          "Write 'contracts' with those of services.yaml, or 'services' with their ids."]),
        ("[ETKS-2026-01]", "[ETKS-2026-01, B, ETKS-2026-01]",
         ["t.yaml:3: TARIFF-REPEATED 'ETKS-2026-01' stands twice in 'contracts', so it would be paid twice. Take one of "
          "them away."]),
        ("outcome: education, at: end", "outcome: employment, at: followup_6",
         ["t.yaml:8: TARIFF-REPEATED 'employment.followup_6' stands twice in 'results', so it would be paid twice. Take "
          "one of them away."]),
        ("change: job_search, per", "per",
         ["t.yaml:9: TARIFF-RESULT a result is an outcome or a change: one of the two must be named, and not both. Write "
          "'outcome' (employment or education) or 'change' with a dimension."]),
        (REGISTER, REGISTER.replace("outcome", "change: js, outcome"),
         ["t.yaml:7: TARIFF-RESULT a result is an outcome or a change: one of the two must be named, and not both. Write "
          "'outcome' (employment or education) or 'change' with a dimension."]),
        (REGISTER, "{outcome: employment, cap: 5}",
         ["t.yaml:7: KEY-MISSING the result lacks the key 'at'. Add 'at:'.",
          "t.yaml:7: KEY-MISSING the result lacks the key 'price'. Add 'price:'.",
          "t.yaml:7: TARIFF-RESULT-KEY 'cap' says nothing where the result is of 'outcome'. Take it away."]),
        (CHANGE, "{change: job_search, price: 5}",
         ["t.yaml:9: KEY-MISSING the result lacks the key 'per_point'. Add 'per_point:'.",
          "t.yaml:9: TARIFF-RESULT-KEY 'price' says nothing where the result is of 'change'. Take it away."]),
        ("sensitivity: 0.95, specificity: 0.97", "sensitivity: 0.5, specificity: 0.5",
         ["t.yaml:8: TARIFF-ACCURACY such answers tell no more than a coin: sensitivity and specificity add up to 1 or "
          "less. Write how often people's own word was right where somebody checked it, as shares from 0 to 1."]),
        ("price: 300,", "price: 300, verified: register,",
         ["t.yaml:8: TARIFF-ACCURACY-REGISTER an outcome from a register has no accuracy of people's own word. Take "
          "'accuracy' away, or write 'verified: self_report'."]),
        ("per_participation: 2500", "per_participation: 800",
         ["t.yaml:10: TARIFF-CAP 'per_participation' is 800, less than the fixed fee of one participation (900). Write a "
          "larger cap or a smaller 'fixed_fee'."]),
        ("fixed_fee: 900\n", "",
         ["t.yaml:9: TARIFF-SHARE there is no fixed fee, so all that is paid is for results, and their share cannot be "
          "capped. Write a 'fixed_fee', or take 'share_of_results' away."]),
        ("last: 2027-12-31", "last: 2026-12-31",
         ["t.yaml:11: TARIFF-WINDOW the window ends on 2026-12-31, before it begins on 2027-01-01. Correct one of the two "
          "days."]),
        ("last: 2027-12-31", "last: 2026-02-30",
         ["t.yaml:11: DATE-FORM 'last' is '2026-02-30', which is not a date. Write it like 2026-03-31."]),
        ("floor: 0", "floor: 10",
         ["t.yaml:9: VALUE-RANGE 'floor' cannot be 10. Write a number from -1000000000 to 0."]),
        ("verified: register", "verified: registry",
         ["t.yaml:7: VALUE-UNKNOWN 'verified' cannot be 'registry'. Did you mean 'register'?"]),
        ("per_contract: 120000", "per_contact: 120000",
         ["t.yaml:10: KEY-UNKNOWN the cap has no key 'per_contact'. Did you mean 'per_contract'?"]),
        ("last: 2027-12-31", "until: 2027-12-31",
         ["t.yaml:11: KEY-MISSING the window lacks the key 'last'. Add 'last:'.",
          "t.yaml:11: KEY-UNKNOWN the window has no key 'until'. Known here: counts, first, last."]),
        ("source: Own check 2026", "sources: Own check 2026",
         ["t.yaml:8: KEY-UNKNOWN the accuracy has no key 'sources'. Did you mean 'source'?"]),
    ],
)  # fmt: skip
def test_mistakes_in_a_tariff(old: str, new: str, sentences: list[str]) -> None:
    """Each is told with its line and what to do."""
    assert WHOLE.count(old) == 1
    assert told(WHOLE.replace(old, new)) == sentences


def test_all_mistakes_are_told_at_once() -> None:
    """In the order of the lines."""
    broken = WHOLE.replace("price: 1200", "price: -1").replace("0.5}", "2}").replace("ETKS-2026-01", "A, A")
    assert [line.split()[1] for line in told(broken)] == ["TARIFF-REPEATED", "VALUE-RANGE", "VALUE-RANGE"]


def test_a_tariff_for_nothing() -> None:
    """A fee alone is no tariff by results."""
    none = WHOLE.partition("results:")[0] + "results: []\nwindow: {first: 2027-01-01, last: 2027-12-31}\n"
    assert told(none) == [
        "t.yaml:6: TARIFF-RESULTS the tariff pays for no result. Add one to 'results', like {outcome: employment, at: "
        "followup_6, price: 1200}."
    ]


@pytest.mark.parametrize("text", ["", "- a\n", "tariff", "tariff: [", "\0"])
def test_what_is_no_tariff(text: str) -> None:
    """There is no tariff, and at least one problem."""
    read, problems = tariff.read(text.encode(), file="t.yaml")
    assert read is None and problems


# --- what services.yaml and the instruments must know ----------------------------------------------------------------


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The shipped instruments and services."""
    folder = tmp_path_factory.mktemp("tariff") / "instruments"
    shutil.copytree(ROOT / "instruments", folder)
    return reading.read_library(folder).library


def checked(text: str, library: Library) -> list[str]:
    read, problems = tariff.read(text.encode(), file="t.yaml")
    assert read is not None, problems
    return [str(problem) for problem in tariff.check(read, library)]


def test_a_tariff_that_its_services_can_carry(library: Library) -> None:
    """Only that the dimension has no reference is told, once however many contracts have it."""
    told = checked(
        WHOLE.replace("followup_6", "end").replace("[ETKS-2026-01]", "[ETKS-2026-01, ETKS-2026-05]"), library
    )
    assert told == [
        "t.yaml:9: TARIFF-REFERENCE warning: dimension 'job_search' has no reference, so the pay for chance alone "
        "is known roughly or not at all. Give the dimension a 'reference' with sd and reliability, or pay for something "
        "else."
    ]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[ETKS-2026-01]", "[ETKS-2026-91]",
         "t.yaml:3: TARIFF-CONTRACT no service has the contract 'ETKS-2026-91'. Did you mean 'ETKS-2026-01'?"),
        ("contracts: [ETKS-2026-01]", "services: [nobody]",
         "t.yaml:3: TARIFF-SERVICE there is no service 'nobody'. Write its id as services.yaml does."),
        ("at: end", "at: start",
         "t.yaml:8: TARIFF-OUTCOME 'ETKS-2026-01' asks its clients nothing at the wave 'start' that says whether "
         "'education' was reached. Write a wave at which it is asked, or add the question to an instrument of the "
         "service."),
        ("change: job_search", "change: job_serch",
         "t.yaml:9: TARIFF-DIMENSION 'ETKS-2026-01' does not measure the dimension 'job_serch'. Did you mean "
         "'job_search'?"),
    ],
)  # fmt: skip
def test_names_that_the_services_do_not_have(old: str, new: str, sentence: str, library: Library) -> None:
    """Each is told with its line and what was probably meant, beside what is told of the tariff as it is."""
    before = checked(WHOLE, library)
    assert set(checked(WHOLE.replace(old, new), library)) - set(before) == {sentence}
