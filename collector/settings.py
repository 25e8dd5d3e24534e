"""Where things are, and the secrets. `Settings.from_environ` is the only reader of `MITTARI_*`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from survey import codes
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
    | `MITTARI_ADDRESS` | the public address that slips and links show, instead of the one in site.yaml |
    | `MITTARI_HOST`, `MITTARI_PORT` | where `mittari serve` listens |
    """

    bundle: Path = Path("var/build/bundle")
    site: Path | None = Path("var/build/site")
    store: str = "sqlite:var/store.sqlite"
    secrets: Path = Path("var/secrets.json")
    secrets_json: str = field(default="", repr=False)
    address: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    drafts: bool = False
    """Whether versions that are not locked may be answered, to try them out. No variable of the environment sets it."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """The settings that an environment names. Raises SettingsError."""
        default = cls()
        site = environ.get("MITTARI_SITE", str(default.site))
        port = environ.get("MITTARI_PORT", str(default.port))
        if not port.isascii() or not port.isdigit() or int(port) > 65535:
            raise SettingsError(f"MITTARI_PORT is '{port}', which is not a port. Write a number from 0 to 65535.")
        secrets_json = environ.get("MITTARI_SECRETS_JSON", default.secrets_json)
        if secrets_json and "MITTARI_SECRETS" in environ:
            raise SettingsError(
                "MITTARI_SECRETS and MITTARI_SECRETS_JSON are both set. Keep the one with the right keys."
            )
        address = environ.get("MITTARI_ADDRESS", default.address)
        if address and not re.fullmatch(FORMS["address"][0], address):
            raise SettingsError(f"MITTARI_ADDRESS is '{address}'. Write {FORMS['address'][1]}.")
        return cls(
            bundle=Path(environ.get("MITTARI_BUNDLE", default.bundle)),
            site=Path(site) if site else None,
            store=environ.get("MITTARI_STORE", default.store),
            secrets=Path(environ.get("MITTARI_SECRETS", default.secrets)),
            secrets_json=secrets_json,
            address=address,
            host=environ.get("MITTARI_HOST", default.host),
            port=int(port),
        )

    def keys(self) -> Keys:
        """The secret keys, from the text if there is one, else from the file. Raises SettingsError."""
        if self.secrets_json:
            return _keys(self.secrets_json, "MITTARI_SECRETS_JSON")
        return read_keys(self.secrets)


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

    @property
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


def write_keys(path: Path, keys: Keys) -> None:
    """Writes the secrets file for its owner's eyes only. An existing file is never replaced: SettingsError."""
    data = {
        "format": 1,
        "code_keys": {id: key.hex() for id, key in keys.code_keys.items()},
        "current_code_key": keys.current_code_key,
        "receipt_key": keys.receipt_key.hex(),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(data, file, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise SettingsError(
            f"The keys in '{path}' exist already and were kept: without them no code or receipt would work again."
        ) from None
    except OSError as error:
        raise SettingsError(f"The keys cannot be written to '{path}': {error.strerror}.") from error


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
