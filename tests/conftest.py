"""Fixtures for every test; each lives in a module of `tests.support` that says what it is for.

Here besides: where temporary files of tests live, and in which order the files of tests are handed out.
"""

import os
import tempfile
from pathlib import Path

import pytest

pytest_plugins = [
    "tests.support.databases",
    "tests.support.mail",
    "tests.support.browser",
    "tests.support.server",
    "tests.support.example_council",
]

LONG_FIRST = ("journeys", "browser", "chaos", "access")
"""Folders whose files take longest: handed out first, so that no process waits for another at the end."""


def pytest_configure() -> None:
    """Temporary files of tests need not outlive a power cut: in memory, where there is room and nobody said where."""
    from tests.support.databases import in_memory  # a plugin by now: imported earlier, its asserts would say less

    memory = in_memory()
    if memory is not None and "TMPDIR" not in os.environ:
        tempfile.tempdir = str(memory)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in the order of LONG_FIRST, then the others; within them as they are."""
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(here).parts[0]
        return LONG_FIRST.index(folder) if folder in LONG_FIRST else len(LONG_FIRST)

    items.sort(key=place)
