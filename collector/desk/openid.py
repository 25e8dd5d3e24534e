"""A login service that speaks OpenID Connect: where somebody is sent to log in, and what it then says of them.

The authorization code flow with PKCE. Of its tokens the one that says who somebody is is read, once; with the other the
service is asked once for what that one lacks; none is kept.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from collector.settings import SettingsError
from survey.staff import Login, is_safe

try:
    from authlib.integrations.base_client import OAuthError
    from authlib.integrations.requests_client import OAuth2Session
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import InvalidKeyIdError, JoseError
    from joserfc.jwk import KeySet
    from joserfc.jws import JWSRegistry
    from requests import RequestException
except ImportError:
    raise SettingsError(
        "What asks a login service is not installed. Install it: deploy/checkout/set-up stores"
    ) from None

SECONDS = (3, 10)
"""That the login service may take to be reached, and to answer: everybody at the desk waits meanwhile."""
PAUSE = timedelta(seconds=15)
"""For which a service that did not answer is not asked again."""
KNOWN_FOR = timedelta(hours=1)
"""What the service says of itself, and its keys, are asked for again after this."""
LEEWAY = 60
"""Seconds by which clocks may differ."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""Signatures by a key that the service alone has: never none, and never by a secret that both have."""


class ServiceAway(Exception):
    """The login service cannot be reached, or does not speak OpenID Connect."""


class NotBelieved(Exception):
    """What came from the login service cannot be believed. The message is for the log, and says nothing of anybody."""


class Service:
    """A login service."""

    def __init__(self, login: Login, *, secret: str, back: str, clock: Callable[[], datetime]) -> None:
        """`back` is the address that it sends people back to."""
        self._issuer = login.issuer or ""
        self._client = login.client or ""
        self._secret = secret
        self._scope = " ".join(("openid", *login.scopes))
        self._back = back
        self._clock = clock
        self._known: tuple[datetime, Mapping[str, Any]] | None = None
        self._keys: tuple[datetime, KeySet] | None = None
        self._away: datetime | None = None

    def address(self, *, state: str, nonce: str, verifier: str, language: str) -> str:
        """Where somebody logs in. Raises ServiceAway."""
        with self._session() as session:
            address, _state = session.create_authorization_url(
                self._endpoint("authorization_endpoint"),
                state=state,
                nonce=nonce,
                code_verifier=verifier,
                ui_locales=language,
            )
        return str(address)

    def claims(
        self, *, code: str, nonce: str, verifier: str, enough: Callable[[Mapping[str, Any]], bool]
    ) -> Mapping[str, Any]:
        """What the service says of whoever came back with a code: in the token, and where that is not `enough`, asked.
        Raises ServiceAway or NotBelieved."""
        with self._session() as session:
            try:
                token = session.fetch_token(
                    self._endpoint("token_endpoint"),
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    allow_redirects=False,
                )
            except OAuthError as error:
                raise NotBelieved(f"the login service took no code ({_word(error.error)})") from None
            except (RequestException, ValueError) as error:
                raise self._no_answer(error) from None
        access_token = str(token.get("access_token", ""))
        try:
            claims = self._believed(str(token["id_token"]), access_token, nonce)
        except KeyError:
            raise NotBelieved("the login service gave no token that says who it is") from None
        except (JoseError, ValueError) as error:
            raise NotBelieved(f"the token does not hold ({type(error).__name__}{_claim(error)})") from None
        return claims if enough(claims) else self._with_more(claims, access_token)

    def farewell(self, back: str) -> str:
        """Where somebody logs out of the service itself; empty where it has no such address, or cannot be asked."""
        try:
            endpoint = self._knowledge().get("end_session_endpoint")
        except ServiceAway:
            return ""
        if not isinstance(endpoint, str) or not is_safe(endpoint.partition("?")[0]):
            return ""
        asked = urlencode({"client_id": self._client, "post_logout_redirect_uri": back})
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{asked}"

    # --- what it says of itself

    def _knowledge(self) -> Mapping[str, Any]:
        now = self._clock()
        if self._known is None or now >= self._known[0] + KNOWN_FOR:
            found = self._asked(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            # Whoever answers there must be who is meant.
            if found.get("issuer") != self._issuer:
                raise ServiceAway("its openid-configuration is of another issuer")
            self._known = now, found
        return self._known[1]

    def _endpoint(self, name: str) -> str:
        address = self._knowledge().get(name)
        if not isinstance(address, str) or not is_safe(address.partition("?")[0]):
            raise ServiceAway(f"its openid-configuration has no {name} with https://")
        return address

    def _key_set(self, *, anew: bool = False) -> KeySet:
        now = self._clock()
        if anew or self._keys is None or now >= self._keys[0] + KNOWN_FOR:
            found: Any = self._asked(self._endpoint("jwks_uri"))
            try:
                self._keys = now, KeySet.import_key_set(found)
            except (JoseError, KeyError, TypeError, ValueError):
                raise ServiceAway("its keys cannot be read") from None
        return self._keys[1]

    def _asked(self, address: str, access_token: str = "") -> Mapping[str, Any]:
        headers = {"Authorization": f"Bearer {access_token}"} if access_token else {}
        with self._session() as session:
            try:
                answer = session.get(address, headers=headers, withhold_token=True, allow_redirects=False)
                answer.raise_for_status()
                found = answer.json()
            except (RequestException, ValueError) as error:
                # Where one person cannot be asked about, others need not wait.
                raise ServiceAway(type(error).__name__) if access_token else self._no_answer(error) from None
        if not isinstance(found, dict):
            raise ServiceAway("its answer is no JSON object")
        return found

    def _no_answer(self, error: Exception) -> ServiceAway:
        self._away = self._clock() + PAUSE
        return ServiceAway(type(error).__name__)

    def _session(self) -> Any:
        if self._away is not None and self._clock() < self._away:
            raise ServiceAway("it did not answer a moment ago")
        known = self._known[1].get("token_endpoint_auth_methods_supported") if self._known else None
        method = "client_secret_post" if known and "client_secret_basic" not in known else _basic
        return OAuth2Session(
            self._client,
            self._secret or None,
            token_endpoint_auth_method=method if self._secret else "none",
            scope=self._scope,
            redirect_uri=self._back,
            code_challenge_method="S256",
            default_timeout=SECONDS,
        )

    # --- what it says of somebody

    def _believed(self, text: str, access_token: str, nonce: str) -> Mapping[str, Any]:
        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        try:
            token = jwt.decode(text, self._key_set(), registry=registry)
        except InvalidKeyIdError:
            # Services change their keys.
            token = jwt.decode(text, self._key_set(anew=True), registry=registry)
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": self._issuer},
                "aud": {"essential": True, "value": self._client},
            },
            params={"nonce": nonce, "client_id": self._client, "access_token": access_token},
        )
        claims.validate(now=int(self._clock().timestamp()), leeway=LEEWAY)
        return dict(claims)

    def _with_more(self, claims: Mapping[str, Any], access_token: str) -> Mapping[str, Any]:
        """With what the service says beside the token: by the specification that is where an e-mail address is."""
        if not access_token or not self._knowledge().get("userinfo_endpoint"):
            return claims
        more = self._asked(self._endpoint("userinfo_endpoint"), access_token)
        if more.get("sub") != claims.get("sub"):
            raise NotBelieved("the login service was asked of one and told of another")
        return {**more, **claims}


def _basic(session: Any, method: str, address: str, headers: Any, body: str) -> tuple[str, Any, str]:
    """The client and its secret as OAuth has them in a header (RFC 6749, 2.3.1): encoded, which Authlib forgets."""
    pair = ":".join(quote(text, safe="") for text in (session.client_id, session.client_secret))
    headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return address, headers, body


def _word(text: object) -> str:
    """The code of an error, which is a word; anything else could be somebody's."""
    return text if isinstance(text, str) and re.fullmatch(r"[a-z_]{1,40}", text) else "no reason"


def _claim(error: Exception) -> str:
    claim = getattr(error, "claim", None)
    return f", {claim}" if isinstance(claim, str) else ""
