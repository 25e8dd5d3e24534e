"""Who works at the staff desk, and how they log in: what the file desk.yaml says. Every key of it is a field of the
classes below; `survey.staff_file` reads it."""

from __future__ import annotations

import re
import string
from collections.abc import Collection
from dataclasses import field
from typing import Any, Literal

from survey.frozen import dataclass

Role = Literal["planner", "provider", "analyst", "officer"]
PROXY_HEADER = "X-Mittari-Proxy"
"""What the proxy proves itself with, and can say nothing else with."""
_SAFE = (r"https://[^\s/?#@\\]+", r"http://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?")
_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def _form(name: str, **default: Any) -> Any:
    return field(metadata={"form": name}, **default)


@dataclass(frozen=True, kw_only=True)
class Login:
    """How people log in. `proxy`: what stands before the desk has verified who somebody is, and says so in `header`
    and `groups_header`; they log out of it at `logout`. `oidc`: the desk asks the login service `issuer`, which knows
    it as `client`; `login_claim` and `groups_claim` are where its tokens say who somebody is, and `scopes` what is
    asked for beside `openid`."""

    way: Literal["proxy", "oidc"]
    header: str | None = None
    groups_header: str | None = None
    logout: str | None = None
    issuer: str | None = None
    client: str | None = None
    login_claim: str = "email"
    groups_claim: str = "groups"
    scopes: tuple[str, ...] = ("email", "profile")


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody by their login. `provider` is whose services alone a provider's coach sees; `releases` the name of the
    role in which they read and release open answers. Without roles nothing is open to them."""

    login: str
    roles: tuple[Role, ...]
    provider: str | None = _form("id", default=None)
    releases: str | None = None


@dataclass(frozen=True, kw_only=True)
class Team:
    """Whoever is in a group of the login service: the same."""

    group: str
    roles: tuple[Role, ...]
    provider: str | None = _form("id", default=None)
    releases: str | None = None


@dataclass(frozen=True, kw_only=True)
class Staff:
    """The file: its format (`desk: 1`), the login, people by name, and groups of the login service."""

    desk: int = field(metadata={"between": (1, 1)})
    login: Login
    people: tuple[Member, ...] = ()
    groups: tuple[Team, ...] = ()

    def of(self, login: str, groups: Collection[str]) -> tuple[Member | Team, ...]:
        """What holds for somebody: the entry of their own where there is one, else those of their groups."""
        own = [member for member in self.people if small(member.login) == small(login)]
        return tuple(own or [team for team in self.groups if team.group in groups])


def small(login: str) -> str:
    """A login as logins are compared. Letters beyond a-z stay as they are, since some of them have the same small
    letter as others."""
    return login.strip().translate(_SMALL)


def is_safe(address: str) -> bool:
    """Whether what is asked there nobody on the way can read or change: by TLS, or on this machine."""
    return any(re.fullmatch(rf"{host}(?:/[^\s?#\\]*)?", address) for host in _SAFE)
