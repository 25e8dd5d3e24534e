"""Who is at the desk: desk.yaml as it is now, and the login that it names."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from commands.analysts import failure, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collector.desk.login import Identify
    from collector.desk.people import Person
    from collector.settings import Settings
    from survey.model import Library
    from survey.problems import Problem
    from survey.staff import Staff

LOG = logging.getLogger("collector")


class StaffFile:
    """The staff in desk.yaml. A change of the file holds from the next page on; how people log in stays as it was when
    the desk was begun."""

    def __init__(self, path: Path, library: Library) -> None:
        """Every problem is told in the machine's language. Raises Failure where the file cannot be used."""
        self._path = path
        self._library = library
        self._stamp = self._stamped()
        staff, found = self._read()
        show(found)
        if staff is None:
            raise failure(found)
        self._staff = staff

    def __call__(self) -> Staff:
        """The staff. A file that has a problem is not taken: what it said before holds, and the log says why."""
        stamp = self._stamped()
        if stamp != self._stamp and stamp is not None:
            self._stamp = stamp
            staff, found = self._read()
            for problem in found:
                LOG.warning("%s", problem)
            if staff is None:
                LOG.warning("the staff file was not taken; what it said before holds")
            else:
                LOG.info("the staff file was read again")
                if staff.login != self._staff.login:
                    LOG.warning("the login of the staff file has changed; it holds when the desk is begun again")
                self._staff = replace(staff, login=self._staff.login)
        return self._staff

    def _stamped(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            # While an editor puts another in its place.
            return None
        return found.st_mtime_ns, found.st_size

    def _read(self) -> tuple[Staff | None, Sequence[Problem]]:
        from survey import staff_file

        read, found = staff_file.read(self._path.read_bytes(), file=str(self._path))
        if read is None:
            return None, found
        unknown = staff_file.check(read, self._library)
        return (None if unknown else read.value), (*found, *unknown)


def identify_of(settings: Settings) -> Identify:
    """Who is at the desk: whoever logs in, as the staff file says; without one whoever runs it here.

    Raises Failure or SettingsError.
    """
    from collector.bundle import read_bundle
    from collector.desk.login import Proxy, always

    if settings.desk_staff is None:
        return always(_myself(settings))
    staff = StaffFile(settings.desk_staff, read_bundle(settings.bundle).library)
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
