"""The ready files for web servers: what they set is what the collector sets."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from collector import headers
from collector.app import WORTH_COMPRESSING
from collector.bodies import BODY_LIMIT
from survey.model import Library
from survey.pages import TEMPLATES
from tests.collector.forms import fields
from tests.conftest import Client

DEPLOY = Path(__file__).parent.parent / "deploy"
NGINX, NGINX_HEADERS = DEPLOY / "nginx" / "mittari.conf", DEPLOY / "nginx" / "headers.conf"
CADDY = DEPLOY / "caddy" / "Caddyfile"
AZURE = DEPLOY / "azure-static-web-apps" / "staticwebapp.config.json"
STATIC = {**headers.HEADERS, "Strict-Transport-Security": headers.STRICT_TRANSPORT_SECURITY}
"""What a server sets on a page or a file, beside how long it may be kept."""
NAMES = {
    "/assets/base.20340409e2.css": True,
    "/assets/koe-v1.0123456789.css": True,
    "/assets/face-1.aaaaaaaaaa.svg": True,
    "/assets/icon.svg": False,
    "/fi/index.html": False,
    "/.well-known/security.txt": False,
}
"""Whether a path is that of a file whose name carries a hash."""


def azure() -> Any:
    return json.loads(AZURE.read_text(encoding="utf-8"))


def blocks(text: str) -> dict[str, str]:
    """The locations of an nginx file, each with what stands in it. None holds another."""
    return dict(re.findall(r"^    location (\S+(?: \S+)?) \{(.*?)\}", text, re.DOTALL | re.MULTILINE))


def set_by_nginx() -> Mapping[str, str]:
    """Each header of the file for nginx; all of them on errors too, but how long something may be kept."""
    lines = re.findall(r'^add_header (\S+) "(.*)" always;$', NGINX_HEADERS.read_text(), re.MULTILINE)
    return dict(lines)


def set_by_caddy() -> Mapping[str, str]:
    lines = re.findall(r'^\s*(?:header )?([A-Z][A-Za-z-]+) "(.*)"$', CADDY.read_text(), re.MULTILINE)
    return dict(lines)


def set_by_azure() -> Mapping[str, str]:
    found: dict[str, str] = azure()["globalHeaders"]
    return {name: value for name, value in found.items() if name != "Cache-Control"}


@pytest.mark.parametrize("found", [set_by_nginx, set_by_caddy, set_by_azure])
def test_servers_set_the_headers_of_the_collector(found: Any) -> None:
    """Each file has every header with the same value, and no other."""
    assert found() == STATIC


def test_the_collector_sets_its_headers_on_everything(client: Client) -> None:
    """Pages, files, answers and errors."""
    for path in ("/", "/fi/index.html", "/assets/icon.svg", "/-/healthz", "/-/k/ABC", "/nothing-here"):
        answer = client.get(path)
        assert {name: answer.headers.get(name) for name in headers.HEADERS} == headers.HEADERS, path


def test_the_policy_of_pages_is_the_header_but_for_what_each_can_do() -> None:
    """A page carries its policy itself, for hosts that set no headers; framing can be forbidden by a header alone, and
    the page alone knows the digest of its style."""
    layout = (TEMPLATES / "layout.html.j2").read_text(encoding="utf-8")
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', layout)
    as_header = [each.replace("'sha256-{{ style_digest }}'", "'unsafe-inline'") for each in policy]
    assert [f"{each}; frame-ancestors 'none'" for each in as_header] == [headers.CONTENT_SECURITY_POLICY]


def test_hashed_files_are_kept_for_a_year_and_others_for_minutes(client: Client) -> None:
    """The same names in all files and in the collector."""
    nginx = re.findall(r'"~(\S+)" "public, max-age=31536000, immutable";', NGINX.read_text())
    caddy = re.findall(r"path_regexp (\S+)$", CADDY.read_text(), re.MULTILINE)
    assert caddy == nginx * 2
    assert {path: bool(re.search(nginx[0], path)) for path in NAMES} == NAMES
    assert f'header @hashed Cache-Control "{headers.CACHE_HASHED}"' in CADDY.read_text()
    assert f'header @other Cache-Control "{headers.CACHE_OTHER}"' in CADDY.read_text()
    assert f'    default "{headers.CACHE_OTHER}";' in NGINX.read_text()
    assert "add_header Cache-Control $mittari_cache;" in NGINX_HEADERS.read_text()
    kept = {route["route"]: route["headers"]["Cache-Control"] for route in azure()["routes"] if "headers" in route}
    # The first route that fits decides.
    assert list(kept.items()) == [("/assets/icon.svg", headers.CACHE_OTHER), ("/assets/*", headers.CACHE_HASHED)]
    assert azure()["globalHeaders"]["Cache-Control"] == headers.CACHE_OTHER
    script = re.findall(r'src="(assets/[^"]+\.js)"', client.get("/").text)[0]
    assert re.search(nginx[0], f"/{script}")
    assert client.get(f"/{script}").headers["Cache-Control"] == headers.CACHE_HASHED
    assert client.get("/").headers["Cache-Control"] == headers.CACHE_OTHER


def test_servers_send_what_is_well_known() -> None:
    """security.txt is in a folder that begins with a point, which ready files for servers often close: these have no rule
    but the one that sends every file, and the type is text in UTF-8."""
    nginx = blocks(NGINX.read_text())
    assert (
        set(nginx) == {"/", r"~ \.gz$", "@collector", "@busy", "/-/", "/-/api/", "^~ /-/k/"}
        and "deny " not in NGINX.read_text()
    )
    assert "try_files $uri " in nginx["/"] and "\n    charset utf-8;" in NGINX.read_text()
    assert re.findall(r"^\s*(?:handle|respond|error|@\w+)\b.*$", CADDY.read_text(), re.MULTILINE) == [
        "\t@collector {", "\t@gz path *.gz", "\thandle /-/* {", "\thandle @gz {", "\t\terror 404", "\thandle @collector {",
        "\thandle {", "\t\t@hashed path_regexp ^/assets/.+\\.[0-9a-f]{10}\\.[a-z0-9]+$",
        "\t\t@other not path_regexp ^/assets/.+\\.[0-9a-f]{10}\\.[a-z0-9]+$", "\t\t@text path *.txt",
    ]  # fmt: skip
    assert "hide" not in CADDY.read_text()
    assert '\t\theader @text Content-Type "text/plain; charset=utf-8"\n' in CADDY.read_text()
    assert [route["route"] for route in azure()["routes"]] == ["/assets/icon.svg", "/assets/*", "/*.gz"]
    assert azure()["mimeTypes"] == {".txt": "text/plain; charset=utf-8"}


def test_nginx_writes_no_code_and_no_address_of_anybody() -> None:
    """Codes stand in paths below /-/k/, in queries and in referrers; addresses are personal data."""
    text = NGINX.read_text()
    logged = re.findall(r"log_format mittari '(.*)';", text)
    assert [re.findall(r"\$\w+", line) for line in logged] == [
        ["$time_iso8601", "$request_method", "$uri", "$status", "$body_bytes_sent", "$request_time"]
    ]
    assert {each.split()[1] for each in re.findall(r"access_log [^;]+", text)} == {"off", "/var/log/nginx/mittari.log"}
    links = blocks(text)["^~ /-/k/"]
    assert "access_log off;" in links and "error_log /dev/null crit;" in links


def test_caddy_writes_no_code() -> None:
    """No site asks for an access log, and errors, which name addresses, are left out."""
    text = CADDY.read_text()
    assert re.findall(r"^\s*(log.*|exclude.*)$", text, re.MULTILINE) == [
        "log {",
        "exclude http.log.error http.handlers.reverse_proxy",
    ]


def test_bodies_that_the_collector_judges_reach_it() -> None:
    """A proxy that stops a form which is just too long would show its own page, without the answers."""
    assert re.findall(r"client_max_body_size (\d+)m;", NGINX.read_text()) == ["1"]
    assert re.findall(r"max_size (\d+)MB", CADDY.read_text()) == ["1"]
    assert BODY_LIMIT < 1_000_000
    assert "client_body_buffer_size 1m;" in NGINX.read_text(), "a body would be written to the disk of the proxy"


def test_what_the_collector_answers_is_limited_by_nginx() -> None:
    """All that leads to it has the limit that lets a class send at once."""
    found = {name: re.findall(r"limit_req zone=mittari burst=(\d+) nodelay;", text) for name, text in
             blocks(NGINX.read_text()).items()}  # fmt: skip
    assert {name for name, burst in found.items() if burst == ["60"]} == {"@collector", "/-/", "^~ /-/k/"}


def test_longer_answers_are_compressed(client: Client, library: Library) -> None:
    """A form that comes back is as small as the page was; a short answer is left as it is."""
    form = fields(library, "WRONG")
    plain = client.post("/-/submit", data=form)
    packed = client.post("/-/submit", data=form, headers={"Accept-Encoding": "gzip"})
    assert plain.status_code == packed.status_code and len(plain.data) > WORTH_COMPRESSING
    assert "Content-Encoding" not in plain.headers and plain.headers["Vary"] == "Accept-Encoding"
    assert packed.headers["Content-Encoding"] == "gzip" and len(packed.data) < len(plain.data) / 3
    assert len(gzip.decompress(packed.data)) == len(plain.data)
    short = client.get("/-/healthz", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in short.headers and short.data == b"ok\n"
