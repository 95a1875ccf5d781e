"""Where one HTTP request ends and the next begins: the server’s own parser leaves nothing open (ASVS 4.2.1).

Two readings of one message are how a request is smuggled past a proxy. What a proxy in front makes of its own accord
is not tried here.
"""

from __future__ import annotations

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from gunicorn.http.parser import RequestParser

NEXT = b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n"
BAD = {
    "a length and chunks": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "a list of lengths": b"Content-Length: 5, 5\r\n\r\nhello",
    "a signed length": b"Content-Length: +5\r\n\r\nhello",
    "a length below nothing": b"Content-Length: -1\r\n\r\n",
    "a length in other digits": "Content-Length: ٥\r\n\r\nhello".encode(),
    "an unknown encoding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "something after the chunks": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a space before the colon": b"Content-Length : 5\r\n\r\nhello",
    "a folded header": b"X: 1\r\n Content-Length: 5\r\n\r\nhello",
    "a header with a line end in it": b"X: 1\rContent-Length: 5\r\n\r\nhello",
    "an empty name": b": 5\r\n\r\n",
    "a size that is no size": b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "a signed size": b"Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n",
    "a chunk longer than it says": b"Transfer-Encoding: chunked\r\n\r\n4\r\nhello\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}
GOOD = {
    "a length": b"Content-Length: 5\r\n\r\nhello",
    "chunks": b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
}


def paths(version: str, headers: bytes) -> list[str]:
    """The requests that the server reads from one connection, each with its body."""
    raw = b"POST /first HTTP/" + version.encode() + b"\r\nHost: x\r\n" + headers + NEXT
    found = []
    for request in RequestParser(Config(), iter([raw]), ("127.0.0.1", 1)):
        found.append(request.path)
        request.body.read()
    return found


@pytest.mark.parametrize("what", GOOD)
def test_a_message_whose_end_is_plain_is_followed_by_the_next(what: str) -> None:
    assert paths("1.1", GOOD[what]) == ["/first", "/next"]


@pytest.mark.parametrize("what", BAD)
def test_a_message_that_can_be_read_in_two_ways_is_refused(what: str) -> None:
    with pytest.raises((ParseException, OSError)):
        paths("1.0" if what.endswith("1.0") else "1.1", BAD[what])
