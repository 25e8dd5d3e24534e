"""Where things are, and the secrets. `Settings.from_environ` is the only reader of `MITTARI_*`."""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path

from survey import codes
from survey.frozen import dataclass
from survey.model import FORMS


class SettingsError(Exception):
    """A setting or the secrets file cannot be used; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that an operator can set, with defaults for a checkout on one machine.

    | setting | what it is |
    |---|---|
    | `MITTARI_BUNDLE` | the folder `bundle` of a build |
    | `MITTARI_SITE` | the folder `site` of a build; empty if another server serves the pages |
    | `MITTARI_STORE` | where answers are kept, like `sqlite:var/store.sqlite` |
    | `MITTARI_SECRETS` | the file that `mittari keys` made |
    | `MITTARI_SECRETS_JSON` | instead of it, the whole text of that file, where a platform gives secrets as variables |
    | `MITTARI_ERASURES` | the second place of tombstones, a store of its own apart from the store and its backups |
    | `MITTARI_PERSON_KEY` | the file that `mittari keys --person` made, on the area's own machine |
    | `MITTARI_STAFF` | who acts, for the log of what staff did; else the name of the machine's user |
    | `MITTARI_ADDRESS` | the public address that slips and links show, instead of the one in site.yaml |
    | `MITTARI_HOST`, `MITTARI_PORT` | where `mittari serve` listens |
    | `MITTARI_DESK_STAFF` | the file desk.yaml, which says who works at the staff desk and how they log in |
    | `MITTARI_DESK_HOST`, `MITTARI_DESK_PORT` | where `mittari desk` listens |
    | `MITTARI_DESK_ADDRESS` | the address of the staff desk in a browser, where the desk itself asks a login service |
    | `MITTARI_DESK_OUTPUT` | the folder of reports and exports that are made at the desk |
    | `MITTARI_DESK_SECRET` | what the proxy proves itself with, or the desk to its login service |
    | `MITTARI_DESK_SECRET_FILE` | instead of it a file that holds it |
    """

    bundle: Path = Path("var/build/bundle")
    site: Path | None = Path("var/build/site")
    store: str = "sqlite:var/store.sqlite"
    secrets: Path = Path("var/secrets.json")
    secrets_json: str = field(default="", repr=False)
    erasures: str = "folder:var/erasures"
    person_key: Path = Path("var/person-key.json")
    staff: str = ""
    address: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    desk_staff: Path | None = None
    desk_host: str = "127.0.0.1"
    desk_port: int = 8200
    desk_address: str = ""
    desk_output: Path = Path("var/desk")
    desk_secret_text: str = field(default="", repr=False)
    desk_secret_file: Path | None = None
    drafts: bool = False
    """Whether versions that are not locked may be answered, to try them out. No variable of the environment sets it."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """The settings that an environment names. Raises SettingsError."""
        default = cls()
        site = environ.get("MITTARI_SITE", str(default.site))
        secrets_json = environ.get("MITTARI_SECRETS_JSON", default.secrets_json)
        if secrets_json and "MITTARI_SECRETS" in environ:
            raise SettingsError(
                "MITTARI_SECRETS and MITTARI_SECRETS_JSON are both set. Keep the one with the right keys."
            )
        desk_secret_text = environ.get("MITTARI_DESK_SECRET", default.desk_secret_text)
        if desk_secret_text and "MITTARI_DESK_SECRET_FILE" in environ:
            raise SettingsError("MITTARI_DESK_SECRET and MITTARI_DESK_SECRET_FILE are both set. Keep the right one.")
        return cls(
            bundle=Path(environ.get("MITTARI_BUNDLE", default.bundle)),
            site=Path(site) if site else None,
            store=environ.get("MITTARI_STORE", default.store),
            secrets=Path(environ.get("MITTARI_SECRETS", default.secrets)),
            secrets_json=secrets_json,
            erasures=environ.get("MITTARI_ERASURES", default.erasures),
            person_key=Path(environ.get("MITTARI_PERSON_KEY", default.person_key)),
            staff=environ.get("MITTARI_STAFF", default.staff),
            address=_address(environ, "MITTARI_ADDRESS"),
            host=environ.get("MITTARI_HOST", default.host),
            port=_port(environ, "MITTARI_PORT", default.port),
            desk_staff=_path(environ, "MITTARI_DESK_STAFF"),
            desk_host=environ.get("MITTARI_DESK_HOST", default.desk_host),
            desk_port=_port(environ, "MITTARI_DESK_PORT", default.desk_port),
            desk_address=_address(environ, "MITTARI_DESK_ADDRESS"),
            desk_output=_path(environ, "MITTARI_DESK_OUTPUT") or default.desk_output,
            desk_secret_text=desk_secret_text,
            desk_secret_file=_path(environ, "MITTARI_DESK_SECRET_FILE"),
        )

    def keys(self) -> Keys:
        """The secret keys, from the text if there is one, else from the file. Raises SettingsError."""
        if self.secrets_json:
            return _keys(self.secrets_json, "MITTARI_SECRETS_JSON")
        return read_keys(self.secrets)

    def desk_secret(self) -> str:
        """What the proxy proves itself with to the desk, or the desk to its login service; empty where none is set.
        Raises SettingsError."""
        if self.desk_secret_file is None:
            return self.desk_secret_text
        path = self.desk_secret_file
        try:
            if _others_may_read(path):
                raise SettingsError(
                    f"The secret in '{path}' can be read by others than its owner. Run: chmod 600 {path}"
                )
            return path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(f"The secret at '{path}' cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError:
            raise SettingsError(f"What is in '{path}' is no text.") from None


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    return Path(environ[name]) if environ.get(name) else None


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    port = environ.get(name, str(default))
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise SettingsError(f"{name} is '{port}', which is not a port. Write a number from 0 to 65535.")
    return int(port)


def _address(environ: Mapping[str, str], name: str) -> str:
    address = environ.get(name, "")
    if address and not re.fullmatch(FORMS["address"][0], address):
        raise SettingsError(f"{name} is '{address}'. Write {FORMS['address'][1]}.")
    return address


@dataclass(frozen=True, kw_only=True, repr=False)
class Keys:
    """The secret keys. Codes are hashed under the current code key; older ones still open theirs."""

    code_keys: Mapping[str, bytes]
    current_code_key: str
    receipt_key: bytes

    def code_hashes(self, code: str) -> list[str]:
        """The hash of a code under each code key, the current one first."""
        ordered = sorted(self.code_keys, key=lambda id: (id != self.current_code_key, id))
        return [codes.keyed_hash(self.code_keys[id], "code", code) for id in ordered]

    @functools.cached_property
    def digest_key(self) -> bytes:
        """For the digests of submissions: not the key of receipts, and found from it."""
        return bytes.fromhex(codes.keyed_hash(self.receipt_key, "digest-key", ""))

    def receipt(self, submission_id: str) -> str:
        return codes.receipt(self.receipt_key, submission_id)

    def receipt_hash(self, receipt: str) -> str:
        return codes.keyed_hash(self.receipt_key, "receipt-record", receipt)


def make_keys(random: codes.Random) -> Keys:
    """Fresh keys of 256 bits each."""
    return Keys(code_keys={"c1": random(32)}, current_code_key="c1", receipt_key=random(32))


def rotated(keys: Keys, random: codes.Random) -> Keys:
    """The keys with a fresh one for the codes of coming invitations. Earlier codes still open what they opened."""
    newest = max(int(id.removeprefix("c")) for id in keys.code_keys)
    id = f"c{newest + 1}"
    return replace(keys, code_keys={**keys.code_keys, id: random(32)}, current_code_key=id)


def retired(keys: Keys, id: str) -> Keys:
    """The keys without an earlier one, under which no code is left. Raises SettingsError."""
    if id not in keys.code_keys:
        raise SettingsError(f"There is no code key '{id}'. There are: {', '.join(sorted(keys.code_keys))}.")
    if id == keys.current_code_key:
        raise SettingsError(f"'{id}' is the key of new codes. Make another first: mittari keys --rotate")
    return replace(keys, code_keys={each: key for each, key in keys.code_keys.items() if each != id})


def _as_text(keys: Keys) -> str:
    data = {
        "format": 1,
        "code_keys": {id: key.hex() for id, key in keys.code_keys.items()},
        "current_code_key": keys.current_code_key,
        "receipt_key": keys.receipt_key.hex(),
    }
    return json.dumps(data, indent=1) + "\n"


def write_keys(path: Path, keys: Keys) -> None:
    """Writes the secrets file for its owner's eyes only. An existing file is never replaced: SettingsError."""
    write_secret(
        path,
        _as_text(keys),
        exists=f"The keys in '{path}' exist already and were kept: without them no code or receipt would work again.",
    )


def renew_keys(path: Path, keys: Keys) -> None:
    """Writes the keys in the place of those that are there, at one moment. Raises SettingsError."""
    new = path.with_name(f"{path.name}.new")
    write_secret(new, _as_text(keys), exists=f"The file '{new}' was left by a try that failed. Remove it.")
    try:
        new.replace(path)
    except OSError as error:
        raise SettingsError(f"The keys cannot be written to '{path}': {error.strerror}.") from error


def write_secret(path: Path, text: str, *, exists: str) -> None:
    """Writes a new file for its owner's eyes only, and to the disk. Raises SettingsError, with `exists` where it is
    there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise SettingsError(exists) from None
    except OSError as error:
        raise SettingsError(f"The keys cannot be written to '{path}': {error.strerror}.") from error


def write_person_key(path: Path, key: bytes) -> None:
    """Writes the key of pseudonyms, which belongs on the area's own machine and never on the collector's."""
    write_secret(
        path,
        json.dumps({"format": 1, "person_key": key.hex()}, indent=1) + "\n",
        exists=f"The key in '{path}' exists already and was kept: with another the same client is another person.",
    )


def read_person_key(path: Path) -> bytes:
    """The key of pseudonyms. Raises SettingsError."""
    try:
        if _others_may_read(path):
            raise SettingsError(f"The key in '{path}' can be read by others than its owner. Run: chmod 600 {path}")
        key = bytes.fromhex(json.loads(path.read_text())["person_key"])
        if len(key) < 32:
            raise ValueError("the key is short")
        return key
    except FileNotFoundError:
        raise SettingsError(f"There is no key at '{path}'. Make it once, with: mittari keys --person") from None
    except OSError as error:
        raise SettingsError(f"The key at '{path}' cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SettingsError(f"What is in '{path}' is not the key of pseudonyms.") from None


def read_keys(path: Path) -> Keys:
    """The keys in a secrets file. Raises SettingsError."""
    try:
        if _others_may_read(path):
            raise SettingsError(f"The keys in '{path}' can be read by others than their owner. Run: chmod 600 {path}")
        return _keys(path.read_text(), str(path))
    except FileNotFoundError:
        raise SettingsError(f"There are no keys at '{path}'. Make them with: mittari keys") from None
    except OSError as error:
        raise SettingsError(f"The keys at '{path}' cannot be read: {error.strerror}.") from error


def _others_may_read(path: Path) -> bool:
    """A file that is not ours we read by its group or by a list of who may, as the credentials of systemd are: a group
    that may read it is then what the administrator chose."""
    if os.name != "posix":
        return False
    found = path.stat()
    return bool(found.st_mode & (0o077 if found.st_uid == os.geteuid() else 0o007))


def _keys(text: str, place: str) -> Keys:
    """The keys in the text of a secrets file."""
    try:
        data = json.loads(text)
        if data["format"] != 1:
            raise SettingsError(f"The keys in '{place}' were written by a later Mittari. Update Mittari first.")
        keys = Keys(
            code_keys={id: bytes.fromhex(key) for id, key in data["code_keys"].items()},
            current_code_key=data["current_code_key"],
            receipt_key=bytes.fromhex(data["receipt_key"]),
        )
        if keys.current_code_key not in keys.code_keys:
            raise ValueError("the current key is missing")
        if any(len(key) < 32 for key in (*keys.code_keys.values(), keys.receipt_key)):
            raise ValueError("a key is short")
        return keys
    except (ValueError, KeyError, TypeError, AttributeError):
        # Without the error that came before: it may hold the text.
        raise SettingsError(f"What is in '{place}' is not a secrets file of Mittari.") from None
