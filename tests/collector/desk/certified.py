"""A login service that its makers had certified: oidc-provider, on loopback, with accounts and a form; and somebody who
fills that form in without a browser."""

from __future__ import annotations

import contextlib
import html
import json
import re
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests

from tests import node
from tests.stores.object_servers import free_ports

LOCK = Path(__file__).parent / "oidc-provider"
CLIENT = "mittari-desk"
SECRET = "a secret + of 100 %25 kinds: /&="
"""With signs that OAuth encodes before it is sent."""
ACCOUNTS: Mapping[str, Mapping[str, Any]] = {
    "planner": {"email": "Planner@example.fi", "email_verified": True, "name": "P"},
    "analyst": {"email": "new@example.fi", "email_verified": True, "groups": ["x", "analysts"]},
    "guest": {"email": "guest@example.fi", "email_verified": True, "groups": ["nobodies"]},
    "newcomer": {"email": "newcomer@example.fi"},
    "unverified": {"email": "planner@example.fi", "email_verified": False, "groups": ["analysts"]},
    "nameless": {"groups": ["analysts"]},
}
"""Who can log in, with what the service says of them."""


@dataclass
class Certified:
    """The service. `desk` is where people come from and go back to, by the paths `back` and `left`; so are `others`."""

    desk: str
    back: str
    left: str
    folder: Path
    others: tuple[str, ...] = ()
    secret: str = SECRET
    port: int = field(default_factory=lambda: free_ports(1)[0])
    password: str = field(default_factory=lambda: secrets.token_hex(8))
    _process: subprocess.Popen[bytes] | None = None

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Starts it with keys that nobody has seen before, and waits until it answers."""
        main = node.installed(LOCK) / "node_modules/oidc-provider/lib/index.js"
        desks = (self.desk, *self.others)
        client = {
            "client_id": CLIENT, "client_secret": self.secret, "token_endpoint_auth_method": "client_secret_basic",
            "redirect_uris": [f"{desk}{self.back}" for desk in desks],
            "post_logout_redirect_uris": [f"{desk}{self.left}" for desk in desks],
        }  # fmt: skip
        given = {
            "module": main.as_uri(), "port": self.port, "clients": [client], "accounts": ACCOUNTS, "password": self.password,
        }  # fmt: skip
        with (self.folder / "service.said").open("ab") as said:
            self._process = subprocess.Popen(
                [str(node.PROGRAM), str(LOCK / "service.mjs")], cwd=self.folder, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=said, env={},
            )  # fmt: skip
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(given).encode())
        self._process.stdin.close()
        assert self._process.stdout.readline() == b"ready\n", (self.folder / "service.said").read_text()

    def kill(self) -> None:
        """Ends it; with it go its keys, and everybody's logins there."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout
            self._process.stdout.close()


@contextlib.contextmanager
def certified(service: Certified) -> Iterator[Certified]:
    """Runs it until the block ends."""
    try:
        service.start()
        yield service
    finally:
        service.kill()


class Browsing:
    """Somebody at a browser without a screen: cookies, redirects, and the forms of the service."""

    def __init__(self, service: Certified, *, trusts: Path | None = None) -> None:
        """`trusts` is the certificate of what stands before the desk."""
        self._service = service
        self.password = service.password
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(trusts) if trusts else True
        self.session.headers["Accept-Language"] = "en"

    def open(self, address: str, **options: Any) -> requests.Response:
        """A page, wherever it leads."""
        return self.session.get(address, timeout=60, **options)

    def post(self, address: str, *, headers: Mapping[str, str] = {}, **fields: str) -> requests.Response:
        """Sends a form."""
        return self.session.post(address, data=fields, headers=dict(headers), timeout=60)

    def send(self, page: requests.Response, button: str = "", **fields: str) -> requests.Response:
        """Sends the form of a page of the service, by a button that has a name, and goes wherever it leads."""
        action = re.findall(r'<form[^>]* action="([^"]*)"', page.text) or [page.url]
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        pressed = {button: "yes"} if button else {}
        return self.session.post(
            urljoin(page.url, html.unescape(action[0])), data={**hidden, **fields, **pressed}, timeout=60
        )

    def log_in(self, address: str, name: str) -> requests.Response:
        """Opens a page, logs in where it leads, agrees, and gives the page that somebody lands on."""
        page = self.open(address)
        assert page.url.startswith(f"{self._service.issuer}/sign-in/"), (page.url, page.text)
        return self.agree(self.send(page, name=name, password=self.password))

    def agree(self, page: requests.Response) -> requests.Response:
        """Lets the service say who they are, where it asks."""
        return self.send(page) if "May it know" in page.text else page


def main_of(page: requests.Response) -> str:
    """What a page of the desk says, without its marks."""
    main = page.text.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).strip()
