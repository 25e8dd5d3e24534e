"""Who is at the desk: desk.yaml as it is now, and the login that it names."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from commands.analysts import failure, show

if TYPE_CHECKING:
    from collections.abc import Callable

    from collector.desk.login import Identify
    from collector.desk.people import Person
    from collector.settings import Settings
    from survey.located import Read
    from survey.model import Library
    from survey.problems import Problem
    from survey.staff import Staff

LOG = logging.getLogger("collector")
NOTHING_OPEN = "nothing is open to whom these entries name, until services.yaml has their provider"


class StaffFile:
    """The staff in desk.yaml. A change of the file holds from the next page on; how people log in stays as it was when
    the desk was begun."""

    def __init__(self, path: Path, library: Callable[[], Library]) -> None:
        """`library` gives the services as they are now. Every problem is told in the machine's language. Raises Failure
        where the file cannot be used."""
        self._path = path
        self._library = library
        self._stamp = self._stamped()
        self._unread: tuple[int, int] | None = None
        staff, found = self._read()
        self.unknown = self._unknown(staff) if staff else ()
        """The entries that open nothing, since services.yaml has no such provider."""
        show((*found, *self.unknown))
        if staff is None:
            raise failure(found)
        self._staff = staff.value

    def __call__(self) -> Staff:
        """The staff. A file that has a problem is not taken: what it said before holds, and the log says why."""
        stamp = self._stamped()
        if stamp != self._stamp and stamp is not None:
            try:
                read = self._read()
            except OSError as error:
                # It is tried again with each request, and told once.
                if stamp != self._unread:
                    LOG.warning("the staff file cannot be read; what it said before holds: %s", error.strerror)
                self._unread = stamp
            else:
                self._stamp, self._unread = stamp, None
                self._take(*read)
        return self._staff

    def _take(self, read: Read[Staff] | None, found: tuple[Problem, ...]) -> None:
        for problem in found:
            LOG.warning("%s", problem)
        if read is None:
            LOG.warning("the staff file was not taken; what it said before holds")
            return
        if read.value.login != self._staff.login:
            LOG.warning("the login of the staff file has changed; it holds when the desk is begun again")
        self._staff = replace(read.value, login=self._staff.login)
        LOG.info("the staff file was read again")
        self._warn_of_unknown(read)

    def _warn_of_unknown(self, read: Read[Staff]) -> None:
        """Tells which entries open nothing. They keep nobody else in who is to be out."""
        from collector.bundle import BundleError

        try:
            unknown = self._unknown(read)
        except BundleError as error:
            LOG.warning("the providers in the staff file were not looked at: %s", error)
            return
        for problem in unknown:
            LOG.warning("%s", problem)
        if unknown:
            LOG.warning(NOTHING_OPEN)

    def _stamped(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            # While an editor puts another in its place.
            return None
        return found.st_mtime_ns, found.st_size

    def _read(self) -> tuple[Read[Staff] | None, tuple[Problem, ...]]:
        from survey import staff_file

        return staff_file.read(self._path.read_bytes(), file=str(self._path))

    def _unknown(self, read: Read[Staff]) -> tuple[Problem, ...]:
        """Raises BundleError."""
        from survey import staff_file

        return staff_file.check(read, self._library())


def identify_of(settings: Settings, *, strict: bool = False) -> Identify:
    """Who is at the desk: whoever logs in, as the staff file says; without one whoever runs it here. A problem that
    shuts out the people of one entry alone is in the way only where it is `strict`.

    Raises Failure or SettingsError.
    """
    from collector.bundle import read_bundle
    from collector.desk.login import Proxy, always

    if settings.desk_staff is None:
        return always(_myself(settings))
    staff = StaffFile(settings.desk_staff, lambda: read_bundle(settings.bundle).library)
    if staff.unknown and strict:
        raise failure(staff.unknown)
    if staff.unknown:
        LOG.warning(NOTHING_OPEN)
    if staff().login.way == "proxy":
        return Proxy(staff, secret=settings.desk_secret())
    from collector.desk.openid_login import OpenIDLogin

    return OpenIDLogin(staff, address=settings.desk_address, secret=settings.desk_secret())


def _myself(settings: Settings) -> Person:
    import getpass

    from collector.desk.people import Person

    return Person(
        login=settings.staff or getpass.getuser(),
        roles=frozenset({"planner", "analyst", "officer"}),
        chooses_role=True,
    )
