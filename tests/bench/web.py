"""A small loopback client, and gunicorn started and stopped around it.

The client keeps its connection where the server keeps it (gunicorn's sync workers close after
each answer, and then it connects again, for both sides alike). It holds no cookies itself: one
connection acts for several people in turn, so cookies belong to `SignedIn`.
"""

from __future__ import annotations

import html
import http.client
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import psutil

WORKERS = 2
_START_SECONDS = 30


class UnexpectedAnswer(Exception):
    """The pages answered with something else than the workload asks for."""


@dataclass(slots=True)
class SignedIn:
    """Somebody's cookies and CSRF token."""

    user: int
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers (names in lower case) and body of an answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Client:
    """One connection to a server on this machine."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str, who: SignedIn | None = None) -> Answer:
        """Read a page."""
        return self._send("GET", path, who, None)

    def post(self, path: str, fields: Mapping[str, str], who: SignedIn) -> Answer:
        """Post a form as a browser does; redirects are not followed."""
        return self._send("POST", path, who, urlencode(fields).encode())

    def _send(self, method: str, path: str, who: SignedIn | None, body: bytes | None) -> Answer:
        headers = {"Accept": "text/html"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if who and who.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in who.cookies.items())
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        content = response.read()
        if who:
            for line in response.headers.get_all("Set-Cookie") or ():
                name, _, rest = line.partition("=")
                who.cookies[name.strip()] = rest.partition(";")[0]
        return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, content)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


def expect(answer: Answer, *statuses: int) -> Answer:
    """Return the answer, or raise `UnexpectedAnswer` with the beginning of what came instead."""
    if answer.status not in statuses:
        start = answer.body[:400].decode("utf-8", "replace")
        raise UnexpectedAnswer(f"{answer.status} instead of {statuses}: {start}")
    return answer


def find_token(page: bytes, name: str = "csrf_token") -> str:
    """Return the value of the first hidden field of that name; raises `UnexpectedAnswer` without one."""
    for tag in re.findall(rb"<input[^>]*>", page):
        if re.search(rb'\bname="' + name.encode() + rb'"', tag):
            value = re.search(rb'\bvalue="([^"]*)"', tag)
            if value:
                return html.unescape(value.group(1).decode())
    raise UnexpectedAnswer(f"no field {name} on the page")


@dataclass(slots=True)
class Server:
    """A running gunicorn."""

    port: int
    process: subprocess.Popen[bytes]

    def worker_memory(self) -> list[int]:
        """Return the resident bytes of each worker."""
        children = psutil.Process(self.process.pid).children()
        return sorted(child.memory_info().rss for child in children)


@contextmanager
def gunicorn(target: str, environment: Mapping[str, str], log: Path) -> Iterator[Server]:
    """Serve `target` with two sync workers on a free port of the loopback; stop them at the end."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        port = listener.getsockname()[1]
        command = [sys.executable, "-m", "gunicorn", "--workers", str(WORKERS), "--worker-class", "sync"]
        command += [
            "--bind",
            f"fd://{listener.fileno()}",
            "--log-level",
            "warning",
            "--timeout",
            "120",
            target,
        ]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                env={**os.environ, **environment},
                pass_fds=(listener.fileno(),),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
    try:
        _wait_for(port, process, log)
        yield Server(port, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        client = Client(port)
        try:
            client.get("/")
        except OSError:
            time.sleep(0.05)
        else:
            return
        finally:
            client.close()
    raise UnexpectedAnswer("the pages did not start: " + log.read_text(errors="replace")[-2000:])


def in_parallel(jobs: Sequence[Callable[[], None]]) -> float:
    """Run each job in a thread of its own; return the seconds until the last was done.

    The first error of a job is raised here.
    """
    errors: list[BaseException] = []

    def guarded(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return time.perf_counter() - started
