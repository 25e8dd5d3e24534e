"""Who is let in: by the proxy that proves what it is, by a real login service, and on one's own machine alone."""

from __future__ import annotations

import dataclasses
import hashlib
import html
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import werkzeug.test
from itsdangerous import URLSafeSerializer
from joserfc.jwk import RSAKey

from collector import audit, participations
from collector.desk.app import create_desk
from collector.desk.login import Identify, Proxy, always, chosen, person_of
from collector.desk.openid_login import OpenIDLogin
from collector.desk.people import Person
from collector.desk.visit import Desk
from collector.settings import Settings, SettingsError
from collector.stores import Store, StoreTrouble
from collector.stores.sqlite import SQLiteStore
from commands.desk import messages, works
from survey import staff_file
from survey.staff import Staff
from tests.collector.desk.conftest import text_of
from tests.collector.desk.provider import CLIENT, OTHER_KEY, SECRET, LoginService, Visitor, query, running
from tests.collector.forms import Page
from tests.conftest import NOON, ROOT, Clock, Invite

PROXY_SECRET = "0123456789abcdef0123456789abcdef"
PEOPLE = """\
people:
  - {login: planner@example.fi, roles: [planner]}
  - {login: coach@example.org, roles: [provider], provider: valmennus}
groups:
  - {group: analysts, roles: [analyst]}
  - {group: coaches, roles: [provider], provider: valmennus}
  - {group: others, roles: [provider], provider: koulutus}
  - {group: readers, roles: [], releases: laatuvastaava}
"""
BY_PROXY = f"""\
desk: 1
login: {{way: proxy, header: X-Forwarded-Email, groups_header: X-Forwarded-Groups, logout: /oauth2/sign_out}}
{PEOPLE}"""
ADDRESS = "http://127.0.0.1:8200"


def staff_of(text: str) -> Staff:
    read, problems = staff_file.read(text.encode(), file="desk.yaml")
    assert read is not None, problems
    return read.value


Make = Callable[[Any], Desk]


@pytest.fixture
def make(desk_settings: Settings, store: SQLiteStore, clock: Clock, tmp_path: Path) -> Make:
    """A desk with a login, over the store and the clock of the test."""
    return lambda identify: create_desk(
        desk_settings,
        works=works(desk_settings, ROOT / "instruments", tmp_path / "desk"),
        messages=messages(),
        identify=identify,
        store=store,
        clock=clock,
    )


def done(store: Store) -> list[tuple[str, str, str]]:
    """Who came and went: the action, who, and in which roles."""
    return [(one.action, one.actor, str(one.details["desk"])) for one in audit.entries(store)]


# --- on one's own machine -----------------------------------------------------------------------------------------------


HERE = Person(login="me", roles=frozenset({"planner"}))


@pytest.mark.parametrize(
    "host", ["desk.example.fi", "desk.example.fi:8200", "127.0.0.1.example.fi", "", "[::1", "[::2]"]
)
def test_another_name_in_the_address_is_refused(make: Make, host: str) -> None:
    """A page elsewhere whose name points to this machine reads nothing."""
    answer = werkzeug.test.Client(make(always(HERE))).get("/en/", headers={"Host": host})
    assert (answer.status_code, answer.text) == (
        403, "The desk answers on this machine only, at an address like http://127.0.0.1:8200/.\n",
    )  # fmt: skip


@pytest.mark.parametrize("identify", [always(HERE), chosen({"me": HERE}, "me")])
def test_this_machine_is_answered(make: Make, identify: Identify) -> None:
    """By each of its names, whatever the port; the same in a demonstration, which others' names do not reach either."""
    client = werkzeug.test.Client(make(identify))
    for host in ("127.0.0.1:8200", "localhost:1", "[::1]:8200"):
        assert client.get("/en/first", headers={"Host": host}).status_code == 200
    assert client.get("/en/first", headers={"Host": "desk.example.fi"}).status_code == 403


# --- by a proxy ---------------------------------------------------------------------------------------------------------


class ByProxy:
    """What reaches the desk's port, with or without what the proxy sends along."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.client = werkzeug.test.Client(desk)

    def get(self, path: str = "/en/", *, secret: str = PROXY_SECRET, **headers: str) -> werkzeug.test.TestResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(path, headers={"X-Mittari-Proxy": secret, **sent}, buffered=True)

    def post(
        self, path: str, data: dict[str, str], *, secret: str = PROXY_SECRET, **headers: str
    ) -> werkzeug.test.TestResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(path, data=data, headers={"X-Mittari-Proxy": secret, **sent}, buffered=True)


@pytest.fixture
def proxied(make: Make) -> ByProxy:
    return ByProxy(make(Proxy(lambda: staff_of(BY_PROXY), secret=PROXY_SECRET)))


def test_the_proxy_says_who_it_is(proxied: ByProxy, store: SQLiteStore) -> None:
    """Whatever the size of the letters; the page shows who is there, and the log has it once."""
    for login in ("planner@example.fi", "Planner@EXAMPLE.fi"):
        page = proxied.get(X_Forwarded_Email=login)
        assert page.status_code == 200
        assert "<p>planner@example.fi</p>" in page.text and "Log out" in page.text
    assert done(store) == [("log in", "planner@example.fi", "planner")]


@pytest.mark.parametrize(
    "secret", ["", "0" * 32, PROXY_SECRET[:-1], PROXY_SECRET + "0", "ä" * 32, PROXY_SECRET.upper()]
)
def test_whoever_is_not_the_proxy_is_refused(
    proxied: ByProxy, store: SQLiteStore, caplog: pytest.LogCaptureFixture, secret: str
) -> None:
    """Without its secret the header means nothing; the log says so and has nothing of what was sent."""
    page = proxied.get(secret=secret, X_Forwarded_Email="planner@example.fi")
    assert page.status_code == 403 and text_of(page) == (
        "Come in by the login This address is for the login of the organisation, which leads here. Use the address of the "
        "desk that you were given."
    )
    assert caplog.messages == ["login refused: no X-Mittari-Proxy, or a wrong one"]
    assert done(store) == []


@pytest.mark.parametrize(
    "login",
    ["", " ", "planner@example.fi, coach@example.org", "planner@example.fi,", "a" * 201, "\x7f", "(null)", "-", "None",
     "{http.reverse_proxy.header.x-auth-request-email}"],
)  # fmt: skip
def test_nobody_or_several_are_refused(proxied: ByProxy, caplog: pytest.LogCaptureFixture, login: str) -> None:
    """A header that is empty, or came twice (which makes a comma), names nobody; nor do the words that servers write
    where they have nothing, whatever the groups are."""
    assert proxied.get(X_Forwarded_Email=login, X_Forwarded_Groups="analysts").status_code == 403
    assert caplog.messages == ["login refused: the proxy named nobody, or more than one"]
    assert "planner@" not in caplog.text


def test_a_header_that_comes_twice_is_refused(proxied: ByProxy) -> None:
    """As WSGI servers join them."""
    twice = [("X-Mittari-Proxy", PROXY_SECRET), ("X-Forwarded-Email", "planner@example.fi")] * 2
    assert proxied.client.get("/en/", headers=twice[1:]).status_code == 403
    assert proxied.client.get("/en/", headers=twice[:2]).status_code == 200


def test_groups_open_what_they_open(proxied: ByProxy) -> None:
    """Parted by commas; of somebody who is named, their own entry alone counts."""
    analysts = {"X_Forwarded_Groups": "x, analysts"}
    assert proxied.get("/en/shelf", X_Forwarded_Email="new@example.fi", **analysts).status_code == 200
    named = proxied.get("/en/shelf", X_Forwarded_Email="coach@example.org", **analysts)
    assert named.status_code == 403 and "not for your role" in text_of(named)


def test_somebody_without_a_role_is_told_so_and_logged_once(proxied: ByProxy, store: SQLiteStore, clock: Clock) -> None:
    """The page says under which login; after an hour away it is a login anew."""
    for _time in range(2):
        page = proxied.get(X_Forwarded_Email="guest@example.fi")
        assert page.status_code == 403 and text_of(page) == (
            "You have no role at this desk You are logged in as guest@example.fi. Ask whoever looks after Mittari in your "
            "area to write you into the staff file (desk.yaml)."
        )
    assert done(store) == [("refused", "guest@example.fi", "")]
    clock.advance(hours=1)
    proxied.get(X_Forwarded_Email="guest@example.fi")
    assert len(done(store)) == 2


def test_logging_out_is_the_proxys(proxied: ByProxy, store: SQLiteStore) -> None:
    """The desk writes it down, for a form of its own alone, and leads there by a page: the proxy may lead on to another
    host, to which a browser lets no form lead."""
    headers = {"X-Mittari-Proxy": PROXY_SECRET, "X-Forwarded-Email": "planner@example.fi"}
    token = proxied.desk.token(Person(login="planner@example.fi", roles=frozenset()))
    assert proxied.client.post("/-/logout", headers=headers, data={"_token": "x"}).status_code == 403
    assert done(store) == []
    answer = proxied.client.post("/-/logout", headers=headers, data={"_token": token})
    assert (answer.status_code, answer.headers["Refresh"]) == (200, "0;url=/oauth2/sign_out")
    assert done(store) == [("log out", "planner@example.fi", "planner")]
    with_no_way_out = Proxy(lambda: staff_of(BY_PROXY.replace(", logout: /oauth2/sign_out", "")), secret=PROXY_SECRET)
    assert with_no_way_out.leave == ""


def test_whoever_comes_back_without_a_login_is_told_so(proxied: ByProxy) -> None:
    """A page for everybody, to which a proxy may lead; the login begins again from there."""
    page = proxied.get("/-/login/denied", secret="", Accept_Language="sv")
    assert page.status_code == 403 and text_of(page).startswith(
        "Inloggningen lyckades inte Inloggningstjänsten släppte inte in dig. "
    )
    assert 'href="/sv/"' in page.text


def again_of(page: werkzeug.test.TestResponse) -> tuple[str, dict[str, str]]:
    """Where the page that keeps a form sends it again, and what it sends."""
    (action,) = re.findall(r'<form method="post" action="(.*?)">', page.text)
    return html.unescape(action), Page(page.text).values


@pytest.mark.parametrize("named", [{}, {"X_Forwarded_Email": ""}, {"X_Forwarded_Email": "(null)"}])
def test_a_form_is_not_lost_when_the_login_at_the_proxy_ends(
    proxied: ByProxy, store: SQLiteStore, caplog: pytest.LogCaptureFixture, named: dict[str, str]
) -> None:
    """The proxy passes it on as nobody's. What was typed comes back as it was, and nothing of it is stored or logged;
    once somebody has logged in beside it, it is taken."""
    planner = {"X_Forwarded_Email": "planner@example.fi"}
    token = re.findall(r'name="_token" value="(\w+)"', proxied.get(**planner).text)[0]
    before = list(store.scan(""))
    typed = {"_token": token, "service": 'two "lines"\nand <b>', "empty": ""}
    page = proxied.post("/en/participations/invite", typed, **named)
    assert page.status_code == 401 and text_of(page).startswith(
        "Your login has ended What you filled in is kept on this page and was not sent yet. Log in Log in (opens a new tab)"
    )
    assert '<a class="button" href="/en/" target="_blank" rel="noopener">' in page.text
    assert page.headers["Cache-Control"] == "no-store" and "planner@" not in page.text
    assert list(store.scan("")) == before and caplog.messages == []
    action, fields = again_of(page)
    assert (action, fields) == ("/en/participations/invite", typed)
    sent = proxied.post(action, fields, **planner)
    assert sent.status_code == 422 and "Mend these first" in text_of(sent)


def test_a_form_of_endless_fields_is_not_given_back(proxied: ByProxy) -> None:
    """Its page would be many times as long, and anybody could send it."""
    page = proxied.post("/en/participations/invite", {"a": ["1"] * 5_001})
    assert (
        page.status_code == 413
        and len(page.data) < 10_000
        and text_of(page).startswith(
            "Your login has ended The form has more fields than a page can keep. Log in, and begin again."
        )
    )


def test_a_form_of_nobody_is_shown_by_the_proxy_alone(proxied: ByProxy, caplog: pytest.LogCaptureFixture) -> None:
    """Not to who cannot prove that they are the proxy, not where it named several, not for a form of another site; and a
    page without a form is refused as before."""
    typed = {"words": "secret"}
    for secret, headers, sentence in (
        ("x", {}, "Come in by the login"),
        ("x", {"X_Forwarded_Email": "planner@example.fi"}, "Come in by the login"),
        (PROXY_SECRET, {"X_Forwarded_Email": "a@example.fi, b@example.fi"}, "Come in by the login"),
        (PROXY_SECRET, {"Origin": "https://elsewhere.example"}, "The form did not come from a page of this desk"),
        (PROXY_SECRET, {"Sec_Fetch_Site": "cross-site"}, "The form did not come from a page of this desk"),
    ):
        page = proxied.post("/en/participations/invite", typed, secret=secret, **headers)
        assert page.status_code == 403 and sentence in text_of(page) and "secret" not in page.text
    assert proxied.get().status_code == 403
    assert caplog.messages == [
        "login refused: no X-Mittari-Proxy, or a wrong one",
        "login refused: no X-Mittari-Proxy, or a wrong one",
        "login refused: the proxy named nobody, or more than one",
        "login refused: the proxy named nobody, or more than one",
    ]


COMPLETED = "/en/participations/completed?service=tyohonvalmennus"


def test_what_stands_in_the_address_is_kept_by_a_proxy(proxied: ByProxy, invite: Invite) -> None:
    """A form that needs it can be finished: those who completed are of the service that the address names."""
    planner = {"X_Forwarded_Email": "planner@example.fi"}
    one = invite(start=date(2026, 8, 3), end=date(2026, 10, 30)).participation
    fields = Page(proxied.get(COMPLETED, **planner).text).values
    assert fields["one"] == f"{one.number} 2026-10-30"
    action, kept = again_of(proxied.post(COMPLETED, fields))
    assert action == COMPLETED
    sent = proxied.post(action, kept, **planner)
    assert sent.status_code == 303 and participations.by_number(proxied.desk.store, one.number).end == "2026-10-30"


def test_a_form_goes_to_no_other_host(proxied: ByProxy) -> None:
    """Whatever stands in the address, it is sent again to a page of this desk, and as one address."""
    for path, action in (
        ("/en/keying?to=//elsewhere.example/&x=%22%3E%0d%0a", "/en/keying?to=//elsewhere.example/&x=%22%3E%0d%0a"),
        ("/en/keying/number/%2F%2Felsewhere.example%3Fa%22/form", None),
        ("/en/keying/number/%3Fa%22%20%C3%A4/form", "/en/keying/number/%3Fa%22%20%C3%A4/form"),
    ):
        page = proxied.post(path, {"a": "b"})
        assert page.status_code == (401 if action else 404), path
        if action:
            assert again_of(page)[0] == action
    other = {"PATH_INFO": "//elsewhere.example/en/keying"}
    headers = {"X-Mittari-Proxy": PROXY_SECRET}
    page = proxied.client.post("/", data={"a": "b"}, headers=headers, environ_overrides=other)
    assert page.status_code in (308, 404), page.text


def test_a_proxy_needs_a_secret() -> None:
    """And none that could be guessed."""
    with pytest.raises(SettingsError) as error:
        Proxy(lambda: staff_of(BY_PROXY), secret="")
    assert str(error.value) == (
        "The proxy must prove that it is the proxy. Make a secret, with: openssl rand -hex 32. Give it to the proxy for "
        "the header X-Mittari-Proxy, and to the desk as MITTARI_DESK_SECRET or in the file that MITTARI_DESK_SECRET_FILE "
        "names."
    )
    with pytest.raises(SettingsError) as error:
        Proxy(lambda: staff_of(BY_PROXY), secret="password")
    assert str(error.value) == (
        "The secret of the desk has fewer than 32 letters. Make one, with: openssl rand -hex 32"
    )


COACH = Person(login="a", roles=frozenset({"provider"}), provider="valmennus")
NOBODY = Person(login="a", roles=frozenset())


def opened(*groups: str, login: str = "a", providers: Sequence[str] = ("valmennus", "koulutus")) -> Person:
    """What is open to somebody in some groups."""
    more = "  - {group: officers, roles: [officer]}\n  - {group: planners, roles: [planner]}\n"
    return person_of(staff_of(BY_PROXY + more), login, groups, providers=providers)


def test_what_is_open_to_somebody() -> None:
    """A coach in the groups of two providers is nobody's; a coach never reads open answers first."""
    assert opened("coaches") == COACH
    assert opened("coaches", "others") == NOBODY
    assert opened("readers").releases == "laatuvastaava"
    assert opened("readers", "coaches") == COACH


def test_a_coach_stays_a_coach() -> None:
    """Whatever else their groups would open: the log and the figures of others tell who has answered. Where it is not
    sure whose coach somebody is, nothing is open to them."""
    assert opened("analysts", "officers") == Person(login="a", roles=frozenset({"analyst", "officer"}))
    assert opened("analysts", "officers", "planners", "coaches") == COACH
    assert opened("analysts", "officers", "coaches", "others") == NOBODY


def test_a_provider_that_is_not_known_opens_nothing() -> None:
    """Its coaches are nobody until services.yaml has it, though other groups would open more; the others stay."""
    assert opened("others", providers=["valmennus"]) == NOBODY
    assert opened("others", "analysts", "readers", providers=["valmennus"]) == NOBODY
    assert opened("others", "coaches", providers=["valmennus"]) == NOBODY
    assert opened("coaches", providers=["valmennus"]) == COACH
    assert opened("coaches", login="coach@example.org", providers=["koulutus"]).roles == frozenset()


def test_a_provider_of_a_new_build_is_known_at_once(proxied: ByProxy) -> None:
    """As the desk knows it: who coaches there is in with the next page, and out with the build that has it no more."""
    coach = {"X_Forwarded_Email": "new@example.fi", "X_Forwarded_Groups": "coaches"}
    assert proxied.get("/en/results", **coach).status_code == 200
    library = proxied.desk.bundle.library
    for providers, status in (({}, 403), (library.services.providers, 200)):
        services = dataclasses.replace(library.services, providers=providers)
        changed = dataclasses.replace(library, services=services)
        proxied.desk._bundle = dataclasses.replace(proxied.desk.bundle, library=changed)
        assert proxied.get("/en/results", **coach).status_code == status


def test_the_store_away_is_said_and_nobody_is_let_in(
    make: Make, store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be written into the log does not happen."""
    proxied = ByProxy(make(Proxy(lambda: staff_of(BY_PROXY), secret=PROXY_SECRET)))

    def broken(key: str, body: bytes) -> bool:
        raise StoreTrouble("The store does not answer.")

    monkeypatch.setattr(store, "create", broken)
    page = proxied.get(X_Forwarded_Email="planner@example.fi")
    assert page.status_code == 503 and text_of(page).startswith("The store cannot be reached ")
    assert text_of(page).endswith(": The store does not answer.") and "planner@" not in page.text


# --- at a login service ---------------------------------------------------------------------------------------------------

PLANNER = {"email": "Planner@example.fi", "email_verified": True}


@pytest.fixture
def service(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoginService]:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    with running(LoginService(clock=clock, back=f"{ADDRESS}/-/login/return", person=PLANNER)) as service:
        yield service


Open = Callable[..., Visitor]


@pytest.fixture
def browsing(make: Make, service: LoginService) -> Open:
    """Somebody's browser at a desk that leads to the service. `more` is further keys of `login`."""

    def one(more: str = "", secret: str = SECRET) -> Visitor:
        text = f"desk: 1\nlogin: {{way: oidc, issuer: '{service.address}', client: {CLIENT}{more}}}\n{PEOPLE}"
        login = OpenIDLogin(lambda: staff_of(text), address=f"{ADDRESS}/", secret=secret)
        return Visitor(make(login), ADDRESS)

    return one


def test_the_way_there_and_back(browsing: Open, service: LoginService, store: SQLiteStore) -> None:
    """To the page that was asked for, by PKCE, state and nonce; the next page needs no login; the log has it once."""
    browser = browsing()
    page = browser.open("/en/log?actor=x")
    assert page.status_code == 200 and "<p>planner@example.fi</p>" in page.text
    assert browser.way[0] == browser.way[-1] == "/en/log?actor=x"
    (asked,) = service.asked
    for part in (
        "response_type=code",
        "code_challenge_method=S256",
        "code_challenge=",
        "state=",
        "nonce=",
        "scope=openid+email+profile",
    ):
        assert part in asked, asked
    assert browser.open("/en/").status_code == 200 and len(service.asked) == 1
    assert done(store) == [("log in", "planner@example.fi", "planner")]


def test_a_cookie_holds_a_login_and_groups_alone(browsing: Open, service: LoginService) -> None:
    """Of the groups only those that the staff file names; no script reads it, no other site sends it."""
    service.person = {"email": "new@example.fi", "groups": ["analysts", "secret-project"], "name": "Somebody"}
    browser = browsing()
    assert browser.open("/en/results").status_code == 200
    (cookie,) = browser.client._cookies.values()  # type: ignore[union-attr]
    assert cookie.http_only and cookie.same_site == "Lax" and cookie.path == "/" and not cookie.secure
    assert cookie.max_age is None and cookie.key == "desk"
    _whole, held = URLSafeSerializer("").loads_unsafe(cookie.value)
    assert {"login": held["login"], "groups": held["groups"]} == {"login": "new@example.fi", "groups": ["analysts"]}
    assert set(held) == {"id", "login", "groups", "began", "seen"}


@pytest.mark.parametrize(
    "to",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example",
        "/en\\@elsewhere.example",
        "/-/logout",
        "/de/",
        "/en/\r\nX: y",
        "",
    ],
)
def test_nobody_is_led_elsewhere(browsing: Open, to: str) -> None:
    """After logging in only pages of the desk are gone on to."""
    browser = browsing()
    browser.open(f"/-/login?{query(to=to)}")
    assert browser.way[3] == "/" and browser.way[-1] == "/en/"


def spoilt(**claims: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda before: {name: value for name, value in {**before, **claims}.items() if value is not None}


SOON = int(NOON.timestamp())
FAULTS: dict[str, tuple[Callable[[LoginService], Callable[[dict[str, Any]], str]], str]] = {
    "another nonce": (lambda s: lambda c: s.token_of(spoilt(nonce="x")(c)), "InvalidClaimError, nonce"),
    "no nonce": (lambda s: lambda c: s.token_of(spoilt(nonce=None)(c)), "MissingClaimError, nonce"),
    "another audience": (lambda s: lambda c: s.token_of(spoilt(aud=["other"])(c)), "InvalidClaimError, aud"),
    "no audience": (lambda s: lambda c: s.token_of(spoilt(aud=None)(c)), "MissingClaimError, aud"),
    "for several, and not asked by us": (
        lambda s: lambda c: s.token_of(spoilt(aud=[CLIENT, "other"], azp="other")(c)), "InvalidClaimError, azp"),
    "another issuer": (lambda s: lambda c: s.token_of(spoilt(iss="https://other.example")(c)), "InvalidClaimError, iss"),
    "expired": (lambda s: lambda c: s.token_of(spoilt(exp=SOON - 61)(c)), "ExpiredTokenError, exp"),
    "without end": (lambda s: lambda c: s.token_of(spoilt(exp=None)(c)), "MissingClaimError, exp"),
    "of tomorrow": (lambda s: lambda c: s.token_of(spoilt(iat=SOON + 86_400)(c)), "InvalidClaimError, iat"),
    "not signed": (lambda s: lambda c: s.token_of(c, alg="none"), "UnsupportedAlgorithmError"),
    "signed by another key": (lambda s: lambda c: s.token_of(c, key=OTHER_KEY), "BadSignatureError"),
    "signed by what both have": (lambda s: lambda c: s.token_by_secret(c), "UnsupportedAlgorithmError"),
    "signed for another access token": (lambda s: lambda c: s.token_of(spoilt(at_hash="x")(c)), "InvalidClaimError, at_hash"),
    "no token": (lambda s: lambda c: "", "DecodeError"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_token_that_does_not_hold_is_refused(
    browsing: Open, service: LoginService, store: SQLiteStore, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    """Each fault by itself, and nobody is in afterwards. The log says which, and nothing of anybody."""
    make_spoil, why = FAULTS[fault]
    service.spoil = make_spoil(service)
    browser = browsing()
    page = browser.open("/en/")
    assert page.status_code == 403 and text_of(page) == (
        "The login did not succeed The answer of the login service does not hold. Try once more; if it happens again, tell "
        "whoever looks after Mittari. Log in"
    )
    assert [line for line in caplog.messages if "refused" in line] == [
        f"login refused: the token does not hold ({why})"
    ]
    assert "planner" not in caplog.text.lower()
    assert browser.cookies() == {} and done(store) == []


def test_without_a_fault_the_same_token_is_taken(browsing: Open, service: LoginService) -> None:
    """The test above can fail: made again as it was, it lets in. Clocks may differ by a minute."""
    service.spoil = lambda claims: service.token_of(spoilt(exp=SOON - 59, iat=SOON + 59)(claims))
    assert browsing().open("/en/").status_code == 200


def test_another_state_is_refused(browsing: Open, service: LoginService, caplog: pytest.LogCaptureFixture) -> None:
    """Made up, of another browser, used before, or of a login that was begun under another one."""
    browser, other = browsing(), browsing()
    begun = browser.elsewhere(other.open("/-/login?to=/en/", follow=False).headers["Location"])
    (kept,) = other.cookies().values()
    browser.client.set_cookie(f"desk-{hashlib.sha256(b'x').hexdigest()[:12]}", kept, domain="127.0.0.1")
    for path in (begun, "/-/login/return?state=x&code=y", "/-/login/return"):
        page = browser.open(path)
        assert page.status_code == 403 and text_of(page) == (
            "The login did not succeed It took too long, or it was begun in another browser. Begin again. Log in"
        )
    assert other.open(begun).status_code == 200
    assert other.open(begun).status_code == 403
    assert set(caplog.messages) == {"login refused: no such login was begun"}


def test_a_login_cannot_be_finished_after_ten_minutes(browsing: Open, clock: Clock) -> None:
    """Somebody who went away from the screen begins again."""
    browser = browsing()
    begun = browser.elsewhere(browser.open("/-/login?to=/en/", follow=False).headers["Location"])
    clock.advance(minutes=10)
    assert browser.open(begun).status_code == 403


def test_a_code_without_its_verifier_is_refused_by_the_service(
    browsing: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """PKCE: a code that was caught on its way opens nothing in another browser, even with a state of that browser."""
    browser, thief = browsing(), browsing()
    caught = browser.elsewhere(browser.open("/-/login?to=/en/", follow=False).headers["Location"])
    own = thief.elsewhere(thief.open("/-/login?to=/en/", follow=False).headers["Location"])
    code, state = (re.findall(rf"{name}=([^&]+)", path)[0] for name, path in (("code", caught), ("state", own)))
    assert thief.open(f"/-/login/return?{query(code=code, state=state)}").status_code == 403
    assert caplog.messages == ["login refused: the login service took no code (invalid_grant)"]


def test_somebody_who_declines(browsing: Open, service: LoginService) -> None:
    """Comes back to a page that says so, and can begin again."""
    service.person = None
    page = browsing().open("/sv/")
    assert page.status_code == 403 and "Inloggningstjänsten släppte inte in dig." in text_of(page)
    assert 'href="/-/login?to=%2Fsv%2F"' in page.text


@pytest.mark.parametrize(
    ("person", "more", "status"),
    [
        ({"email": "planner@example.fi"}, "", 200),
        ({"email": "planner@example.fi", "email_verified": False}, "", 403),
        ({"email": "planner@example.fi", "email_verified": "false"}, "", 403),
        ({"email": ["planner@example.fi"]}, "", 403),
        ({"email": ""}, "", 403),
        ({"name": "planner@example.fi"}, "", 403),
        (
            {"preferred_username": "planner@example.fi", "email_verified": False},
            ", login_claim: preferred_username",
            200,
        ),
        ({"email": "x@example.fi", "teams": "coaches"}, ", groups_claim: teams", 200),
    ],
)
def test_which_claim_is_the_login(
    browsing: Open, service: LoginService, person: dict[str, Any], more: str, status: int
) -> None:
    """An address that the service has not verified is nobody's; another claim may be the login, and another the groups."""
    service.person = person
    assert browsing(more).open("/en/").status_code == status


def test_more_is_asked_for_only_where_it_is_needed(browsing: Open, service: LoginService) -> None:
    """A login that the token has not, or groups of somebody who is not named. What the token says goes before."""
    service.told = {"sub": "1", "email": "x@example.fi", "groups": ["analysts"]}
    assert browsing().open("/en/").status_code == 200 and "userinfo" not in service.served
    service.person = {"email": "new@example.fi"}
    page = browsing().open("/en/results")
    assert page.status_code == 200 and "<p>new@example.fi</p>" in page.text
    service.person = {"groups": ["others"]}
    page = browsing().open("/en/rates")
    assert page.status_code == 200 and "<p>x@example.fi</p>" in page.text
    assert browsing().open("/en/shelf").status_code == 403
    service.person = {"email": "new@example.fi", "groups": []}
    assert browsing().open("/en/").status_code == 403
    assert service.served.count("userinfo") == 3


def test_what_is_told_of_another_is_refused(
    browsing: Open, service: LoginService, caplog: pytest.LogCaptureFixture
) -> None:
    """Whom the token is of, and of whom more is told, must be one; whoever cannot be asked about keeps nobody waiting."""
    service.person = {"name": "x"}
    for told in ({"sub": "2", "email": "planner@example.fi"}, {"email": "planner@example.fi"}):
        service.told = told
        page = browsing().open("/en/")
        assert page.status_code == 403 and "The answer of the login service does not hold." in text_of(page)
    service.told = {}
    browser = browsing()
    assert browser.open("/en/").status_code == 503
    assert caplog.messages == [
        *["login refused: the login service was asked of one and told of another"] * 2,
        "the login service cannot be reached: HTTPError",
    ]
    service.person = PLANNER
    assert browser.open("/en/").status_code == 200


def test_somebody_without_a_role(browsing: Open, service: LoginService, store: SQLiteStore) -> None:
    """Is told under which login they came and can log out of it; the log has each login once."""
    service.person = {"email": "guest@example.fi"}
    browser = browsing()
    for _time in range(2):
        page = browser.open("/en/")
        assert page.status_code == 403 and "You are logged in as guest@example.fi." in text_of(page)
        assert "Log out" in page.text
    assert done(store) == [("refused", "guest@example.fi", "")]


def test_a_login_lasts_a_working_day_and_an_hour_of_rest(browsing: Open, service: LoginService, clock: Clock) -> None:
    """Whoever goes on is in for eight hours; whoever rests for an hour logs in again."""
    browser = browsing()
    browser.open("/en/")
    for _step in range(9):
        clock.advance(minutes=50)
        assert browser.open("/en/", follow=False).status_code == 200
    clock.advance(minutes=30)
    assert browser.open("/en/", follow=False).headers["Location"] == "/-/login?to=%2Fen%2F"
    browser.open("/en/")
    assert len(service.asked) == 2
    clock.advance(minutes=60)
    assert browser.open("/en/", follow=False).status_code == 303


def test_a_form_is_not_lost_when_the_login_ends(browsing: Open, clock: Clock) -> None:
    """What was typed comes back as it was, and is sent once somebody has logged in again."""
    browser = browsing()
    token = re.findall(r'name="_token" value="(\w+)"', browser.open("/en/").text)[0]
    clock.advance(hours=2)
    typed = {"_token": token, "words": 'two "lines"\nand <b>', "empty": ""}
    page = browser.open("/en/participations/invite", data=typed)
    assert page.status_code == 401 and text_of(page).startswith(
        "Your login has ended What you filled in is kept on this page and was not sent yet. Log in Log in (opens a new tab)"
    )
    assert '<input type="hidden" name="words" value="two &#34;lines&#34;\nand &lt;b&gt;">' in page.text
    assert re.findall(r'<form method="post" action="(.*?)">', page.text) == ["/en/participations/invite"]
    foreign = browser.client.post(
        "/en/participations/invite", data=typed, headers={"Origin": "https://elsewhere.example"}
    )
    assert foreign.status_code == 403 and "two" not in foreign.text


def test_what_stands_in_the_address_is_kept(browsing: Open, invite: Invite, clock: Clock, store: SQLiteStore) -> None:
    """As by a proxy: a form that needs it can be finished after logging in anew."""
    one = invite(start=date(2026, 8, 3), end=date(2026, 10, 30)).participation
    browser = browsing()
    fields = Page(browser.open(COMPLETED).text).values
    clock.advance(hours=2)
    action, kept = again_of(browser.open(COMPLETED, data=fields))
    assert action == COMPLETED
    browser.open("/en/")
    sent = browser.open(action, data=kept, follow=False)
    assert sent.status_code == 303 and participations.by_number(store, one.number).end == "2026-10-30"


def test_logging_out(browsing: Open, service: LoginService, store: SQLiteStore) -> None:
    """The cookie goes, a copy of it opens nothing, and the service is logged out of too."""
    browser = browsing()
    page = browser.open("/en/")
    token = re.findall(r'name="_token" value="(\w+)"', page.text)[0]
    copy = browser.cookies()["desk"]
    assert browser.open("/-/logout", data={"_token": "x"}).status_code == 403
    left = browser.open("/-/logout?to=/en/", data={"_token": token})
    assert left.status_code == 200 and "You are logged out" in text_of(left)
    there = left.headers["Refresh"].removeprefix("0;url=")
    assert (
        there == f"{service.address}/logout?{query(client_id=CLIENT, post_logout_redirect_uri=f'{ADDRESS}/-/logout')}"
    )
    assert f'href="{there.replace("&", "&amp;")}"' in left.text
    assert browser.elsewhere(there) == "/-/logout" and service.person is None
    assert "You are logged out" in text_of(browser.open("/-/logout?to=/en/"))
    browser.client.set_cookie("desk", copy, domain="127.0.0.1")
    assert browser.open("/en/", follow=False).status_code == 303
    assert sorted(action for action, _actor, _roles in done(store)) == ["log in", "log out"]


def test_cookies_of_others_open_nothing(browsing: Open) -> None:
    """Made up, changed, or of a desk with other keys."""
    browser = browsing()
    browser.open("/en/")
    good = browser.cookies()["desk"]
    body, _dot, mark = good.rpartition(".")
    other = "B" if body.endswith("A") else "A"
    for bad in ("", "x", good[:-2], f"{body[:-1]}{other}.{mark}", f"{body}.{mark[::-1]}"):
        browser.client.set_cookie("desk", bad, domain="127.0.0.1")
        assert browser.open("/en/", follow=False).status_code == 303, bad


def test_by_tls_cookies_are_bound_to_the_host(make: Make, service: LoginService) -> None:
    """`__Host-`: from no other host, and never in clear."""
    text = f"desk: 1\nlogin: {{way: oidc, issuer: '{service.address}', client: {CLIENT}}}\n{PEOPLE}"
    desk = make(OpenIDLogin(lambda: staff_of(text), address="https://desk.example.fi/", secret=SECRET))
    answer = werkzeug.test.Client(desk).get("/-/login?to=/fi/", base_url="https://desk.example.fi")
    assert re.fullmatch(
        r"__Host-desk-[0-9a-f]{12}=\S+; Secure; HttpOnly; Path=/; SameSite=Lax",
        re.sub(r" Expires=[^;]+;| Max-Age=600;", "", answer.headers["Set-Cookie"]),
    )
    assert "redirect_uri=https%3A%2F%2Fdesk.example.fi%2F-%2Flogin%2Freturn" in answer.headers["Location"]


def test_a_service_that_is_away(make: Make, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody waits long, nobody gets in, and the page says what to do. It is asked again after a while, not each time."""
    text = f"desk: 1\nlogin: {{way: oidc, issuer: 'http://127.0.0.1:9', client: {CLIENT}}}\n{PEOPLE}"
    browser = Visitor(make(OpenIDLogin(lambda: staff_of(text), address=ADDRESS, secret="")), ADDRESS)
    page = browser.open("/en/")
    assert page.status_code == 503 and text_of(page) == (
        "The login service cannot be reached just now Try again in a few minutes. If it lasts, tell whoever looks after "
        "Mittari. Log in"
    )
    assert browser.open("/en/").status_code == 503
    clock.advance(seconds=15)
    assert browser.open("/en/").status_code == 503
    away = "the login service cannot be reached:"
    assert caplog.messages == [
        f"{away} ConnectionError",
        f"{away} it did not answer a moment ago",
        f"{away} ConnectionError",
    ]


def test_a_service_that_is_another(browsing: Open, service: LoginService, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever answers at an address must say that they are who is meant."""
    service.address = service.address.replace("localhost", "127.0.0.1")
    browser = browsing()
    service.address = "https://other.example"
    assert browser.open("/en/").status_code == 503
    assert caplog.messages == ["the login service cannot be reached: its openid-configuration is of another issuer"]


def test_a_service_changes_its_keys(browsing: Open, service: LoginService, clock: Clock) -> None:
    """A token signed by a key that is new is looked up again; what the service says of itself is asked for each hour."""
    browser = browsing()
    browser.open("/en/")
    service.key = RSAKey.generate_key(2048, {"kid": "k2", "use": "sig", "alg": "RS256"})
    other = Visitor(browser.client.application, ADDRESS)
    assert other.open("/en/").status_code == 200
    assert [name for name in service.served if name == "keys"] == ["keys"] * 2
    clock.advance(hours=1)
    assert browser.open("/en/").status_code == 200
    assert [name for name in service.served if name == "configuration"] == ["configuration"] * 2


def test_the_desks_own_address_is_needed() -> None:
    """The service sends people back to it."""
    text = f"desk: 1\nlogin: {{way: oidc, issuer: 'https://login.example.fi', client: {CLIENT}}}\n{PEOPLE}"
    for address in ("", "http://desk.example.fi/"):
        with pytest.raises(SettingsError) as error:
            OpenIDLogin(lambda: staff_of(text), address=address, secret=SECRET)
        assert str(error.value) == (
            "Set MITTARI_DESK_ADDRESS to the address of the desk in a browser, with 'https://': the login service sends "
            "people back to it."
        )
