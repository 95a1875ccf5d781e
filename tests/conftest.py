"""Fixtures for every test; each lives in a module of `tests.support` that says what it is for.

Here besides: where temporary files of tests live.
"""

import gc
import os
import tempfile

pytest_plugins = [
    "tests.support.databases",
    "tests.support.mail",
    "tests.support.notify",
    "tests.support.browser",
    "tests.support.server",
    "tests.support.example_council",
]


def _cheap_hashes() -> None:
    """Passwords of tests are hashed by the same argon2id at its least cost: as many signings-in, a tenth of the time.

    What the service itself uses is checked by `test_passwords_are_hashed_at_full_cost`, in a process of its own.
    """
    from argon2 import PasswordHasher

    from commissioning.accounts import passwords

    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def _no_time_limits() -> None:
    """No generated example fails for being slow: a machine that has much else to do is no fault of the code."""
    from hypothesis import HealthCheck, settings

    settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("patient")


def pytest_configure() -> None:
    """Temporary files of tests need not outlive a power cut: in memory, where there is room and nobody said where."""
    _cheap_hashes()
    _no_time_limits()
    from tests.support import emptying, made_once
    from tests.support.databases import in_memory  # a plugin by now: imported earlier, its asserts would say less

    made_once.share()
    emptying.share_connections()

    memory = in_memory()
    if memory is not None and "TMPDIR" not in os.environ:
        tempfile.tempdir = str(memory)


def pytest_collection_finish() -> None:
    """What is there before the first test stays to the end: it is not looked through for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
