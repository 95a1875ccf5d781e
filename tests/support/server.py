"""A WSGI application on a free loopback port, in a thread of the test's own process.

Here: serving. For processes that are to be killed, `tests/chaos` starts its own.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LiveServer = Callable[["WSGIApplication"], str]


class Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 (named so by the base class)
        """Say nothing: a line for each request would bury what a failing test says."""


@contextmanager
def serve(app: "WSGIApplication") -> Iterator[str]:
    """Serve `app`, one thread a request; yields its address, such as http://127.0.0.1:40123."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


@pytest.fixture
def live_server() -> Iterator[LiveServer]:
    """`live_server(app)` starts serving a WSGI application and gives its address; it stops with the test."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(serve(app))


@pytest.fixture(scope="module")
def module_live_server() -> Iterator[LiveServer]:
    """The same for the whole of a module."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(serve(app))
