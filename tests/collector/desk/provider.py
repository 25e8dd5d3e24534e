"""A real login service on loopback that speaks OpenID Connect, made of Authlib's own server parts, and a browser that
goes there and back. What it signs can be spoilt, as somebody would who wants to come in."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import flask
import requests
import werkzeug.test
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from werkzeug.serving import WSGIRequestHandler, make_server

CLIENT, SECRET = "mittari-desk", "a secret of some length that both have"
KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
Spoil = Callable[[dict[str, Any]], str]
"""Makes another token of what the service would say."""


@dataclass
class Client(ClientMixin):
    """The desk, as the service knows it."""

    back: str

    def get_client_id(self) -> str:
        return CLIENT

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.back

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code(AuthorizationCodeMixin):
    """A code that was given and not yet taken."""

    code: str
    asked: dict[str, str]
    person: dict[str, Any]

    def get_redirect_uri(self) -> str:
        return self.asked["redirect_uri"]

    def get_scope(self) -> str:
        return self.asked["scope"]

    def get_nonce(self) -> str | None:
        return self.asked.get("nonce")

    def get_auth_time(self) -> None:
        return None

    get_acr = get_amr = get_auth_time

    @property
    def code_challenge(self) -> str | None:
        return self.asked.get("code_challenge")

    @property
    def code_challenge_method(self) -> str | None:
        return self.asked.get("code_challenge_method")


@dataclass
class LoginService:
    """The service. `person` is who is logged in there, as claims; None where they decline."""

    clock: Callable[[], datetime]
    back: str
    address: str = ""
    person: dict[str, Any] | None = None
    spoil: Spoil | None = None
    codes: dict[str, Code] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    key: RSAKey = field(default_factory=lambda: KEY)
    told: dict[str, Any] | None = None
    """What it says when it is asked about somebody; None where it cannot be asked."""
    served: list[str] = field(default_factory=list)
    """What was asked for of the service itself."""

    def token_of(self, claims: dict[str, Any], *, key: Any = None, alg: str = "RS256") -> str:
        """A token with these claims."""
        if alg == "none":
            parts = ({"alg": "none", "kid": self.key.kid}, claims)
            return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts) + "."
        return jwt.encode({"alg": alg, "kid": self.key.kid}, claims, key or self.key, [alg])

    def token_by_secret(self, claims: dict[str, Any]) -> str:
        """A token signed with what the desk has too."""
        return self.token_of(claims, key=OctKey.import_key(SECRET), alg="HS256")


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *arguments: Any) -> None:
        """Nothing."""


@contextlib.contextmanager
def running(service: LoginService) -> Iterator[LoginService]:
    """Serves it until the block ends."""
    server = make_server("localhost", 0, _app(service), threaded=True, request_handler=_Quiet)
    service.address = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _app(service: LoginService) -> flask.Flask:
    app = flask.Flask("login-service")
    server = AuthorizationServer(app, lambda id: Client(service.back) if id == CLIENT else None, lambda *_: None)

    class Grant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]

        def save_authorization_code(self, code: str, request: Any) -> None:
            service.codes[code] = Code(code, dict(request.payload.data), request.user)

        def query_authorization_code(self, code: str, client: Any) -> Code | None:
            return service.codes.get(code)

        def delete_authorization_code(self, code: Code) -> None:
            del service.codes[code.code]

        def authenticate_user(self, code: Code) -> dict[str, Any]:
            return code.person

    class Token(OpenIDCode):  # type: ignore[misc]
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return False

        def resolve_client_private_key(self, client: Any) -> Any:
            return service.key

        def get_encode_header(self, client: Any) -> dict[str, Any]:
            return {"alg": "RS256", "kid": service.key.kid}

        def get_client_claims(self, client: Any) -> dict[str, Any]:
            now = int(service.clock().timestamp())
            return {"iss": service.address, "aud": [CLIENT], "iat": now, "exp": now + 300, "auth_time": now}

        def generate_user_info(self, user: dict[str, Any], scope: str) -> UserInfo:
            return UserInfo({"sub": "1", **user})

        def encode_id_token(self, token: Any, request: Any) -> str:
            text = str(super().encode_id_token(token, request))
            return service.spoil(dict(jwt.decode(text, service.key).claims)) if service.spoil else text

    server.register_grant(Grant, [Token(require_nonce=True), CodeChallenge(required=True)])

    @app.get("/.well-known/openid-configuration")
    def configuration() -> dict[str, Any]:
        service.served.append("configuration")
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        names["end_session_endpoint"] = "logout"
        if service.told is not None:
            names["userinfo_endpoint"] = "userinfo"
        return {"issuer": service.address, **{key: f"{service.address}/{name}" for key, name in names.items()}}

    @app.get("/keys")
    def keys() -> dict[str, Any]:
        service.served.append("keys")
        return {"keys": [service.key.as_dict(private=False)]}

    @app.get("/authorize")
    def authorize() -> Any:
        service.asked.append(flask.request.url)
        grant = server.get_consent_grant(end_user=service.person)
        return server.create_authorization_response(grant=grant, grant_user=service.person)

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    @app.get("/userinfo")
    def userinfo() -> Any:
        service.served.append("userinfo")
        assert flask.request.headers["Authorization"].startswith("Bearer ")
        return service.told or ("", 403)

    @app.get("/logout")
    def logout() -> Any:
        service.person = None
        return flask.redirect(flask.request.args["post_logout_redirect_uri"])

    return app


class Visitor:
    """A browser: one jar of cookies for the desk, whose application it asks itself, and the whole way there and back."""

    def __init__(self, desk: Any, address: str) -> None:
        self.client = werkzeug.test.Client(desk)
        self.address = address.rstrip("/")
        self.way: list[str] = []

    def open(self, path: str, *, data: dict[str, str] | None = None, follow: bool = True) -> werkzeug.test.TestResponse:
        """Opens a page of the desk, or sends a form, and goes wherever it leads: to the service and back too."""
        options: dict[str, Any] = {
            "buffered": True, "base_url": self.address, "headers": {"Accept-Language": "en"},
        }  # fmt: skip
        answer = self.client.open(path, method="POST" if data is not None else "GET", data=data, **options)
        self.way = [path]
        while follow and answer.status_code in (301, 302, 303) and len(self.way) < 9:
            there = answer.headers["Location"]
            self.way.append(there)
            if urlsplit(there).netloc:
                there = self.elsewhere(there)
            answer = self.client.get(there, **options)
        return answer

    def elsewhere(self, address: str) -> str:
        """Asks the service, which leads back: the path at the desk."""
        answer = requests.get(address, allow_redirects=False, timeout=20)
        back = answer.headers["Location"]
        self.way.append(back)
        assert back.startswith(self.address), back
        return back.removeprefix(self.address)

    def cookies(self) -> dict[str, str]:
        return {cookie.key: cookie.value for cookie in self.client._cookies.values()}  # type: ignore[union-attr]


def query(**values: str) -> str:
    return urlencode(values)
