"""Erasing, access, retention and backups: what is gone is gone, what is kept comes back, and the log says who did it."""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from collector import audit, erasing, participations, purging, results
from collector.backups import back_up, restore
from collector.erasing import Eraser
from collector.inviting import Invited
from collector.opening import all_keys, opened
from collector.participations import InviteError
from collector.settings import Keys, Settings
from collector.stores import Store, StoreTrouble, open_store
from collector.stores.sqlite import SQLiteStore
from survey import codes, records
from survey.model import Library, OwnRetention, Retention
from survey.records import Submission
from tests.collector.forms import ID, OTHER_ID, Page, body, fields
from tests.conftest import NOON, Client, Clock, Run

FORM = "application/x-www-form-urlencoded"
THIRD_ID = "y123456789abcdefghjkmnpqrs"
WORDS = "omin sanoin 5512"
Invite = Callable[..., Invited]


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Store]:
    """The second place of tombstones."""
    place = open_store(f"folder:{tmp_path / 'erasures'}")
    yield place
    place.close()


@pytest.fixture
def eraser(store: SQLiteStore, second: Store, keys: Keys) -> Eraser:
    return Eraser(store=store, second=second, keys=keys, moment=NOON)


@pytest.fixture
def answer(client: Client, library: Library) -> Callable[..., str]:
    """Sends a form, and gives its receipt, or the status where there is none."""

    def send(code: str, *, id: str = ID, wave: str = "start", **answers: str) -> str:
        if wave == "start":
            sent = fields(library, code, id=id, wb1="4", **answers)
        else:
            sent = fields(library, code, id=id, instrument="palvelupalaute", wave=wave, best=WORDS, **answers)
        page = client.post("/-/submit", data=body(sent), content_type=FORM)
        found = re.search(r'class="receipt"><bdi>([^<]+)', page.text)
        return found[1] if page.status_code == 201 and found else str(page.status_code)

    return send


Answer = Callable[..., str]


def everything(store: Store) -> dict[str, bytes | None]:
    return {key: store.read(key) for key in all_keys(store)}


# --- erasing --------------------------------------------------------------------------------------


def test_everything_of_a_participation_is_erased(
    invite: Invite, answer: Answer, store: SQLiteStore, second: Store, eraser: Eraser, keys: Keys
) -> None:
    """Answers, receipts, codes and dates; another's stay. The code opens nothing, the number is nobody's and is given
    to nobody else, and the tombstones hold no answer."""
    one, other = invite(), invite()
    receipt = answer(one.code)
    answer(one.code, id=THIRD_ID, wave="end")
    answer(other.code, id=OTHER_ID)
    erased = eraser.participation(one.participation)
    assert erased.questionnaires == 2
    left = everything(store)
    assert not any(one.participation.id in f"{key} {body!r}" for key, body in left.items() if "tombstone" not in key)
    assert participations.by_code(store, keys, one.code) is None and results.by_receipt(store, keys, receipt) is None
    assert participations.by_code(store, keys, other.code) is not None
    assert sum(key.startswith("submission/") for key in left) == 1
    with pytest.raises(InviteError) as error:
        participations.by_number(store, one.participation.number)
    assert str(error.value) == f"There is no participation '{one.participation.number}'. It was erased."
    assert invite().participation.number not in (one.participation.number, other.participation.number)
    tombstone = records.tombstone_key(one.participation.id)
    assert store.read(tombstone) == second.read(tombstone) == b'{"erased":"2026-11-24T10:00:00.000Z","record":2}'


def test_by_receipt_one_questionnaire_is_erased(
    invite: Invite, answer: Answer, store: SQLiteStore, eraser: Eraser, client: Client
) -> None:
    """The other stays. The code opens no way to speak for somebody who has taken answers back: the questionnaire is
    not due again, and a form gets the one plain refusal."""
    one = invite()
    receipt = answer(one.code)
    answer(one.code, id=THIRD_ID, wave="end")
    assert eraser.receipt(receipt.lower().replace("-", " ")).questionnaires == 1
    (kept,) = store.scan("submission/")
    assert kept.endswith("/palvelupalaute/end/1")
    assert answer(one.code, id=OTHER_ID) == "409"
    assert list(store.scan("submission/")) == [kept]
    due = client.post("/-/enter", data={"_code": one.code, "_language": "en"}, content_type=FORM)
    assert "tyohonvalmennus" not in due.text or due.status_code != 200
    with pytest.raises(InviteError) as error:
        eraser.receipt(receipt)
    assert str(error.value) == "There are no answers with this receipt. It has 20 letters and digits in four groups."


def test_a_reset_lets_it_be_answered_again(invite: Invite, answer: Answer, store: SQLiteStore, eraser: Eraser) -> None:
    """Where somebody else has used the slip: the answers go, and the right person can send theirs."""
    one = invite()
    answer(one.code)
    assert eraser.reset(one.participation, "tyohonvalmennus", "start").questionnaires == 1
    assert list(store.scan("submission/")) == []
    assert len(answer(one.code, id=OTHER_ID)) == 23
    with pytest.raises(InviteError) as error:
        eraser.reset(one.participation, "tyohonvalmennus", "end")
    assert str(error.value) == f"{one.participation.number} has not answered 'tyohonvalmennus' at 'end'."


def test_erasing_that_was_broken_off_is_finished_by_doing_it_again(
    invite: Invite, answer: Answer, store: SQLiteStore, eraser: Eraser
) -> None:
    """Whichever removal fails, the tombstones stand already, and the second time leaves nothing."""

    class Failing(SQLiteStore):
        left = 0

        def remove(self, key: str) -> None:
            if Failing.left == 0:
                raise StoreTrouble("planted")
            Failing.left -= 1
            super().remove(key)

    failing = Failing(store._path)
    for left in range(5):
        one = invite()
        answer(one.code, id=codes.new_id(random.Random(left).randbytes))
        Failing.left = left
        with pytest.raises(StoreTrouble):
            dataclasses.replace(eraser, store=failing).participation(one.participation)
        assert records.tombstone_key(one.participation.id) in store.scan("tombstone/")
        eraser.participation(one.participation)
        assert {key.partition("/")[0] for key in all_keys(store)} == {"number", "tombstone"}
    failing.close()


def test_answers_that_come_while_they_are_erased_do_not_stay(
    invite: Invite, library: Library, store: SQLiteStore, eraser: Eraser, settings: Settings, clock: Clock
) -> None:
    """The tombstone is looked for after storing, too: it has the last word."""
    from collector import create_app

    one = invite()

    class Meanwhile(SQLiteStore):
        def create_in_order(self, *chain: tuple[str, bytes]) -> int:
            self.create(records.tombstone_key(one.participation.id, "tyohonvalmennus", "start"), b"{}")
            return super().create_in_order(*chain)

    kept = Meanwhile(store._path)
    desk = Client(create_app(settings, store=kept, clock=clock, random=random.Random(3).randbytes))
    page = desk.post("/-/submit", data=body(fields(library, one.code, wb1="4")), content_type=FORM)
    assert page.status_code == 409 and list(store.scan("submission/")) == []
    kept.close()


def test_open_answers_are_erased_by_their_receipt(
    open_client: Client, library: Library, store: SQLiteStore, second: Store, eraser: Eraser
) -> None:
    """They belong to nobody: a tombstone of their own id, and the same form is refused from then on."""
    sent = fields(library, "", wb1="4")
    del sent["_code"]
    sent = {"_service": "tyohonvalmennus", **sent}
    page = open_client.post("/-/submit", data=body(sent), content_type=FORM)
    receipt = re.search(r'class="receipt"><bdi>([^<]+)', page.text)
    assert receipt is not None
    assert eraser.receipt(receipt[1]).owner == f"o_{ID}"
    assert list(second.scan("")) == [f"tombstone/o_{ID}"]
    assert open_client.post("/-/submit", data=body(sent), content_type=FORM).status_code == 409
    assert list(store.scan("submission/")) == []


# --- backups and the restore drill ----------------------------------------------------------------


def test_the_restore_drill(
    invite: Invite, answer: Answer, store: SQLiteStore, second: Store, eraser: Eraser, keys: Keys, tmp_path: Path
) -> None:
    """A backup, then three erasures, then the store is lost: what comes back is what was there without what was
    erased, codes and receipts work, and nobody answers twice."""
    people = [invite() for _ in range(4)]
    receipts = [answer(one.code, id=codes.new_id(random.Random(n).randbytes)) for n, one in enumerate(people)]
    path = tmp_path / "backups" / "b.sqlite"
    made = back_up(store, path)
    assert made.submissions == 4 and path.stat().st_mode & 0o077 == 0
    eraser.participation(people[0].participation)
    eraser.receipt(receipts[1])
    eraser.reset(people[2].participation, "tyohonvalmennus", "start")
    before = everything(store)
    new = opened(f"sqlite:{tmp_path / 'new.sqlite'}")
    source = SQLiteStore(path)
    came, left_out = restore(source, new, tombstones=list(second.scan("tombstone/")))
    source.close()
    back = everything(new)
    unlike = {key for key in before | back if before.get(key) != back.get(key)}
    # A number that is nobody's is not in the backup, and bodies of tombstones say when.
    assert {key.partition("/")[0] for key in unlike} <= {"number", "tombstone"}
    assert left_out == made.records - came and came == len([key for key in back if "tombstone" not in key])
    assert participations.by_code(new, keys, people[0].code) is None
    assert participations.by_code(new, keys, people[3].code) is not None
    assert [results.by_receipt(new, keys, receipt) is not None for receipt in receipts] == [False, False, False, True]
    assert erasing.is_buried(new, people[1].participation.id, "tyohonvalmennus", "start")
    new.close()


def test_a_backup_while_answers_come_has_no_answer_without_its_receipt(
    invite: Invite, answer: Answer, store: SQLiteStore, tmp_path: Path
) -> None:
    """Somebody answers at every step of the reading: what a record in the backup needs is in it as well."""
    codes_left = [invite().code for _ in range(40)]
    answer(codes_left.pop(), id=codes.new_id(random.Random(99).randbytes))

    class Busy:
        def __init__(self) -> None:
            self.busy = False

        def scan(self, prefix: str) -> Iterator[str]:
            for key in store.scan(prefix):
                if codes_left and not self.busy:
                    self.busy = True
                    answer(codes_left.pop(), id=codes.new_id(random.Random(len(codes_left)).randbytes))
                    self.busy = False
                yield key

        def read(self, key: str) -> bytes | None:
            return store.read(key)

    back_up(Busy(), tmp_path / "b.sqlite")  # type: ignore[arg-type]  # what a backup needs of a store
    kept = everything(SQLiteStore(tmp_path / "b.sqlite"))
    receipts = {records.decode_link(body or b"")["submission"] for key, body in kept.items() if key[:8] == "receipt/"}
    submissions = [key for key in kept if key.startswith("submission/")]
    assert submissions and set(submissions) <= receipts


def test_a_backup_that_cannot_be_read_back_is_none(
    invite: Invite, store: SQLiteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planted fault in what is written: no file has the backup's name, and nothing is left."""
    invite()
    real = SQLiteStore.create
    monkeypatch.setattr(SQLiteStore, "create", lambda self, key, body: real(self, key, body[:-1]))
    with pytest.raises(StoreTrouble, match=r"^The backup does not hold what the store holds under 'code/"):
        back_up(store, tmp_path / "b" / "b.sqlite")
    assert list((tmp_path / "b").iterdir()) == []


def test_a_backup_is_restored_into_an_empty_store(invite: Invite, store: SQLiteStore, tmp_path: Path) -> None:
    """Anything else is refused, with what to do."""
    invite()
    back_up(store, tmp_path / "b.sqlite")
    with pytest.raises(StoreTrouble) as error:
        restore(SQLiteStore(tmp_path / "b.sqlite"), store, tombstones=[])
    assert str(error.value) == (
        "The store is not empty, and a backup is restored into an empty one. Name a new store with --store."
    )


# --- retention ------------------------------------------------------------------------------------


def kept_for(library: Library, **months: object) -> Library:
    retention = Retention(**months)  # type: ignore[arg-type]
    return dataclasses.replace(library, site=dataclasses.replace(library.site, retention=retention))


def purge(store: Store, library: Library, keys: Keys, day: date) -> list[str]:
    """Removes what is overdue on a day; the kinds of it, sorted."""
    found = list(purging.overdue(store, library, keys=list(store.scan("submission/")), today=day))
    for one in found:
        purging.remove(store, library, keys, one)
    return sorted(one.kind for one in found)


def test_entries_of_the_log_go_in_their_time(store: SQLiteStore, keys: Keys, library: Library) -> None:
    """Five years after what they tell of, and not the day before; those of later days stay, and that of removing them."""
    log = audit.Log(store=store, actor="somebody", random=random.Random(4).randbytes)
    for day in (3, 4, 9):
        log.add("invite", "tyohonvalmennus", moment=datetime(2026, 11, day, 12, tzinfo=UTC))
    assert purge(store, library, keys, date(2031, 11, 3)) == []
    assert purge(store, library, keys, date(2031, 11, 5)) == ["log", "log"]
    assert [one.at[:10] for one in audit.entries(store)] == ["2026-11-09"]


def test_each_kind_goes_in_its_time(
    invite: Invite, answer: Answer, store: SQLiteStore, keys: Keys, library: Library
) -> None:
    """Own words after 12 months, codes 3 months after the last questionnaire closed, answers after 36, and then the
    participation; on the day before, nothing. What was in words is absent, since it was purged; other answers stay."""
    one = invite()
    receipt = answer(one.code, wave="end", overall="5")
    closed = purging._closed(library, one.participation)
    assert closed is not None
    assert purge(store, library, keys, date(2027, 11, 24)) == []
    assert purge(store, library, keys, date(2027, 11, 25)) == ["words"]
    (_key,) = store.scan("submission/")
    found = results.by_receipt(store, keys, receipt)
    assert found is not None and WORDS not in str(everything(store))
    assert (found.absent["best"], found.answers["overall"], found.revisions) == ("purged", 5, 0)
    assert answer(one.code, id=OTHER_ID, wave="end") == "409", "no second answer under the code"
    months = 3
    after = date(closed.year + (closed.month + months - 1) // 12, (closed.month + months - 1) % 12 + 1, closed.day)
    assert purge(store, library, keys, after) == []
    assert purge(store, library, keys, date.fromordinal(after.toordinal() + 1)) == ["codes"]
    assert list(store.scan("code/")) == [] and participations.by_code(store, keys, one.code) is None
    assert purge(store, library, keys, date(2029, 11, 24)) == []
    assert purge(store, library, keys, date(2029, 11, 25)) == ["answers"]
    assert list(store.scan("submission/")) == list(store.scan("receipt/")) == []
    assert purge(store, library, keys, date(2031, 12, 1)) == ["participations"]
    assert [key.partition("/")[0] for key in all_keys(store)] == ["number"]
    assert purge(store, library, keys, date(2099, 1, 1)) == []


def test_a_receipt_works_as_long_as_its_correction_is_kept(
    invite: Invite, answer: Answer, store: SQLiteStore, keys: Keys, library: Library, client: Client, clock: Clock
) -> None:
    """What came first goes in its time, with its words; what corrected it a year later stays, and its receipt opens
    it; when that goes too, so does the receipt."""
    receipt = answer(invite().code, wave="end", overall="5")
    page = client.post("/-/correct", data=body({"_receipt": receipt, "_language": "fi"}), content_type=FORM)
    values = Page(page.text).values
    end = values.pop("_end")
    clock.advance(days=365)
    again = {**values, "overall": "2", "_end": end}
    assert client.post("/-/submit", data=body(again), content_type=FORM).status_code == 201
    assert "answers" in purge(store, library, keys, date(2029, 11, 25))
    found = results.by_receipt(store, keys, receipt)
    assert found is not None and found.answers["overall"] == 2 and len(list(store.scan("submission/"))) == 1
    assert "answers" in purge(store, library, keys, date(2030, 11, 26))
    assert list(store.scan("submission/")) == list(store.scan("receipt/")) == []


def test_an_instrument_can_have_its_own_times(
    invite: Invite, answer: Answer, store: SQLiteStore, keys: Keys, library: Library
) -> None:
    """Shorter for the feedback alone."""
    one = invite()
    answer(one.code)
    answer(one.code, id=OTHER_ID, wave="end")
    own = kept_for(library, instruments={"palvelupalaute": OwnRetention(words=1, answers=2)})
    assert purge(store, own, keys, date(2026, 12, 25)) == ["words"]
    assert purge(store, own, keys, date(2027, 1, 25)) == ["answers"]
    (kept,) = store.scan("submission/")
    assert "/tyohonvalmennus/" in kept


def test_purging_that_was_broken_off_leaves_one_record_at_every_moment(
    invite: Invite, answer: Answer, store: SQLiteStore, keys: Keys, library: Library
) -> None:
    """The new record is there before the old one goes; doing it again leaves the new one alone."""
    one = invite()
    answer(one.code, wave="end")
    seen: list[int] = []

    class Failing(SQLiteStore):
        def remove(self, key: str) -> None:
            seen.append(len(list(self.scan("submission/"))))
            if len(seen) == 1:
                raise StoreTrouble("planted")
            super().remove(key)

    failing = Failing(store._path)
    day = date(2027, 11, 25)
    with pytest.raises(StoreTrouble):
        purge(failing, library, keys, day)
    assert purge(failing, library, keys, day) == ["words"]
    failing.close()
    (kept,) = store.scan("submission/")
    assert kept.endswith("/2") and min(seen) == 2 and WORDS not in str(everything(store))


# --- commands -------------------------------------------------------------------------------------


def test_erase_access_audit(run: Run, invite: Invite, answer: Answer, store: SQLiteStore) -> None:
    """A person's answers as a page in words; then they are erased after a question; the log has who did what and
    neither codes nor receipts nor answers."""
    one, other = invite(), invite()
    number = one.participation.number
    receipt = answer(one.code, id=OTHER_ID, wave="end", overall="5")
    answer(other.code)
    got = run("access", number.lower(), "--output", "own.html")
    assert got.exit_code == 0 and Path("own.html").stat().st_mode & 0o777 == 0o600
    page = Path("own.html").read_text(encoding="utf-8")
    assert WORDS in page and number in page and "Ei vastattu" in page and one.code not in page
    by_receipt = run("access", "--receipt", receipt, "--output", "own2.html")
    assert by_receipt.exit_code == 0 and WORDS in Path("own2.html").read_text(encoding="utf-8")
    assert run("access", number, "--output", "own.html").exit_code == 2
    assert run("access", "--output", "x.html").stderr == "Give the number on the slip, or --receipt, one of the two.\n"
    asked = run("erase", number)
    assert asked.exit_code == 1 and f"Erase everything of {number}? It cannot be undone." in asked.stderr
    assert len(list(store.scan("submission/"))) == 2
    done = run("erase", number.lower().replace("-", " "), "--yes")
    assert done.stdout == "Erased: the answers to 1 questionnaires. Backups made before bring none back.\n"
    assert len(list(store.scan("submission/"))) == 1 and list(Path("var/erasures").rglob("*.record"))
    reset = run("erase", other.participation.number, "--instrument", "tyohonvalmennus", "--wave", "start", "--yes")
    assert reset.exit_code == 0 and list(store.scan("submission/")) == []
    wrong = run("erase", "--receipt", receipt, "--yes")
    assert (wrong.exit_code, wrong.stderr) == (
        2, "There are no answers with this receipt. It has 20 letters and digits in four groups.\n"
    )  # fmt: skip
    log = run("audit").stdout
    assert [line.split()[1:4] for line in log.splitlines()[1:]] == [
        ["planner", "access", number],
        ["planner", "access", "by"],
        ["planner", "erase", number],
        ["planner", "reset", other.participation.number],
    ]
    for secret in (one.code, codes.shown(one.code), receipt, WORDS):
        assert secret not in log
    assert run("audit", "--since", "2099-01-01").stdout == "Nothing is logged.\n"


def test_purge(run: Run, invite: Invite, answer: Answer, store: SQLiteStore) -> None:
    """Counts first; a dry run may be of another day, and removes nothing."""
    answer(invite().code, wave="end")
    assert run("purge").stdout == "Nothing has been kept too long.\n"
    later = run("purge", "--dry-run", "--on", "2040-01-01")
    assert later.stdout == "what     how many\nanswers         1\n" or "answers" in later.stdout
    assert len(list(store.scan("submission/"))) == 1
    refused = run("purge", "--on", "2040-01-01")
    assert (refused.exit_code, refused.stderr) == (
        2, "Another day goes with --dry-run alone: what is removed cannot be had back.\n"
    )  # fmt: skip


def test_backup_and_restore(run: Run, invite: Invite, answer: Answer, settings: Settings) -> None:
    """By name or by day; the newest are kept; restored into a new store without what was erased since. Without the
    second place it is refused, until somebody says that it is lost."""
    one, other = invite(), invite()
    answer(one.code)
    answer(other.code, id=OTHER_ID)
    assert run("erase", other.participation.number, "--yes").exit_code == 0
    for _ in range(2):
        made = run("backup", "--keep", 1)
        assert made.exit_code == 0, made.output
        found = sorted(Path("var/backups").iterdir())
        assert len(found) <= 1
    assert re.fullmatch(
        r"\d+ records, 1 of them submissions, in var/backups/mittari-\d{4}-\d\d-\d\d-\d{6}-\d{6}\.sqlite: restored and "
        r"compared\.( 1 older ones were removed\.)?\n",
        made.stdout,
    )
    named = run("backup", "b.sqlite")
    assert named.exit_code == 0
    assert run("backup", "b.sqlite").stderr == (
        "The file 'b.sqlite' exists already and was left alone. Choose another name.\n"
    )
    assert run("erase", one.participation.number, "--yes").exit_code == 0
    back = run("restore", "b.sqlite", "--store", "sqlite:new.sqlite")
    assert back.exit_code == 0, back.output
    assert re.fullmatch(
        r"\d+ records are back, 5 that have been erased since were left out. Now run: mittari purge\n", back.stdout
    )
    kept = opened("sqlite:new.sqlite")
    assert list(kept.scan("submission/")) == []
    kept.close()
    lost = {"MITTARI_ERASURES": "folder:elsewhere"}
    refused = run("restore", "b.sqlite", "--store", "sqlite:other.sqlite", **lost)
    assert refused.exit_code == 1 and refused.stderr.startswith("There is no store at 'elsewhere'.")
    assert not Path("other.sqlite").exists()
    sure = run("restore", "b.sqlite", "--store", "sqlite:other.sqlite", "--without-erasures", **lost)
    assert sure.exit_code == 0


def test_records_of_the_first_format_are_read(store: SQLiteStore, keys: Keys) -> None:
    """A submission and a participation as they were written before digests were keyed and codes known; a record of a
    format to come is refused by name."""
    old = b'{"record":1,"id":"i","digest":"d","participation":null,"service":"s","instrument":"k","version":1,' \
          b'"meaning":"m","wave":"start","language":"fi","channel":"own_device","helper":"none",' \
          b'"received":"2026-11-24T10:00:00.000Z","answers":{"a":1},"absent":{}}'  # fmt: skip
    found = records.decode(Submission, old)
    assert (found.digest, found.revisions, found.answers) == ("", 0, {"a": 1})
    assert records.envelope(old).received == datetime(2026, 11, 24, 10, tzinfo=UTC).isoformat(
        timespec="milliseconds"
    ).replace("+00:00", "Z")
    with pytest.raises(records.LaterFormat) as error:
        records.decode(Submission, old.replace(b'"record":1', b'"record":3'))
    assert str(error.value) == "The store was written by a later Mittari. Update Mittari first."


def test_a_store_of_a_later_version_is_refused(tmp_path: Path) -> None:
    """What this version opens is marked, and what a later one has marked is not opened."""
    address = f"sqlite:{tmp_path / 's.sqlite'}"
    store = opened(address)
    assert list(store.scan("format/")) == ["format/0002"]
    store.create("format/0003", b"{}")
    store.close()
    with pytest.raises(StoreTrouble) as error:
        opened(address)
    assert str(error.value) == (
        "The store was written by a later Mittari: its format is 3, and this one knows 2. Update Mittari first."
    )
