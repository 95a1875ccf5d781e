"""Processes that a harness starts itself, and ends itself: forked, so that they begin at once.

A child makes its own engine and leaves by `os._exit`; nothing of the parent's is cleaned up in it. Only what was
started here is ever killed, by its own process id.
"""

import ctypes
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Engine

from commissioning.db import make_engine

Job = Callable[[Engine], Any]
PR_SET_PDEATHSIG = 1


class Child:
    """One forked process that runs a job on a database of its own connection."""

    def __init__(self, engine: Engine, job: Job, *, wait_for_go: bool = False) -> None:
        url = str(engine.url.render_as_string(hide_password=False))
        engine.dispose()  # SQLite does not bear a connection that is open across a fork
        self._answer, answer = os.pipe()
        go, self._go = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._answer)
            os.close(self._go)
            _run(url, job, answer, go if wait_for_go else None)
        os.close(answer)
        os.close(go)
        self._is_over = False

    def wait_until_ready(self) -> None:
        """Wait until it is connected (only with `wait_for_go`)."""
        os.read(self._answer, 1)

    def go(self) -> None:
        """Let it begin."""
        os.write(self._go, b"g")

    def kill(self) -> None:
        """SIGKILL; nothing of its own runs any more."""
        if not self._is_over:
            os.kill(self.pid, signal.SIGKILL)
        self.finish()

    def finish(self) -> Any:
        """Its answer, or None if it was killed before."""
        if self._is_over:
            return None
        with os.fdopen(self._answer, "rb") as pipe:
            said = pipe.read()
        os.close(self._go)
        os.waitpid(self.pid, 0)
        self._is_over = True
        try:
            return pickle.loads(said)
        except (EOFError, pickle.UnpicklingError):
            return None


def _run(url: str, job: Job, answer: int, go: int | None) -> None:
    """The child's whole life."""
    status = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # whatever ends the harness ends this
    try:
        engine = make_engine(url)
        if go is not None:
            with engine.connect():
                pass
            os.write(answer, b"r")
            os.read(go, 1)
        try:
            said: Any = ("ok", job(engine))
        except Exception as error:
            facts = {"text": str(error), "changed_by": getattr(error, "changed_by", None)}
            said = (type(error).__name__, facts, traceback.format_exc())
        os.write(answer, pickle.dumps(said))
        status = 0
    finally:
        os._exit(status)


def together(engine: Engine, jobs: Sequence[Job]) -> list[Any]:
    """Run jobs in processes of their own that begin at the same moment; what each answered, in their order."""
    children = [Child(engine, job, wait_for_go=True) for job in jobs]
    for child in children:
        child.wait_until_ready()
    for child in children:
        child.go()
    return [child.finish() for child in children]
