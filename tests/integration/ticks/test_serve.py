"""`python -m commissioning.serve` as a process: it starts, says where it is, ticks, stops, and refuses in words."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 90


def environment(**settings: str) -> dict[str, str]:
    """The settings for a process, and nothing of ours besides."""
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG", "TMPDIR"}}
    return kept | {"SECRET_KEY": "for these tests", "DEMO": "1", "PORT": "0", "PYTHONUNBUFFERED": "1"} | settings


@contextmanager
def served(**settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The service as a process of ours, and its address as it says it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "commissioning.serve"],
        cwd=ROOT,
        env=environment(**settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = ""
        while " is at http" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        yield process, re.findall(r"is at (http\S+)", said)[0]
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(30)


def get(url: str) -> str:
    """A page."""
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
        return str(answer.read().decode())


def test_it_serves_ticks_and_stops_and_starts_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'served.db'}"
    for how in (signal.SIGINT, signal.SIGTERM):
        with served(DATABASE_URL=url) as (process, address):
            assert '"status":"ok"' in get(f"{address}/healthz")
            assert f'"url":"{address}/' in get(f"{address}/api/v1/openapi.json"), "links lead where it listens"
            deadline = time.monotonic() + PATIENCE_S
            while '"last_tick_seconds":null' in get(f"{address}/readyz"):
                assert time.monotonic() < deadline
                time.sleep(0.2)
            process.send_signal(how)
            assert process.wait(30) == 0
    assert not (tmp_path / "served.db-wal").exists() or (tmp_path / "served.db-wal").stat().st_size == 0


def refused(**settings: str) -> tuple[int, str]:
    """Exit code and words of a start that is refused."""
    done = subprocess.run(
        [sys.executable, "-m", "commissioning.serve"],
        cwd=ROOT,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_a_port_in_use_is_said_before_anything_is_done(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, said = refused(DATABASE_URL=f"sqlite:///{tmp_path / 'never.db'}", PORT=str(port))
    assert (code, f"Port {port}" in said, "make run PORT=" in said) == (1, True, True)
    assert not (tmp_path / "never.db").exists()


def test_wrong_settings_and_an_unreachable_database_are_said_in_words(tmp_path: Path) -> None:
    code, said = refused(DATABASE_URL="mysql://x", PORT="many")
    assert (code, "DATABASE_URL" in said, "PORT" in said) == (2, True, True)
    code, said = refused(DATABASE_URL="postgresql://nobody@127.0.0.1:9/nothing")
    assert (code, "The database cannot be used" in said) == (1, True)
    (tmp_path / "broken.v1.yaml").write_text("name: broken\n")
    code, said = refused(DATABASE_URL=f"sqlite:///{tmp_path / 'x.db'}", WORKFLOWS_DIR=str(tmp_path))
    assert (code, "broken.v1.yaml" in said) == (2, True)
