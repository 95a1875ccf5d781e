"""The only place that reads the clock. Everything else takes `now` (an aware UTC datetime) as an argument."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime, timedelta

_offset = timedelta(0)
_EPOCH_US = 1_735_689_600_000_000  # 2025-01-01 UTC
_id_lock = threading.Lock()
_last_id = 0


def now() -> datetime:
    """This instant, aware, in UTC; shifted when the example council lives on another day (CLOCK_AT)."""
    return datetime.now(UTC) + _offset


def live_at(instant: datetime | None) -> None:
    """Let the service live from `instant` on (None: the real time). For the example council only."""
    global _offset  # noqa: PLW0603 - one process has one clock
    _offset = instant - datetime.now(UTC) if instant else timedelta(0)


def monotonic() -> float:
    """Seconds for measuring durations; no date."""
    return time.monotonic()


def fresh_ids(count: int) -> list[int]:
    """`count` new ids below 2**53, rising with the machine's time (eighths of a microsecond, low bits random).

    They say nothing about how many others there are, so that references reveal no gaps. Never read one back as a date.
    """
    global _last_id  # noqa: PLW0603 - strictly rising within a process
    with _id_lock:
        start = max((time.time_ns() // 1000 - _EPOCH_US) * 8 + (os.urandom(1)[0] & 7), _last_id + 1)
        _last_id = start + count - 1
    return list(range(start, start + count))


def fresh_id() -> int:
    """One new id; see `fresh_ids`."""
    return fresh_ids(1)[0]
