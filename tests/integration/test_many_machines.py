"""The processes of compose.yaml, all of them, over one PostgreSQL: one of each is killed and nothing is lost.

Without containers, so without what only an engine shows: the image, and the names of the network.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml
from bs4 import BeautifulSoup

from commissioning.accounts.browsers import token_hash
from commissioning.audit_verify import snapshot, verify
from commissioning.db import make_engine
from commissioning.models.people import ApiToken
from tests.support.council import NOW, Council, make_council
from tests.support.databases import FreshDatabase
from tests.support.mail import MailServer

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60
PAPERS = 4


def compose() -> dict[str, Any]:
    """The services as compose.yaml has them."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    return found


def command_of(service: str, port: int = 0) -> list[str]:
    """What a service runs, by the programs of this environment, on a port of loopback."""
    words = shlex.split(compose()[service]["command"].replace("0.0.0.0:8000", f"127.0.0.1:{port}"))
    return [str(Path(sys.executable).parent / words[0]), *words[1:]]


@contextmanager
def running(environment: dict[str, str], wanted: list[list[str]]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes of ours until the block ends."""
    processes = [subprocess.Popen(words, cwd=ROOT, env=environment, start_new_session=True) for words in wanted]
    try:
        yield processes
    finally:
        for process in processes:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9, a web server's own processes included: nothing is tidied up."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)


def until(what: str, is_so: Callable[[], Any]) -> Any:
    """Wait for it."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = is_so()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {PATIENCE_S} s: {what}")


def ask(port: int, path: str, data: dict[str, Any] | None = None, key: str = "") -> tuple[int, Any]:
    """What one web process answers the clerk."""
    headers = {"Authorization": "Bearer clerks", "Content-Type": "application/json", "Idempotency-Key": key}
    body = None if data is None else json.dumps(data).encode()
    try:
        with urllib.request.urlopen(
            urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers), timeout=20
        ) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, None


class Browser:
    """Somebody who comes to one web process for one page and to another for the next."""

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def send(self, port: int, path: str, to: int = 0, **fields: str) -> str:
        """Open a page, fill in its form and send it, to another process if given; the page that it leads to."""
        address = f"http://127.0.0.1:{port}{path}"
        with self._opener.open(address, timeout=20) as page:
            hidden = BeautifulSoup(page.read(), "html.parser").select("main input[type=hidden]")
        body = urlencode({str(i["name"]): str(i["value"]) for i in hidden} | fields).encode()
        with self._opener.open(f"http://127.0.0.1:{to or port}{path}", body, timeout=20) as answer:
            return str(answer.read().decode())


def free_ports(count: int) -> list[int]:
    """Ports that nobody has."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in held]
    for one in held:
        one.close()
    return ports


@pytest.fixture
def environment(fresh_database: FreshDatabase, smtp_server: MailServer) -> dict[str, str]:
    """The settings that all processes share."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    own = dict.fromkeys(compose()["web"]["environment"], "") | {
        "DATABASE_URL": fresh_database("postgresql"),
        "DISPATCHER": compose()["web"]["environment"]["DISPATCHER"],
        "SECRET_KEY": "the same for all of them",
        "BASE_URL": "http://127.0.0.1:8000",
        "SMTP_URL": smtp_server.url,
        "EMAIL_FROM": "no-reply@example.gov.uk",
    }
    return kept | own


def make_papers(url: str) -> tuple[Council, list[int]]:
    """Papers that the clerk may send back, and the clerk's token."""
    council = make_council(make_engine(url))
    meeting = council.meeting(council.body())
    papers = [council.report(meeting, [{"text": "Agree."}], title=f"Paper {n}") for n in range(PAPERS)]
    clerk = ApiToken(person_id=council.people["clerk"], name="tests", token_hash=token_hash("clerks"), made_at=NOW)
    council.write(lambda session: session.add(clerk))
    return council, papers


def test_what_one_process_does_the_others_see_and_one_of_each_may_die(
    environment: dict[str, str], smtp_server: MailServer
) -> None:
    assert {name: s["deploy"]["replicas"] for name, s in compose().items() if "deploy" in s} == {
        "web": 2, "worker": 2, "scheduler": 2,
    }  # fmt: skip
    subprocess.run(command_of("schema"), cwd=ROOT, env=environment, check=True, capture_output=True)
    council, papers = make_papers(environment["DATABASE_URL"])
    ports = free_ports(2)
    wanted = [command_of("web", port) for port in ports] + [command_of(n) for n in ("worker", "scheduler")] * 2
    codes: dict[str, list[str]] = {}

    def mailed(name: str) -> list[str]:
        said = [
            r.message.get_body(("plain",)) for r in smtp_server.received if r.recipients == (f"{name}@example.org",)
        ]
        found = [re.search(r"Your code is (\d{6})", body.get_content()) for body in said if body]
        return [match[1] for match in found if match]

    def send_back(case: int, through: int, read_at: int) -> None:
        facts = {"version": ask(read_at, f"/api/v1/cases/{case}")[1]["version"], "reason": "Say what it costs."}
        sent, found = ask(through, f"/api/v1/cases/{case}/steps/send_back", facts, key=f"back-{case}")
        assert sent == 200, found
        assert ask(read_at, f"/api/v1/cases/{case}")[1]["state"] == found["state"] == "returned"

    def sign_in(name: str, first: int, then: int) -> None:
        browser = Browser()
        browser.send(first, "/sign-in", email=f"{name}@example.org", by="code")
        codes[name] = until(f"{name} is sent a code", lambda: mailed(name))
        assert name.capitalize() in browser.send(first, "/sign-in/code", then, code=codes[name][0])

    with running(environment, wanted) as processes:
        one, other = ports
        for port in ports:
            until("a web process answers", lambda port=port: ask(port, "/healthz")[0] == 200)
        for case, name in zip(papers[:2], ("ann", "bob"), strict=True):
            send_back(case, one, other)
            sign_in(name, one, other)
            one, other = other, one
        until("schedulers tick", lambda: ask(one, "/readyz")[1]["last_tick_seconds"] is not None)
        for dying in (processes[0], processes[2], processes[3]):
            kill(dying)
        assert [ask(port, "/healthz")[0] for port in ports] == [0, 200]
        for case, name in zip(papers[2:], ("cat", "dan"), strict=True):
            send_back(case, ports[1], ports[1])
            sign_in(name, ports[1], ports[1])
    assert {name: len(mailed(name)) for name in codes} == dict.fromkeys(("ann", "bob", "cat", "dan"), 1)
    times = Counter((str(r.message["Message-ID"]), r.recipients) for r in smtp_server.received)
    assert set(times.values()) == {1}, "each once"
    with snapshot(council.engine) as session:
        assert verify(session).is_whole
    council.engine.dispose()
