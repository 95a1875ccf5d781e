"""Running the process that sets a pack, and why one could not be set, with the paper that it is about.

Here: the process, its limits, and what is said of one that ended at a limit. Not here: what it does (`typesetting`).
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess  # nosec B404
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commissioning.packs.typesetting import AT, NO_MEMORY

log = logging.getLogger(__name__)

_ROOT = Path(__file__).parent.parent.parent
_MB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What setting one pack may take: `patience_s` by the clock, the others of its own process."""

    patience_s: float = 300
    cpu_s: int = 120
    memory_mb: int = 3072
    """Of address space; a pack of 500 pages takes less than a third of it."""


LIMITS = Limits()


class NotSet(Exception):
    """Why a pack cannot be built, in words for its clerk; `spots` are the items and letters that it is about.

    A spot names no title, so that it can stand in a message.
    """

    def __init__(self, words: str, spots: Sequence[str] = ()) -> None:
        self.spots = tuple(spots)
        super().__init__(words)


def set_pages(folder: Path, limits: Limits = LIMITS) -> dict[str, Any]:
    """Set the pack of a folder: its pages, and what it took. Raises NotSet.

    The process gets no secret of ours in its environment, and no way to hold this one up.
    """
    keep = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")
    environment = {k: v for k, v in os.environ.items() if k in keep} | {"MALLOC_ARENA_MAX": "2"}
    words = [sys.executable, "-m", "commissioning.packs.typesetting", str(folder)]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, a folder of our own making  # nosec B603
            [*words, str(limits.memory_mb * _MB), str(limits.cpu_s)],
            cwd=_ROOT,
            env=environment,
            timeout=limits.patience_s,
            capture_output=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _too_much(folder, f"It took longer than {_span(limits.patience_s)}.") from None
    result = folder / "result.json"
    if result.exists():
        found: dict[str, Any] = json.loads(result.read_text())
        if "failed" in found:
            raise NotSet(found["failed"], found["spots"])
        return found
    log.error("typesetting ended with %s: %s", done.returncode, done.stderr[-500:])
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise _too_much(folder, f"It took longer than {_span(limits.cpu_s)} of computing.")
    if done.returncode in (-signal.SIGABRT, -signal.SIGSEGV, NO_MEMORY):
        raise _too_much(folder, f"It needed more memory than a pack may take ({limits.memory_mb} MB).")
    raise _too_much(folder, "It broke off.")


def _span(seconds: float) -> str:
    if seconds % 60:
        return f"{seconds:g} seconds"
    return f"{seconds / 60:g} minute{'' if seconds == 60 else 's'}"


def _too_much(folder: Path, why: str) -> NotSet:
    """What it was at when it ended; while it set all papers at once, the largest of them."""
    at = folder / AT
    name, spot = json.loads(at.read_text()) if at.exists() else ("", "")
    if name:
        return NotSet(
            f"{why} It was at {name}. Attach a smaller file there, or take it out, then build the pack again.", [spot]
        )
    size, name, spot = max(_sizes(folder))
    return NotSet(
        f"{why} The largest of its papers is {name} ({max(0.1, size / _MB):.1f} MB). Make it smaller or take it out, "
        "then build the pack again.",
        [spot],
    )


def _sizes(folder: Path) -> list[tuple[int, str, str]]:
    """Bytes, name and spot of each paper and each of its files."""
    found = [(0, "the agenda", "the agenda")]
    for item in json.loads((folder / "document.json").read_text())["items"]:
        spot = f"Item {item['label']}"
        found.append((len(json.dumps(item)), f"{spot} “{item['heading'].partition(' ')[2]}”", spot))
        for sheet in item["sheets"]:
            path = folder / (sheet["file"] or f"pictures{sheet['picture']}")
            if path.is_file():
                found.append((path.stat().st_size, sheet["name"], sheet["spot"]))
    return found
