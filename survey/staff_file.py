"""Reads the file desk.yaml as strictly as instruments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from survey import problems as p
from survey.located import Read
from survey.marking import _
from survey.model import Library
from survey.phrases import said
from survey.problems import Problem
from survey.redaction import may_name_somebody
from survey.staff import PROXY_HEADER, Member, Staff, Team, is_safe, small
from survey.values import read_whole

MARK = "desk"
LONGEST_RELEASES = 60
_OF_PROXY = ("header", "groups_header", "logout")
_OF_OIDC = ("issuer", "client", "login_claim", "groups_claim", "scopes")
_NEEDED = {"proxy": ("header",), "oidc": ("issuer", "client")}
_HEADER = r"[A-Za-z][A-Za-z0-9-]{0,59}"
_RULE_OF_HEADERS = said(_("the name of a header that the proxy sets for this alone, like X-Forwarded-Email"))
_RULE_OF_ISSUERS = said(_("its address with 'https://', as it stands under 'issuer' in its openid-configuration"))
_RULE_OF_LOGOUT = said(_("an address with 'https://', or a path of the proxy like /oauth2/sign_out"))
_RULE_OF_NAMES = said(_("it as the login service does, without commas"))


def read(data: bytes, *, file: str) -> tuple[Read[Staff] | None, tuple[Problem, ...]]:
    """The staff in a file, None where it cannot be used, and every problem of it, sorted."""
    return read_whole(Staff, data, file=file, mark=MARK, unknown=p.staff_unknown, disagreements=_disagreements)


# --- what the values must agree on -----------------------------------------------------------------------------------


def _disagreements(read: Read[Staff]) -> Iterator[Problem]:
    staff = read.value
    yield from _login(read)
    if not read.has("people") and not read.has("groups"):
        yield p.staff_nobody(read.place("desk"))
    for key, named, entries in (("people", "login", staff.people), ("groups", "group", staff.groups)):
        # Positions are those of the file only where every entry could be read.
        if read.count(key) in (None, len(entries)):
            yield from _entries(read, key, named, entries)


def _login(read: Read[Staff]) -> Iterator[Problem]:
    login = read.value.login
    others = _OF_OIDC if login.way == "proxy" else _OF_PROXY
    for key in read.keys("login"):
        if key in others:
            yield p.staff_login_key(read.place("login", key), key=key, way=login.way)
    for key in _NEEDED[login.way]:
        if not read.has("login", key):
            yield p.key_missing(read.place("login", "way"), key=key, within=p.part("Login"))
    for key in ("header", "groups_header"):
        header = getattr(login, key)
        if header is not None and (not re.fullmatch(_HEADER, header) or header.lower() == PROXY_HEADER.lower()):
            yield p.value_form(read.place("login", key), key=key, value=header, rule=_RULE_OF_HEADERS)
    if login.header and login.groups_header and login.header.lower() == login.groups_header.lower():
        place = read.place("login", "groups_header")
        yield p.value_form(place, key="groups_header", value=login.groups_header, rule=_RULE_OF_HEADERS)
    if login.issuer is not None and not is_safe(login.issuer):
        place = read.place("login", "issuer")
        yield p.value_form(place, key="issuer", value=login.issuer, rule=_RULE_OF_ISSUERS)
    if login.logout is not None and not (_is_path(login.logout) or is_safe(login.logout)):
        place = read.place("login", "logout")
        yield p.value_form(place, key="logout", value=login.logout, rule=_RULE_OF_LOGOUT)


def _is_path(text: str) -> bool:
    """Whether a text is a path on the desk's own host, which another host cannot be written as."""
    return re.fullmatch(r"/(?![/\\])[^\s\\]*", text) is not None


def _entries(read: Read[Staff], key: str, named: str, entries: tuple[Any, ...]) -> Iterator[Problem]:
    names = [small(one.login) if isinstance(one, Member) else one.group for one in entries]
    for n, (name, one) in enumerate(zip(names, entries, strict=True)):
        if name in names[:n]:
            yield p.staff_repeated(read.place(key, n, named), name=getattr(one, named), key=key)
        if not _can_be_sent(name, commas=read.value.login.way == "oidc" and key == "groups"):
            place = read.place(key, n, named)
            yield p.value_form(place, key=named, value=getattr(one, named), rule=_RULE_OF_NAMES)
        yield from _rights(read, key, n, one)


def _can_be_sent(name: str, *, commas: bool) -> bool:
    """Whether a login service can send a name as one: the proxy parts groups by commas."""
    return bool(name) and name.isprintable() and (commas or "," not in name)


def _rights(read: Read[Staff], key: str, n: int, one: Member | Team) -> Iterator[Problem]:
    # A role that could not be read has been told already.
    if read.count(key, n, "roles") == len(one.roles):
        yield from _roles(read, key, n, one)
    if one.releases is not None and not _names_a_role(one.releases):
        yield p.staff_releases(read.place(key, n, "releases"), role=one.releases)


def _roles(read: Read[Staff], key: str, n: int, one: Member | Team) -> Iterator[Problem]:
    if "provider" not in one.roles:
        if one.provider is not None:
            yield p.staff_provider_unused(read.place(key, n, "provider"), provider=one.provider)
        return
    if not read.has(key, n, "provider"):
        yield p.staff_provider_missing(read.place(key, n, "roles"))
    if set(one.roles) != {"provider"}:
        yield p.staff_provider_mixed(read.place(key, n, "roles"))
    if one.releases is not None:
        yield p.staff_provider_releases(read.place(key, n, "releases"))


def _names_a_role(text: str) -> bool:
    return 0 < len(text.strip()) <= LONGEST_RELEASES and "@" not in text and not may_name_somebody(text)


# --- what services.yaml must know ------------------------------------------------------------------------------------


def check(read: Read[Staff], library: Library) -> tuple[Problem, ...]:
    """The providers that a file names and services.yaml does not have, sorted."""
    known = sorted(library.services.providers)
    named = [("people", n, one.provider) for n, one in enumerate(read.value.people)]
    named += [("groups", n, one.provider) for n, one in enumerate(read.value.groups)]
    return tuple(
        sorted(
            p.staff_provider_unknown(read.place(key, n, "provider"), provider=provider, known=known)
            for key, n, provider in named
            if provider is not None and provider not in known
        )
    )
