"""The headers that every answer carries, whoever serves it: the collector, or a web server with a file of `deploy/`."""

from __future__ import annotations

from collections.abc import Mapping

# Each page has its style inside, and a policy of its own that allows exactly that by its digest. Both policies hold; a
# digest here would have every page lose its style when the software is renewed and the server's file is not.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""On pages, files and answers alike."""

STRICT_TRANSPORT_SECURITY = "max-age=31536000"
"""For whatever ends TLS, which the collector does not: browsers keep away from plain HTTP for a year."""

CACHE_HASHED = "public, max-age=31536000, immutable"
"""Files whose names carry a hash of their content."""
CACHE_OTHER = "public, max-age=300"
"""Pages, and files that keep their name: a new build is seen within minutes."""
CACHE_NOTHING = "no-store"
"""What the collector says to one person, and errors."""
