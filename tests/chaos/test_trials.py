"""The trials in their short form, on both engines; and that each notices the fault that it is there for."""

from pathlib import Path
from typing import Any

import pytest

from commissioning.db import make_engine
from tests.chaos import backing, harness, planted
from tests.support.databases import migrate, postgres
from tests.support.errands import Town, make_town

pytestmark = pytest.mark.usefixtures("errands_in_force")


def test_killed_workers_lose_nothing_that_was_acknowledged(town: Town, tmp_path: Path) -> None:
    found = harness.kill_workers(town, 4, tmp_path)
    assert (found.tried, found.wrong) == (4, [])


def test_every_commit_point(town: Town) -> None:
    found = harness.commit_points(town, stride=11)
    assert found.wrong == []
    assert found.tried > 10


def test_the_same_key_from_two_processes(town: Town) -> None:
    found = harness.send_twice(town, 6)
    assert (len(found.kinds), found.wrong) == (6, [])


def test_races_have_one_winner(town: Town) -> None:
    found = harness.race(town, 4)
    assert (found.tried, found.wrong) == (4, [])


TRIES = range(1, 13)
"""A kill or a race hits a fault by chance: a control asks again until it does, and fails if it never does."""


@pytest.fixture
def small_town(fresh_database: Any) -> Town:
    return make_town(make_engine(fresh_database("sqlite")))


def test_backups_under_load_are_restored_whole(small_town: Town, tmp_path: Path) -> None:
    """`tests/integration/ticks/test_backup.py` does the same by the commands, on both engines."""
    found = backing.restore_backups(small_town, 2, tmp_path)
    assert (found.tried, found.wrong) == (2, [])


def test_control_the_file_copied_alone(small_town: Town, tmp_path: Path) -> None:
    with planted.file_alone():
        assert any(backing.restore_backups(small_town, 1, tmp_path, seed=seed).wrong for seed in TRIES)


def test_a_full_disk(small_town: Town) -> None:
    found = harness.disk_full(small_town)
    assert (found.tried, found.wrong) == (4, [])


def test_a_killed_database_loses_nothing(tmp_path: Path) -> None:
    with postgres(durable=True) as server:
        url = server.url(server.create())
        migrate(url)
        town = make_town(make_engine(url))
        found = harness.kill_database(town, server._server, 2, tmp_path)
        town.engine.dispose()
    assert (found.tried, found.wrong) == (2, [])
    assert found.slowest < 5


def test_control_no_transaction(small_town: Town, tmp_path: Path) -> None:
    with planted.no_transaction():
        assert any(harness.kill_workers(small_town, 8, tmp_path, seed).wrong for seed in TRIES)


def test_control_no_key(small_town: Town) -> None:
    with planted.no_key():
        assert any(harness.send_twice(small_town, 6).wrong for _ in TRIES)


def test_control_no_version_check(small_town: Town) -> None:
    with planted.no_version_check():
        assert any(harness.race(small_town, 3, seed).wrong for seed in TRIES)


def test_control_told_after_commit(small_town: Town) -> None:
    with planted.told_after_commit():
        assert harness.commit_points(small_town, stride=3).wrong


def test_control_errors_ignored(small_town: Town) -> None:
    with planted.errors_ignored():
        assert harness.disk_full(small_town, (4096,), steps=8).wrong
