"""Sends prepared forms over many connections that stay open, each its next one when the last is answered.

    .venv/bin/python benchmarks/load.py PORT FORMS FIRST COUNT CONNECTIONS SECONDS

FORMS has a form a line; COUNT of them are sent from line FIRST on, and none is begun when SECONDS are over. Every
answer is waited for, so that what was acknowledged is known exactly. Prints one line of JSON: how many were sent, how
many answered with which status, how many got no answer, the seconds until the last answer, and milliseconds for half
and for 99 of 100. Its own ceiling is measured by `benchmarks/collector.py` over a server that answers at once.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from collections import Counter
from itertools import islice
from pathlib import Path

HEAD = (
    "POST /-/submit HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    "Accept-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n"
)


class Connection:
    """One connection with at most one form under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self._received = b""

    def send(self, form: bytes) -> None:
        self._received = b""
        self.began = time.perf_counter()
        self.socket.sendall(HEAD.format(length=len(form)).encode() + form)

    def status(self) -> int | None:
        """The status of the answer, if it is whole; 0 where the line has ended."""
        more = self.socket.recv(65536)
        self._received += more
        if not more:
            return 0
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return None
        length = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
        return int(head[9:12]) if len(body) >= int(length) else None


def run(port: int, forms: list[bytes], connections: int, seconds: float) -> dict[str, object]:
    """Sends the forms and says what became of them."""
    left = iter(forms)
    statuses: Counter[int] = Counter()
    took: list[float] = []
    open_ones = [Connection(port) for _ in range(connections)]
    with selectors.DefaultSelector() as waiting:
        began = time.perf_counter()
        for each, form in zip(open_ones, left, strict=False):
            waiting.register(each.socket, selectors.EVENT_READ, each)
            each.send(form)
        while waiting.get_map():
            for key, _event in waiting.select():
                each = key.data
                status = each.status()
                if status is None:
                    continue
                now = time.perf_counter()
                took.append(now - each.began)
                statuses[status] += 1
                form = next(left, None) if now - began < seconds and status else None
                if form is None:
                    waiting.unregister(each.socket)
                else:
                    each.send(form)
        ended = time.perf_counter()
    for each in open_ones:
        each.socket.close()
    took.sort()
    return {
        "sent": len(took),
        "statuses": {str(status): count for status, count in statuses.items() if status},
        "unanswered": statuses[0],
        "seconds": ended - began,
        "p50": 1000 * took[len(took) // 2],
        "p99": 1000 * took[len(took) * 99 // 100],
    }


def main() -> None:
    port, path, first, count, connections, seconds = sys.argv[1:]
    with Path(path).open("rb") as file:
        forms = [line.rstrip(b"\n") for line in islice(file, int(first), int(first) + int(count))]
    print(json.dumps(run(int(port), forms, int(connections), float(seconds))))


if __name__ == "__main__":
    main()
