"""What the database itself refuses, on both engines: change of the record, and signing one's own work."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from commissioning.clock import fresh_id
from commissioning.models.cases import CaseRole
from commissioning.models.reports import Report, ReportSignOff
from tests.support.errands import NOW, Town


def refused(town: Town, statement: str, **values: Any) -> str:
    """What the database says to a plain statement that it refuses."""
    with pytest.raises(DBAPIError) as caught, town.engine.execution_options(writes=True).begin() as connection:
        connection.execute(text(statement), values)
    return str(caught.value.orig)


def allowed(town: Town, statement: str, **values: Any) -> None:
    town.run(lambda session: session.execute(text(statement), values))


def fill(town: Town) -> int:
    case = town.errand()
    allowed(
        town,
        "INSERT INTO checkpoints (id, nominal_at, made_at, previous_root, root, leaf_count)"
        " VALUES (1, '2026-03-02 00:00:00', '2026-03-02 00:00:00', '', 'r', 1)",
    )
    allowed(town, "INSERT INTO checkpoint_leaves (checkpoint_id, chain, seq, hash) VALUES (1, 'c', 1, 'h')")
    allowed(
        town,
        "INSERT INTO workflow_texts (id, sha256, text, first_used_at) VALUES ('w.v1', 's', 't', '2026-03-02 00:00:00')",
    )
    return case


def test_the_record_is_append_only(town: Town) -> None:
    fill(town)
    for table, column in (
        ("events", "name"),
        ("checkpoints", "root"),
        ("checkpoint_leaves", "hash"),
        ("workflow_texts", "text"),
    ):
        assert "append-only" in refused(town, f"UPDATE {table} SET {column} = 'x'")
        assert "append-only" in refused(town, f"DELETE FROM {table}")
        if town.engine.dialect.name == "postgresql":
            assert "append-only" in refused(town, f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("column", ["body", "salt", "chained", "hash", "seq", "at", "actor_id", "to_state"])
def test_no_column_of_an_event_changes(town: Town, column: str) -> None:
    town.errand()
    value = {"seq": "7", "actor_id": "NULL", "at": "'2020-01-01 00:00:00'"}.get(column, "'x'")
    statement = f"UPDATE events SET {column} = {value}" + ("" if column == "salt" else ", salt = NULL")
    assert "append-only" in refused(town, statement)


def test_lawful_erasure_takes_body_and_salt_together(town: Town) -> None:
    town.errand()
    assert "append-only" in refused(town, "UPDATE events SET body = NULL")
    assert "append-only" in refused(town, "UPDATE events SET body = NULL, salt = NULL, name = 'x'")
    allowed(town, "UPDATE events SET body = NULL, salt = NULL")
    assert "append-only" in refused(town, "UPDATE events SET body = 'words put in their mouth', salt = 's'")


def test_replacing_is_no_way_round(town: Town) -> None:
    """SQLite's INSERT OR REPLACE deletes without firing triggers unless told to; PostgreSQL has ON CONFLICT alone."""
    fill(town)
    columns = "id, chain, seq, case_id, at, name, version, chained, hash"
    if town.engine.dialect.name == "sqlite":
        said = refused(
            town,
            f"INSERT OR REPLACE INTO events ({columns})"
            " SELECT id, chain, seq, case_id, at, 'forged', version, chained, hash FROM events",
        )
        other = (
            "INSERT OR REPLACE INTO checkpoint_leaves (checkpoint_id, chain, seq, hash) VALUES (1, 'c', 1, 'forged')"
        )
        assert "append-only" in refused(town, other)
    else:
        said = refused(
            town,
            f"INSERT INTO events ({columns}) SELECT id, chain, seq, case_id, at, 'forged', version, chained, hash"
            " FROM events ON CONFLICT (chain, seq) DO UPDATE SET name = excluded.name",
        )
    assert "append-only" in said


def report(town: Town) -> int:
    """A bare report: the triggers look at roles and signatures alone."""
    case = town.errand(signers=())
    allowed(town, f"DELETE FROM case_roles WHERE case_id = {case}")
    town.run(lambda session: session.add(Report(case_id=case)))
    return case


def sign(town: Town, case: int, by: str, signed_for: str | None = None) -> None:
    row = ReportSignOff(
        id=fresh_id(),
        report_id=case,
        post_id=town.posts["checkers"],
        speciality="legal",
        outcome="cleared",
        signed_by_id=town.people[by],
        signed_for_id=town.people[signed_for] if signed_for else None,
        signed_at=NOW,
        content="x",
        content_sha256="x",
    )
    town.run(lambda session: session.add(row))


def role(town: Town, case: int, name: str, who: str) -> None:
    row = CaseRole(id=fresh_id(), case_id=case, role=name, person_id=town.people[who])
    town.run(lambda session: session.add(row))


@pytest.mark.parametrize("part", ["author", "contributor", "sponsor"])
def test_nobody_signs_their_own_report_whatever_the_code_says(town: Town, part: str) -> None:
    case = report(town)
    role(town, case, part, "ann")
    with pytest.raises(DBAPIError, match="own work"):
        sign(town, case, "ann")
    with pytest.raises(DBAPIError, match="own work"):
        sign(town, case, "cat", "ann")
    sign(town, case, "cat")
    assert "own work" in refused(town, "UPDATE report_sign_offs SET signed_by_id = :p", p=town.people["ann"])
    assert "own work" in refused(town, "UPDATE report_sign_offs SET signed_for_id = :p", p=town.people["ann"])


@pytest.mark.parametrize("part", ["author", "contributor", "sponsor"])
def test_who_has_signed_does_not_become_its_author(town: Town, part: str) -> None:
    case = report(town)
    sign(town, case, "cat", "dev")
    for who in ("cat", "dev"):
        with pytest.raises(DBAPIError, match="signed a report off"):
            role(town, case, part, who)
    role(town, case, "clerk", "cat")
    assert "signed a report off" in refused(town, "UPDATE case_roles SET role = :r WHERE role = 'clerk'", r=part)


def test_the_sponsor_is_not_the_author(town: Town) -> None:
    case = report(town)
    role(town, case, "author", "ann")
    role(town, case, "contributor", "ben")
    for who in ("ann", "ben"):
        with pytest.raises(DBAPIError, match="sponsor"):
            role(town, case, "sponsor", who)
    role(town, case, "sponsor", "cat")
    with pytest.raises(DBAPIError, match="sponsor"):
        role(town, case, "author", "cat")
    assert "sponsor" in refused(
        town, "UPDATE case_roles SET person_id = :p WHERE role = 'sponsor'", p=town.people["ann"]
    )


def test_a_role_and_a_task_are_a_person_s_or_a_post_s(town: Town) -> None:
    case = town.errand()
    assert "person_or_post" in refused(town, "UPDATE case_roles SET post_id = 1 WHERE person_id IS NOT NULL")
    assert "person_or_post" in refused(town, "UPDATE tasks SET person_id = NULL, taken_by_id = NULL")
    assert "exposure" in refused(town, f"UPDATE cases SET exposure = 'secret' WHERE id = {case}")


def test_references_events_and_keys_are_unique(town: Town) -> None:
    one, two = town.errand(key="k"), town.errand(key="l")
    said = refused(
        town, f"UPDATE cases SET reference = (SELECT reference FROM cases WHERE id = {one}) WHERE id = {two}"
    )
    assert "reference" in said
    columns = "chain, seq, at, name, chained, hash"
    assert "seq" in refused(town, f"INSERT INTO events ({columns}) SELECT {columns} FROM events")
    columns = "key, target, body_sha256, at"
    assert "key" in refused(town, f"INSERT INTO request_keys ({columns}) SELECT {columns} FROM request_keys")
