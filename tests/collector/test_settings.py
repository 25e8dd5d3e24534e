"""Settings and secrets: one reader, plain errors, and keys that are never overwritten."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from collector.settings import Keys, Settings, SettingsError, make_keys, read_keys, write_keys


def test_settings_from_an_environment() -> None:
    """Every variable has its field; an empty site means that another server has the pages."""
    given = {
        "MITTARI_BUNDLE": "b", "MITTARI_SITE": "", "MITTARI_STORE": "sqlite:x", "MITTARI_SECRETS": "s",
        "MITTARI_SECRETS_JSON": "", "MITTARI_ADDRESS": "https://area.fi/", "MITTARI_HOST": "0.0.0.0", "MITTARI_PORT": "81",
    }  # fmt: skip
    assert Settings.from_environ(given) == Settings(
        bundle=Path("b"), site=None, store="sqlite:x", secrets=Path("s"), address="https://area.fi/", host="0.0.0.0",
        port=81,
    )  # fmt: skip
    assert Settings.from_environ({}) == Settings()


def test_settings_of_the_desk() -> None:
    """Each has its field; an address has a slash at its end; a secret stands in one place and is not shown by accident."""
    given = {
        "MITTARI_DESK_STAFF": "desk.yaml", "MITTARI_DESK_HOST": "0.0.0.0", "MITTARI_DESK_PORT": "82",
        "MITTARI_DESK_ADDRESS": "https://desk.area.fi/", "MITTARI_DESK_OUTPUT": "made", "MITTARI_DESK_SECRET": "hush",
    }  # fmt: skip
    settings = Settings.from_environ(given)
    assert settings == Settings(
        desk_staff=Path("desk.yaml"), desk_host="0.0.0.0", desk_port=82, desk_address="https://desk.area.fi/",
        desk_output=Path("made"), desk_secret_text="hush",
    )  # fmt: skip
    assert settings.desk_secret() == "hush" and "hush" not in repr(settings)
    for wrong, sentence in (
        ({"MITTARI_DESK_PORT": "x"}, "MITTARI_DESK_PORT is 'x', which is not a port. Write a number from 0 to 65535."),
        (
            {"MITTARI_DESK_ADDRESS": "desk.area.fi"},
            "MITTARI_DESK_ADDRESS is 'desk.area.fi'. Write the whole address with 'https://' and a '/' at its end.",
        ),
        (
            {"MITTARI_DESK_SECRET_FILE": "x"},
            "MITTARI_DESK_SECRET and MITTARI_DESK_SECRET_FILE are both set. Keep the right one.",
        ),
    ):
        with pytest.raises(SettingsError) as error:
            Settings.from_environ({**given, **wrong})
        assert str(error.value) == sentence


def test_the_secret_of_the_desk_in_a_file(tmp_path: Path) -> None:
    """Read without its end of line, and only where nobody else can read it."""
    path = tmp_path / "secret"
    settings = Settings.from_environ({"MITTARI_DESK_SECRET_FILE": str(path)})
    assert Settings().desk_secret() == ""
    with pytest.raises(SettingsError) as error:
        settings.desk_secret()
    assert str(error.value) == f"The secret at '{path}' cannot be read: No such file or directory."
    path.write_text("hush\n")
    path.chmod(0o644)
    with pytest.raises(SettingsError) as error:
        settings.desk_secret()
    assert str(error.value) == f"The secret in '{path}' can be read by others than its owner. Run: chmod 600 {path}"
    path.chmod(0o600)
    assert settings.desk_secret() == "hush"
    path.write_bytes(b"\xff")
    with pytest.raises(SettingsError) as error:
        settings.desk_secret()
    assert str(error.value) == f"What is in '{path}' is no text."


@pytest.mark.parametrize("port", ["", "x", "-1", "70000", "٨"])
def test_a_bad_port(port: str) -> None:
    """The sentence shows what to write."""
    with pytest.raises(SettingsError) as error:
        Settings.from_environ({"MITTARI_PORT": port})
    assert str(error.value) == f"MITTARI_PORT is '{port}', which is not a port. Write a number from 0 to 65535."


def test_keys_are_written_once_for_their_owner(tmp_path: Path) -> None:
    """Mode 0600, read back equal, never replaced, not shown by accident."""
    path = tmp_path / "new" / "keys.json"
    keys = make_keys(random.Random(1).randbytes)
    write_keys(path, keys)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_keys(path) == keys
    assert keys.receipt_key.hex() not in repr(keys)
    with pytest.raises(SettingsError, match="exist already and were kept"):
        write_keys(path, make_keys(random.Random(2).randbytes))
    assert read_keys(path) == keys


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "There are no keys at '{path}'. Make them with: mittari keys"),
        ("{}", "What is in '{path}' is not a secrets file of Mittari."),
        ("[", "What is in '{path}' is not a secrets file of Mittari."),
        ('{"format": 2}', "The keys in '{path}' were written by a later Mittari. Update Mittari first."),
        ('{"format": 1, "code_keys": {"c1": "zz"}}', "What is in '{path}' is not a secrets file of Mittari."),
        (
            '{"format": 1, "code_keys": {"c1": "00"}, "current_code_key": "c1", "receipt_key": "00"}',
            "What is in '{path}' is not a secrets file of Mittari.",
        ),
        (
            '{"format": 1, "code_keys": {}, "current_code_key": "c1", "receipt_key": "%s"}' % ("00" * 32),
            "What is in '{path}' is not a secrets file of Mittari.",
        ),
    ],
)
def test_keys_that_cannot_be_read(tmp_path: Path, content: str | None, sentence: str) -> None:
    """Each with its sentence."""
    path = tmp_path / "keys.json"
    if content is not None:
        path.write_text(content)
        path.chmod(0o600)
    with pytest.raises(SettingsError) as error:
        read_keys(path)
    assert str(error.value) == sentence.format(path=path)


def test_keys_that_others_can_read(tmp_path: Path) -> None:
    """Whoever reads the keys could test codes; the sentence says how to mend it."""
    path = tmp_path / "keys.json"
    write_keys(path, make_keys(random.Random(1).randbytes))
    path.chmod(0o640)
    with pytest.raises(SettingsError) as error:
        read_keys(path)
    assert str(error.value) == f"The keys in '{path}' can be read by others than their owner. Run: chmod 600 {path}"


def test_keys_of_another_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What systemd or an administrator hands over is read by a group or a list, and its owner is another: that group may,
    everybody may not."""
    path = tmp_path / "keys.json"
    write_keys(path, make_keys(random.Random(1).randbytes))
    own = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    path.chmod(0o440)
    assert read_keys(path) == make_keys(random.Random(1).randbytes)
    path.chmod(0o444)
    with pytest.raises(SettingsError, match="can be read by others than their owner"):
        read_keys(path)


def test_keys_as_a_variable(tmp_path: Path) -> None:
    """Functions get secrets as variables: the whole text of the file, never shown, and never beside another file."""
    path = tmp_path / "keys.json"
    keys = make_keys(random.Random(1).randbytes)
    write_keys(path, keys)
    settings = Settings.from_environ({"MITTARI_SECRETS_JSON": path.read_text()})
    assert settings.keys() == Settings(secrets=path).keys() == keys
    assert keys.receipt_key.hex() not in repr(settings)
    with pytest.raises(SettingsError) as error:
        Settings.from_environ({"MITTARI_SECRETS_JSON": path.read_text(), "MITTARI_SECRETS": str(path)})
    assert str(error.value) == (
        "MITTARI_SECRETS and MITTARI_SECRETS_JSON are both set. Keep the one with the right keys."
    )
    with pytest.raises(SettingsError) as error:
        Settings.from_environ({"MITTARI_SECRETS_JSON": path.read_text()[:-9]}).keys()
    assert str(error.value) == "What is in 'MITTARI_SECRETS_JSON' is not a secrets file of Mittari."
    assert error.value.__cause__ is None and error.value.__suppress_context__


def test_an_address_that_is_not_whole() -> None:
    """Slips would carry a dead link."""
    for address in ("area.fi", "https://area.fi/kysely", "https://area.fi/?x=/"):
        with pytest.raises(SettingsError) as error:
            Settings.from_environ({"MITTARI_ADDRESS": address})
        assert str(error.value) == (
            f"MITTARI_ADDRESS is '{address}'. Write the whole address with 'https://' and a '/' at its end."
        )


def test_hashes_begin_with_the_current_key() -> None:
    """New codes are hashed under it; older keys still open theirs."""
    keys = Keys(code_keys={"c1": b"a" * 32, "c2": b"b" * 32}, current_code_key="c2", receipt_key=b"r" * 32)
    one, other = keys.code_hashes("X")
    assert Keys(code_keys={"c2": b"b" * 32}, current_code_key="c2", receipt_key=b"r" * 32).code_hashes("X") == [one]
    assert one != other
