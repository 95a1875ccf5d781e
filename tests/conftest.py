"""Fixtures for every test; each lives in a module of `tests.support` that says what it is for.

Here besides: where temporary files of tests live.
"""

import os
import tempfile

pytest_plugins = [
    "tests.support.databases",
    "tests.support.mail",
    "tests.support.browser",
    "tests.support.server",
    "tests.support.example_council",
]


def pytest_configure() -> None:
    """Temporary files of tests need not outlive a power cut: in memory, where there is room and nobody said where."""
    from tests.support.databases import in_memory  # a plugin by now: imported earlier, its asserts would say less

    memory = in_memory()
    if memory is not None and "TMPDIR" not in os.environ:
        tempfile.tempdir = str(memory)
