"""The staff file: what it may say, every mistake in it as one sentence with its line, and whom it opens what to."""

from __future__ import annotations

import dataclasses
import re
import textwrap
from typing import get_args

import pytest

from collector.desk.people import ROLE_NAMES
from survey import staff_file
from survey.model import Library
from survey.staff import Login, Member, Role, Staff, Team, is_safe
from tests.conftest import ROOT

WHOLE = """\
desk: 1
login:
  way: proxy
  header: X-Forwarded-Email
  groups_header: X-Forwarded-Groups
  logout: /oauth2/sign_out
people:
  - {login: planner@example.fi, roles: [planner, analyst], releases: laatuvastaava}
  - {login: coach@example.org, roles: [provider], provider: valmennus}
  - {login: former@example.fi, roles: []}
groups:
  - {group: mittari-analysts, roles: [analyst]}
  - {group: mittari-officers, roles: [officer]}
"""
OIDC = """\
desk: 1
login: {way: oidc, issuer: 'https://login.example.fi/area', client: mittari-desk}
groups:
  - {group: 'CN=analysts,OU=area', roles: [analyst]}
"""


def told(text: str) -> list[str]:
    """What is wrong with a staff file, sorted."""
    return [str(problem) for problem in staff_file.read(text.encode(), file="d.yaml")[1]]


def read(text: str) -> Staff:
    """The staff in a file that is right."""
    found, problems = staff_file.read(text.encode(), file="d.yaml")
    assert found is not None, problems
    return found.value


def test_a_file_that_is_right() -> None:
    """By way of a proxy or of a login service; groups of the latter may have commas; what is not said has its default."""
    assert told(WHOLE) == [] and told(OIDC) == []
    login = read(OIDC).login
    assert (login.login_claim, login.groups_claim, login.scopes) == ("email", "groups", ("email", "profile"))


def test_the_roles_are_those_of_the_desk() -> None:
    """Each that a file may name has a name on the pages."""
    assert get_args(Role) == tuple(ROLE_NAMES)


def test_who_is_named_is_looked_at_alone() -> None:
    """Somebody's own entry holds, else those of their groups; letters may be large or small."""
    staff = read(WHOLE)
    assert [one.roles for one in staff.of("Planner@EXAMPLE.fi", ["mittari-officers"])] == [("planner", "analyst")]
    assert [one.roles for one in staff.of("former@example.fi", ["mittari-analysts"])] == [()]
    both = staff.of("new@example.fi", {"mittari-analysts", "mittari-officers", "other"})
    assert [one.roles for one in both] == [("analyst",), ("officer",)]
    assert staff.of("new@example.fi", ["MITTARI-ANALYSTS"]) == ()


def test_letters_that_only_look_alike_are_others() -> None:
    """The sign of the kelvin has the small letter of k: a login with it is somebody else's."""
    staff = read(WHOLE.replace("planner@", "kelvin@"))
    assert staff.of("KELVIN@example.fi", []) and not staff.of("\u212aelvin@example.fi", [])


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://login.example.fi", True), ("https://login.example.fi/area/v2.0", True),
        ("http://localhost:8080/realms/a", True), ("http://127.0.0.1", True), ("http://login.example.fi", False),
        ("http://localhost.example.fi/", False), ("https://a@b.fi/", False), ("https://b.fi/?x", False),
        ("https:///x", False), ("https://b.fi\\@a.fi/", False), ("javascript:alert(1)", False),
    ],
)  # fmt: skip
def test_what_is_sent_safely(address: str, safe: bool) -> None:
    """By TLS, or on this machine; with no name or question in it."""
    assert is_safe(address) is safe


MIXED = (
    "d.yaml:9: STAFF-PROVIDER-MIXED whoever is a provider's coach may have no other role: the others see the services of "
    "every provider, or in the log who has answered. Choose one of the roles."
)


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        ("desk: 1\n", "",
         ["d.yaml:1: STAFF-UNKNOWN the file has no 'desk' at the top, so it does not say who works at the desk. Begin it "
          "with the line 'desk: 1'."]),
        ("desk: 1", "desk: 2",
         ["d.yaml:1: VALUE-RANGE 'desk' cannot be 2. Write a number from 1 to 1."]),
        ("way: proxy", "way: proxi",
         ["d.yaml:3: VALUE-UNKNOWN 'way' cannot be 'proxi'. Did you mean 'proxy'?"]),
        ("  header: X-Forwarded-Email\n", "",
         ["d.yaml:3: KEY-MISSING the login lacks the key 'header'. Add 'header:'."]),
        ("  logout: /oauth2/sign_out\n", "  issuer: https://login.example.fi\n",
         ["d.yaml:6: STAFF-LOGIN-KEY 'issuer' says nothing where people log in by way of 'proxy'. Take it away."]),
        ("X-Forwarded-Email", "X-Mittari-Proxy",
         ["d.yaml:4: VALUE-FORM 'header' cannot be 'X-Mittari-Proxy'. Write the name of a header that the proxy sets for "
          "this alone, like X-Forwarded-Email."]),
        ("X-Forwarded-Email", "X_Forwarded_Email",
         ["d.yaml:4: VALUE-FORM 'header' cannot be 'X_Forwarded_Email'. Write the name of a header that the proxy sets "
          "for this alone, like X-Forwarded-Email."]),
        ("X-Forwarded-Groups", "x-forwarded-email",
         ["d.yaml:5: VALUE-FORM 'groups_header' cannot be 'x-forwarded-email'. Write the name of a header that the proxy "
          "sets for this alone, like X-Forwarded-Email."]),
        ("/oauth2/sign_out", "//elsewhere.example/out",
         ["d.yaml:6: VALUE-FORM 'logout' cannot be '//elsewhere.example/out'. Write an address with 'https://', or a path "
          "of the proxy like /oauth2/sign_out."]),
        ("roles: [planner, analyst]", "roles: [planer, analyst]",
         ["d.yaml:8: VALUE-UNKNOWN 'roles' cannot be 'planer'. Did you mean 'planner'?"]),
        ("login: former@example.fi", "login: PLANNER@example.fi",
         ["d.yaml:10: STAFF-REPEATED 'PLANNER@example.fi' stands twice in 'people', and nobody knows which of the two "
          "holds. Write one entry with all roles."]),
        ("mittari-officers", "mittari-analysts",
         ["d.yaml:13: STAFF-REPEATED 'mittari-analysts' stands twice in 'groups', and nobody knows which of the two "
          "holds. Write one entry with all roles."]),
        ("{group: mittari-officers", "{group: 'officers,area'",
         ["d.yaml:13: VALUE-FORM 'group' cannot be 'officers,area'. Write it as the login service does, without commas."]),
        ("login: former@example.fi", "login: ''",
         ["d.yaml:10: VALUE-FORM 'login' cannot be ''. Write it as the login service does, without commas."]),
        (", provider: valmennus}", "}",
         ["d.yaml:9: STAFF-PROVIDER-MISSING a provider's coach sees one provider's services alone, and which one is not "
          "said. Add 'provider:' with an id from 'providers' of services.yaml."]),
        ("roles: [officer]", "roles: [officer], provider: valmennus",
         ["d.yaml:13: STAFF-PROVIDER-UNUSED the provider 'valmennus' says nothing without the role 'provider'. Add the "
          "role, or take 'provider:' away."]),
        ("roles: [provider]", "roles: [provider, planner]",
         [MIXED]),
        ("roles: [provider]", "roles: [provider, analyst]", [MIXED]),
        ("roles: [provider]", "roles: [officer, provider]", [MIXED]),
        ("provider: valmennus", "provider: valmennus, releases: laatuvastaava",
         ["d.yaml:9: STAFF-PROVIDER-RELEASES a provider's coach cannot read open answers before they are released: "
          "clients write about them. Take 'releases' away, and name somebody of the area."]),
        ("releases: laatuvastaava", "releases: Maija Meikäläinen",
         ["d.yaml:8: STAFF-RELEASES 'releases' names a role, never a person, and 'Maija Meikäläinen' may be a person's "
          "name. Write the role that the area has named for this in small letters, like 'quality lead'."]),
        ("releases: laatuvastaava", "release: laatuvastaava",
         ["d.yaml:8: KEY-UNKNOWN the person has no key 'release'. Did you mean 'releases'?"]),
        ("group: mittari-officers, ", "",
         ["d.yaml:13: KEY-MISSING the group lacks the key 'group'. Add 'group:'."]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(old: str, new: str, sentences: list[str]) -> None:
    """One mistake at a time, each as whole sentences."""
    assert old in WHOLE
    assert told(WHOLE.replace(old, new, 1)) == sentences


def test_what_is_wrong_with_a_login_service() -> None:
    """Its address must be one that nobody on the way can read; it needs a name of the desk."""
    assert told(OIDC.replace("https:", "http:").replace(", client: mittari-desk", ", header: X-A")) == [
        "d.yaml:2: KEY-MISSING the login lacks the key 'client'. Add 'client:'.",
        "d.yaml:2: STAFF-LOGIN-KEY 'header' says nothing where people log in by way of 'oidc'. Take it away.",
        "d.yaml:2: VALUE-FORM 'issuer' cannot be 'http://login.example.fi/area'. Write its address with 'https://', as it "
        "stands under 'issuer' in its openid-configuration.",
    ]


def test_a_file_that_names_nobody() -> None:
    """An empty list is nobody too."""
    assert told("desk: 1\nlogin: {way: proxy, header: X-A}\npeople: []\n") == [
        "d.yaml:1: STAFF-NOBODY the file names neither people nor groups, so nobody could use the desk. Write 'people', "
        "each with 'login' and 'roles', or 'groups'."
    ]


def test_providers_are_those_of_the_services(library: Library) -> None:
    """A near miss is asked about."""
    found, _problems = staff_file.read(WHOLE.replace("valmennus", "valmenus").encode(), file="d.yaml")
    assert found is not None
    assert [str(problem) for problem in staff_file.check(found, library)] == [
        "d.yaml:9: STAFF-PROVIDER-UNKNOWN services.yaml has no provider 'valmenus'. Did you mean 'valmennus'?"
    ]
    found, _problems = staff_file.read(WHOLE.encode(), file="d.yaml")
    assert found is not None and staff_file.check(found, library) == ()


def test_the_example_and_the_guide_are_right() -> None:
    """The file to begin with has no problem; the operators' guide has others that have none, and names every key."""
    assert told((ROOT / "deploy" / "systemd" / "mittari-desk.yaml").read_text(encoding="utf-8")) == []
    guide = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    section = guide.partition("\n## The desk behind a login\n")[2].partition("\n## ")[0]
    blocks = [textwrap.dedent(block) for block in re.findall(r"^ *```yaml\n(.*?)^ *```", section, re.DOTALL | re.M)]
    assert [read(block).login.way for block in blocks] == ["proxy", "oidc"]
    rows = " ".join(re.findall(r"^\| (`.*?) \|", section, re.MULTILINE))
    keys = {field.name for cls in (Staff, Login, Member, Team) for field in dataclasses.fields(cls)}
    assert keys <= set(re.findall(r"`(\w+)`", rows)), keys
