"""Records as objects in S3, Azure Blob Storage or Google Cloud Storage, one each, written only where none is yet.

A client that gets no answer asks again, and then finds its own object there. So each `create` marks its object with a
random text of its own, kept beside the bytes, and where an object is there already, the mark says whose it is: never
False for one's own, never True for another's, also where the bytes are the same.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NoReturn

from collector.stores import Record, StoreTrouble, below_each, one_by_one

try:
    import obstore
    from obstore import exceptions
    from obstore.store import AzureStore, GCSStore, S3Store
except ImportError:
    raise StoreTrouble(
        "The driver of object stores is not installed. Install it: deploy/checkout/set-up stores"
    ) from None
if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

KINDS = {"s3": "AWS", "azure": "AZURE", "az": "AZURE", "gs": "GOOGLE"}
"""What an address begins with, and what the names of its settings in the environment begin with."""

# A try may take 4 s and none begins after 6 s: with the reading back, a respondent waits 20 s at most.
_TRY = timedelta(seconds=4)
_RETRIES: RetryConfig = {
    "max_retries": 4,
    "retry_timeout": timedelta(seconds=6),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=1), "base": 2},
}
_MARK = "mittari_create"
# Some stores are folders inside: there, `b` and `b/1` cannot both be, and `b.record` and `b/1.record` can.
_RECORD = ".record"
_BESIDE = ".beside"
_OWN_FOLDER = 2
"""From how many slashes on the folder of a key may be its own."""
_NO_BUCKET = ("NoSuchBucket", "ContainerNotFound", "bucket does not exist")
_Store = S3Store | AzureStore | GCSStore


class ObjectsStore:
    """One object a record, below a prefix of a bucket."""

    def __init__(self, address: str, environ: Mapping[str, str]) -> None:
        """`address` is like `s3://bucket/prefix`; the client itself reads credentials and endpoint from the process's
        environment, and plain http is allowed only where `environ` says so."""
        kind, _, place = address.partition("://")
        bucket, _, prefix = place.partition("/")
        self._address, self._names = address, KINDS[kind]
        plain = environ.get(f"{self._names}_ALLOW_HTTP", "").lower() in ("true", "1")
        client: ClientConfig = {"timeout": _TRY, "connect_timeout": _TRY / 2, "allow_http": plain}
        opener = {"AWS": S3Store, "AZURE": AzureStore, "GOOGLE": GCSStore}[self._names]
        try:
            self._store: _Store = opener(
                bucket, prefix=prefix.strip("/") or None, client_options=client, retry_config=_RETRIES
            )
        # What the client says may hold what it was given: it is never passed on.
        except (exceptions.BaseError, OSError, ValueError):
            raise StoreTrouble(
                f"The store '{address}' cannot be opened. Check the variables {self._names}_… of the environment."
            ) from None

    def create(self, key: str, body: bytes) -> bool:
        mark = secrets.token_hex(16)
        try:
            obstore.put(self._store, key + _RECORD, body, mode="create", use_multipart=False, attributes={_MARK: mark})
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError, FileNotFoundError) as error:
            self._fail("The record could not be stored", error)
        except (exceptions.BaseError, OSError) as error:
            return self._is_own(key, body, mark, error)
        return True

    def _is_own(self, key: str, body: bytes, mark: str, error: Exception) -> bool:
        """Whether what is there is what this create wrote. Where nothing is there, or nobody answers: StoreTrouble.

        An object without a mark was copied here, or the store keeps none: then the same bytes are one's own, which
        every caller can bear: bytes are the same only where records are meant to be.
        """
        found = self._fetch(key, "The record could not be stored")
        if found is None:
            self._fail("The record could not be stored", error)
        self._make_listed(key)
        stored, owner = found
        return owner == mark if owner is not None else stored == body

    def _make_listed(self, key: str) -> None:
        """What is there and not listed would be in no dataset, and erased by nobody. A server that keeps folders inside
        (SeaweedFS) writes an object before its folders: killed between the two, it finds the object when asked for it
        by name alone, until something else is written beside it."""
        # Other kinds of records share one folder, where the next one makes it.
        if key.count("/") < _OWN_FOLDER or key in self.scan(key):
            return
        try:
            obstore.put(self._store, key + _BESIDE, b"", use_multipart=False)
            obstore.delete(self._store, key + _BESIDE)
        except (exceptions.BaseError, OSError) as error:
            self._fail("The record could not be stored", error)
        if key not in self.scan(key):
            raise StoreTrouble(f"The record could not be stored: '{self._address}' has it and does not list it.")

    def create_in_order(self, *chain: Record) -> int:
        return one_by_one(self.create, chain)

    def read(self, key: str) -> bytes | None:
        found = self._fetch(key, "The store cannot be read")
        return found[0] if found else None

    def _fetch(self, key: str, trouble: str) -> tuple[bytes, str | None] | None:
        """The bytes of an object and its mark."""
        try:
            found = obstore.get(self._store, key + _RECORD)
            return bytes(found.bytes()), found.attributes.get(_MARK)
        except FileNotFoundError as error:
            if any(words in str(error) for words in _NO_BUCKET):
                self._fail(trouble, error)
            return None
        except (exceptions.BaseError, OSError) as error:
            self._fail(trouble, error)

    def scan(self, prefix: str) -> Iterator[str]:
        # Stores list whole segments, and some by folder rather than by byte: all keys are held at once and sorted.
        above = prefix.rpartition("/")[0] or None
        names: list[str] = []
        try:
            for page in obstore.list(self._store, above, chunk_size=1000):
                names.extend(found["path"] for found in page if found["path"].endswith(_RECORD))
        except (exceptions.BaseError, OSError) as error:
            self._fail("The store cannot be read", error)
        keys = (name.removesuffix(_RECORD) for name in names)
        yield from sorted(key for key in keys if key.startswith(prefix))

    def below(self, whole: str, *others: str) -> dict[str, bytes | None]:
        return below_each(self, whole, others)

    def time_of(self, key: str) -> datetime:
        """What the server's clock said when it wrote a record."""
        try:
            return obstore.head(self._store, key + _RECORD)["last_modified"]
        except (exceptions.BaseError, OSError) as error:
            self._fail("The store cannot be read", error)

    def remove(self, key: str) -> None:
        try:
            obstore.delete(self._store, key + _RECORD)
        except FileNotFoundError as error:
            if any(words in str(error) for words in _NO_BUCKET):
                self._fail("The record could not be removed", error)
        except (exceptions.BaseError, OSError) as error:
            self._fail("The record could not be removed", error)

    def close(self) -> None:
        """Connections end by themselves."""

    def _fail(self, trouble: str, error: Exception) -> NoReturn:
        # An error's own text may hold an address with its key: it is looked at and never passed on.
        raise StoreTrouble(f"{trouble}: '{self._address}' {_reason(self._names, error)}") from None


def _reason(names: str, error: Exception) -> str:
    """What a store did, and what to do, as the rest of a sentence."""
    said = str(error)
    status = re.search(r"status code: (\d{3})", said)
    denied = isinstance(error, exceptions.PermissionDeniedError | exceptions.UnauthenticatedError)
    if denied or (status and status[1] in ("401", "403")):
        return f"refused the credentials. Check the variables {names}_… of the environment and what they may do there."
    if isinstance(error, FileNotFoundError):
        return "does not exist. Make its bucket or container first."
    if isinstance(error, exceptions.AlreadyExistsError):
        return "was changed by somebody else at the same moment. Try again."
    if "BadScheme" in said:
        return f"has an endpoint of plain http, which is allowed only with {names}_ALLOW_HTTP=true."
    if status:
        return f"answered with status {status[1]}. Try again; if it stays so, ask who runs it."
    return f"did not answer in time. Check that it runs, the network, and the variables {names}_… of the environment."
