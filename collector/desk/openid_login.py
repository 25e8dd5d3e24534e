"""Logging in at the municipality's own login service, where the desk asks it itself (OpenID Connect)."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from collector.desk.login import DENIED_TEXT, FAILED, LOG_IN, Login, address_of, can_be_login
from collector.desk.openid import NotBelieved, Service, ServiceAway
from collector.desk.people import Person
from collector.desk.sessions import Begun, Cookies
from collector.desk.visit import LANGUAGES, Desk
from collector.settings import SettingsError
from collector.web import Request
from survey.marking import _
from survey.phrases import Phrase, said
from survey.staff import Staff, is_safe

LOG = logging.getLogger("collector")
BEGIN, BACK = "/-/login", "/-/login/return"
OWN = re.compile(rf"/(?:{'|'.join(LANGUAGES)})/[^\\\x00-\x20]{{0,2000}}")
"""Pages of the desk, to which somebody goes back. Nothing else is led to."""

NO_ADDRESS = (
    "Set MITTARI_DESK_ADDRESS to the address of the desk in a browser, with 'https://': the login service sends people "
    "back to it."
)
AWAY = _("The login service cannot be reached just now")
AWAY_TEXT = _("Try again in a few minutes. If it lasts, tell whoever looks after Mittari.")
FAILED_TEXT = _(
    "The answer of the login service does not hold. Try once more; if it happens again, tell whoever looks after "
    "Mittari."
)
OLD_TEXT = _("It took too long, or it was begun in another browser. Begin again.")
UNVERIFIED_TEXT = _(
    "The login service has not verified your e-mail address. Ask whoever looks after your logins to do that."
)


class OpenIDLogin(Login):
    """The desk leads people to a login service, and believes what it then says of them."""

    way = "oidc"

    def __init__(self, staff: Callable[[], Staff], *, address: str, secret: str) -> None:
        """`address` is the desk's own. Raises SettingsError where it would not do."""
        super().__init__(staff)
        if not address or not is_safe(address):
            raise SettingsError(NO_ADDRESS)
        self._login = staff().login
        self._address = address.rstrip("/")
        self._secret = secret

    def join(self, desk: Desk) -> None:
        super().join(desk)
        desk.add(BEGIN, self._begin, name="login")
        desk.add(BACK, self._return, name="return")
        desk.after.append(self._renew)
        secure = self._address.startswith("https:")
        self._cookies = Cookies(desk.keys, clock=desk.clock, random=desk.random, secure=secure)
        self._service = Service(self._login, secret=self._secret, back=f"{self._address}{BACK}", clock=desk.clock)

    def __call__(self, request: Request) -> Person | Response:
        person = self.who(request)
        if person is not None:
            return self.admitted(request, person)
        if request.method == "POST":
            return self.again(request)
        return Response(status=303, headers={"Location": self._begin_at(address_of(request))})

    def who(self, request: Request) -> Person | None:
        session = self._cookies.session(request)
        return self.known(session.login, session.groups) if session else None

    def left(self, request: Request, person: Person) -> Response:
        farewell = self._service.farewell(f"{self._address}{self.leave}")
        there = Response(status=303, headers={"Location": self.leave})
        response = self.onwards(request, farewell) if farewell else there
        session = self._cookies.session(request)
        if session is not None:
            self._cookies.end_session(response, session)
        return response

    def begin(self, language: str) -> str:
        return self._begin_at(f"/{language}/")

    def _begin_at(self, to: str) -> str:
        return f"{BEGIN}?{urlencode({'to': to})}"

    # --- the way there and back

    def _begin(self, request: Request) -> Response:
        asked = request.args.get("to", "")
        to = asked if OWN.fullmatch(asked) else "/"
        state, nonce, verifier = (self._unguessable() for _n in range(3))
        language = self.desk.language_of(request)
        try:
            address = self._service.address(state=state, nonce=nonce, verifier=verifier, language=language)
        except ServiceAway as error:
            return self._away(request, error, language)
        response = Response(status=303, headers={"Location": address})
        self._cookies.begin(response, state=state, nonce=nonce, verifier=verifier, to=to)
        return response

    def _return(self, request: Request) -> Response:
        state = request.args.get("state", "")
        begun = self._cookies.begun(request, state)
        if begun is None:
            return self._failed(request, "no such login was begun", OLD_TEXT)
        response = self._arrived(request, begun)
        self._cookies.forget(response, state)
        return response

    def _arrived(self, request: Request, begun: Begun) -> Response:
        language = begun.to.split("/")[1]
        if "code" not in request.args:
            return self._failed(request, "the login service let nobody in", DENIED_TEXT, language)
        try:
            claims = self._service.claims(
                code=request.args["code"], nonce=begun.nonce, verifier=begun.verifier, enough=self._is_enough
            )
            login = self._login_of(claims)
        except ServiceAway as error:
            return self._away(request, error, language)
        except NotBelieved as error:
            return self._failed(request, str(error), FAILED_TEXT, language)
        if self._login.login_claim == "email" and claims.get("email_verified", True) not in (True, "true"):
            return self._failed(request, "the e-mail address is not verified", UNVERIFIED_TEXT, language)
        groups = self._groups_of(claims)
        self.note_arrival(self.known(login, groups))
        response = Response(status=303, headers={"Location": begun.to})
        self._cookies.begin_session(response, login, groups)
        return response

    def _login_of(self, claims: Mapping[str, object]) -> str:
        """Raises NotBelieved."""
        login = claims.get(self._login.login_claim)
        if not isinstance(login, str) or not can_be_login(login):
            raise NotBelieved(f"the login service gave no {self._login.login_claim} that can be a login")
        return login.strip()

    def _is_enough(self, claims: Mapping[str, object]) -> bool:
        """Whether a token says all that is needed: a login, and groups where they count for it."""
        login = claims.get(self._login.login_claim)
        staff = self._staff()
        counting = staff.groups and not (isinstance(login, str) and staff.of(login, ()))
        return login is not None and (self._login.groups_claim in claims or not counting)

    def _groups_of(self, claims: Mapping[str, object]) -> list[str]:
        """The groups that the staff file names: a cookie has no room for all that somebody is in."""
        given = claims.get(self._login.groups_claim)
        said_groups = given if isinstance(given, list) else [given]
        return sorted({team.group for team in self._staff().groups if team.group in said_groups})

    def _unguessable(self) -> str:
        return base64.urlsafe_b64encode(self.desk.random(32)).rstrip(b"=").decode()

    def _renew(self, request: Request, response: Response) -> None:
        session = None if request.path.startswith("/-/") else self._cookies.session(request)
        if session is not None:
            self._cookies.renew_session(response, session)

    # --- what goes wrong

    def _away(self, request: Request, error: ServiceAway, language: str) -> Response:
        LOG.warning("the login service cannot be reached: %s", error)
        return self._told(request, 503, said(AWAY), said(AWAY_TEXT), language)

    def _failed(self, request: Request, why: str, text: str, language: str = "") -> Response:
        LOG.warning("login refused: %s", why)
        return self._told(request, 403, said(FAILED), said(text), language)

    def _told(self, request: Request, status: int, title: Phrase, text: Phrase, language: str) -> Response:
        visit = self.desk.visit_of(request, language=language)
        return self.say(visit, status, title, text, way_on=(self.begin(visit.language), said(LOG_IN)))
