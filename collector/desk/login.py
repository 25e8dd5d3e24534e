"""Who is at the desk: on a machine of one's own whoever runs it, in a municipality whoever its login says."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from werkzeug.wrappers import Response

from collector.audit import Log
from collector.desk.people import Person
from collector.desk.visit import Desk, Visit
from collector.settings import SettingsError
from collector.web import Request
from survey.marking import _
from survey.phrases import Phrase, said
from survey.staff import PROXY_HEADER, Staff, small

LOG = logging.getLogger("collector")
Identify = Callable[[Request], Person | Response | None]
"""Who sends a request. None where that is nobody who may use the desk; an answer of its own where they must first log
in."""
COOKIE = "as"
"""In a demonstration: the role in which somebody looks."""
HOSTS = ("127.0.0.1", "localhost", "::1")
LEAVE = "/-/logout"
DENIED = "/-/login/denied"
AWAY = timedelta(hours=1)
"""Whoever comes back after this has logged in anew, for the log."""
LONGEST_LOGIN = 200
NO_LOGINS = ("-", "(null)", "null", "none", "undefined", "anonymous")
"""What web servers and proxies write where they have nothing to write."""
LEAST_SECRET = 32
MOST_FIELDS = 5_000
"""Of a form that is given back: more than any page of the desk has, but for a list of thousands."""

OTHER_HOST = "The desk answers on this machine only, at an address like http://127.0.0.1:8200/.\n"
NOT_BY_PROXY = _("Come in by the login")
NOT_BY_PROXY_TEXT = _(
    "This address is for the login of the organisation, which leads here. Use the address of the desk that you were "
    "given."
)
NO_SECRET = (
    "The proxy must prove that it is the proxy. Make a secret, with: openssl rand -hex 32. Give it to the proxy for "
    f"the header {PROXY_HEADER}, and to the desk as MITTARI_DESK_SECRET or in the file that MITTARI_DESK_SECRET_FILE "
    "names."
)
SHORT_SECRET = f"The secret of the desk has fewer than {LEAST_SECRET} letters. Make one, with: openssl rand -hex 32"
NO_NAME = "the proxy named nobody, or more than one"
ENDED = _("Your login has ended")
TOO_MANY = _("The form has more fields than a page can keep. Log in, and begin again.")
LEFT = _("You are logged out")
LEFT_TEXT = _("Close the browser if others use this computer.")
LEAVING_TEXT = _("You are led on, to log out of the login service too. If nothing happens, go there yourself.")
LEAVE_THERE = _("Log out of the login service")
LOG_IN = _("Log in")
FAILED = _("The login did not succeed")
DENIED_TEXT = _("The login service did not let you in. Begin again, or ask whoever looks after your logins.")


# --- on a machine of one's own ---------------------------------------------------------------------------------------


def always(person: Person) -> Identify:
    """Whoever reaches the address: for a desk that only its own machine can reach."""
    return lambda request: _elsewhere(request) or person


def chosen(people: dict[str, Person], first: str) -> Identify:
    """For a demonstration: whoever the visitor chooses to be, by a cookie."""
    return lambda request: _elsewhere(request) or people.get(request.cookies.get(COOKIE, ""), people[first])


def _elsewhere(request: Request) -> Response | None:
    """Another host's name in the address would let a page from there read what is shown here."""
    try:
        host = urlsplit(f"//{request.headers.get('Host', '')}").hostname
    except ValueError:
        host = None
    return None if host in HOSTS else Response(OTHER_HOST, 403, mimetype="text/plain")


# --- in a municipality -----------------------------------------------------------------------------------------------


def person_of(staff: Staff, login: str, groups: Collection[str], *, providers: Collection[str]) -> Person:
    """Somebody, with what the staff file opens to them: it may be nothing. `providers` are those of services.yaml."""
    held = staff.of(login, groups)
    coached = {one.provider for one in held if "provider" in one.roles}
    if not coached:
        releases = next((one.releases for one in held if one.releases), "")
        return Person(
            login=small(login), roles=frozenset(role for one in held for role in one.roles), releases=releases
        )
    # A coach stays one, whatever else their groups would open: other roles see who has answered, and whose services
    # clients write about never reads first what they write. Of two providers, neither can be told to be theirs.
    provider = coached.pop() if len(coached) == 1 else None
    if provider not in providers:
        return Person(login=small(login), roles=frozenset())
    return Person(login=small(login), roles=frozenset({"provider"}), provider=provider)


def address_of(request: Request) -> str:
    """The path that was asked for with all that stands behind it: on this host, whatever it is."""
    query = request.query_string.decode("ascii", "replace")
    return f"{quote(request.path)}{'?' if query else ''}{query}"


class Login:
    """People log in, and the staff file says what is open to whom. Whoever is there is asked for with each request."""

    way = ""
    desk: Desk

    def __init__(self, staff: Callable[[], Staff]) -> None:
        self._staff = staff

    @property
    def leave(self) -> str:
        """The address that logs somebody out; empty where the desk cannot."""
        return LEAVE

    def join(self, desk: Desk) -> None:
        """Adds the addresses of the login to the desk."""
        self.desk = desk
        desk.add(LEAVE, self._leave, name="leave", method="POST")
        desk.add(LEAVE, self._left, name="left")
        desk.add(DENIED, self._denied, name="denied")

    def __call__(self, request: Request) -> Person | Response:
        raise NotImplementedError

    def known(self, login: str, groups: Collection[str]) -> Person:
        """Somebody of whom it is sure who they are."""
        return person_of(self._staff(), login, groups, providers=self.desk.bundle.library.services.providers)

    def admitted(self, request: Request, person: Person) -> Person | Response:
        """They, or the page for somebody to whom nothing is open."""
        return person if _has_anything(person) else self.desk.nobody(request, person)

    def note(self, action: str, person: Person) -> None:
        """Writes into the log that somebody came, was refused, or left."""
        log = Log(store=self.desk.store, actor=person.login, random=self.desk.random)
        details = {"desk": " ".join(sorted(person.roles)), "way": self.way}
        log.add(action, moment=self.desk.clock(), details=details)

    def note_arrival(self, person: Person) -> None:
        """Writes into the log that somebody has logged in, and whether anything is open to them."""
        self.note("log in" if _has_anything(person) else "refused", person)

    def again(self, request: Request) -> Response:
        """For a form that was filled in while the login ended: nothing of it is lost, and nothing of it is stored."""
        if not self.desk.is_from_here(request):
            return self.desk.not_ours(request)
        visit = self.desk.visit_of(request)
        fields = [(name, value) for name, values in request.form.lists() for value in values]
        if len(fields) > MOST_FIELDS:
            # Whoever is not logged in can send it, and a page of it is many times as long.
            return visit.message(413, said(ENDED), said(TOO_MANY))
        return visit.page(
            "again.html.j2",
            title=visit.say(ENDED),
            status=401,
            login=self.begin(visit.language),
            action=address_of(request),
            fields=fields,
            files=bool(request.files),
        )

    # --- logging out

    def _leave(self, request: Request) -> Response:
        found = self.who(request)
        if found is None:
            return self._left(request)
        if not self.desk.is_ours(request, found):
            return self.desk.not_ours(request, found)
        self.note("log out", found)
        return self.left(request, found)

    def who(self, request: Request) -> Person | None:
        """Who is logged in, whether or not anything is open to them."""
        raise NotImplementedError

    def left(self, request: Request, person: Person) -> Response:
        """Ends the login, and answers whoever has left."""
        raise NotImplementedError

    def _left(self, request: Request) -> Response:
        visit = self.desk.visit_of(request)
        way_on = self.begin(visit.language), said(LOG_IN)
        return self.say(visit, 200, said(LEFT), said(LEFT_TEXT), way_on=way_on)

    def _denied(self, request: Request) -> Response:
        """For whoever comes back from the login service without a login."""
        visit = self.desk.visit_of(request)
        return self.say(visit, 403, said(FAILED), said(DENIED_TEXT), way_on=(self.begin(visit.language), said(LOG_IN)))

    def onwards(self, request: Request, address: str) -> Response:
        """Leads on to where somebody logs out of the login itself."""
        # Browsers let no form lead to another host, not even by an address here that leads on there; so a page does.
        visit = self.desk.visit_of(request)
        response = self.say(visit, 200, said(LEFT), said(LEAVING_TEXT), way_on=(address, said(LEAVE_THERE)))
        response.headers["Refresh"] = f"0;url={address}"
        return response

    def say(
        self, visit: Visit, status: int, title: Phrase, text: Phrase, *, way_on: tuple[str, Phrase] | None = None
    ) -> Response:
        """A page about logging in, with an address to go on to."""
        return visit.page(
            "login.html.j2", title=visit.phrase(title), status=status, text=visit.phrase(text), way_on=way_on
        )

    def begin(self, language: str) -> str:
        """Where somebody logs in."""
        return f"/{language}/"


def can_be_login(text: str) -> bool:
    """Whether a text may be somebody's login."""
    return bool(text.strip()) and len(text) <= LONGEST_LOGIN and text.isprintable()


def _has_anything(person: Person) -> bool:
    return bool(person.roles or person.releases)


class NotByProxy(Exception):
    """A request did not come by the proxy, or without what it should say. The message is for the log alone."""


class NamedNobody(NotByProxy):
    """A request came by the proxy, which does not say who sent it: nobody is logged in."""


class Proxy(Login):
    """What stands before the desk has verified who somebody is, and says so in a header. It is believed only where it
    proves that it is the proxy, so that nobody who reaches the port can pretend."""

    way = "proxy"

    def __init__(self, staff: Callable[[], Staff], *, secret: str) -> None:
        """Raises SettingsError where the secret would not do."""
        super().__init__(staff)
        if len(secret) < LEAST_SECRET:
            raise SettingsError(SHORT_SECRET if secret else NO_SECRET)
        self._secret = secret.encode()
        self._login = staff().login
        self._seen: dict[Person, datetime] = {}

    @property
    def leave(self) -> str:
        return LEAVE if self._login.logout else ""

    def __call__(self, request: Request) -> Person | Response:
        try:
            person = self._verified(request)
        except NotByProxy as error:
            if isinstance(error, NamedNobody) and request.method == "POST":
                return self.again(request)
            LOG.warning("login refused: %s", error)
            return self.say(self.desk.visit_of(request), 403, said(NOT_BY_PROXY), said(NOT_BY_PROXY_TEXT))
        now = self.desk.clock()
        if person not in self._seen or now >= self._seen[person] + AWAY:
            self.note_arrival(person)
        self._seen[person] = now
        return self.admitted(request, person)

    def who(self, request: Request) -> Person | None:
        try:
            return self._verified(request)
        except NotByProxy:
            return None

    def left(self, request: Request, person: Person) -> Response:
        self._seen.pop(person, None)
        return self.onwards(request, self._login.logout or "/")

    def _verified(self, request: Request) -> Person:
        """Raises NotByProxy."""
        proof = request.headers.get(PROXY_HEADER, "")
        if not hmac.compare_digest(proof.encode("latin1", "replace"), self._secret):
            raise NotByProxy(f"no {PROXY_HEADER}, or a wrong one")
        login = self._sent(request, self._login.header or "")
        # Caddy leaves the gap itself where there is nothing to fill it.
        if not login or set(login) & set("{}") or small(login) in NO_LOGINS:
            raise NamedNobody(NO_NAME)
        # A header that came twice is one with a comma.
        if not can_be_login(login) or "," in login:
            raise NotByProxy(NO_NAME)
        groups = self._sent(request, self._login.groups_header) if self._login.groups_header else ""
        return self.known(login, {group.strip() for group in groups.split(",") if group.strip()})

    def _sent(self, request: Request, header: str) -> str:
        try:
            # As WSGI has it: bytes, a letter for each.
            return request.headers.get(header, "").strip().encode("latin1").decode()
        except UnicodeError:
            raise NotByProxy("a header is no text in UTF-8") from None
