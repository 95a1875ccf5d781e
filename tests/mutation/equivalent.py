"""Mutants that change nothing anybody could see on SQLite, each with the reason. Not counted. A star stands for all."""

from __future__ import annotations

from fnmatch import fnmatchcase

EQUIVALENT: dict[str, str] = {
    "workflows.engine:_Hashable.__eq__:and-or:0": "only asked of definitions whose hashes are the same already",
    "workflows.engine:advance:not:1": "a second lock: step and target were looked up before the machine is asked",
    "workflows.engine:advance:raise-removed:2": "the same: nothing reaches it while the first lock holds",
    "workflows.back_planning:latest_publication:code:0": "what the one rung is called is not told",
    "workflows.working_days:Calendar:bool:3": "two calendars with the same closed days have the same weekdays closed",
    "workflows.quorum:module:code:0": "the word for all asked is never compared: its count of 0 says so",
    "commissioning.audit_verify:_heads:code:0": "asks the other table for a chain of a case too, which it never has",
    "commissioning.audit_verify:module:condition-dropped:0": "reads the heads of more cases than it looks at",
    "commissioning.audit_verify:stream:bool:0": "all rows in memory instead of some: the same rows",
    "commissioning.audit_verify:snapshot:bool:*": "a session that reads has nothing to flush",
    "commissioning.audit_erasure:_erase_words:expr-removed:8": "the session ends right after",
    "commissioning.audit_verify:stream:code:*": "colons stand in the SQL of PostgreSQL alone",
    "commissioning.audit_triggers:_postgresql:*": "runs on PostgreSQL alone: test_audit_tampering.py asks it there",
    "commissioning.reminders.recipients:_parties:condition-dropped:0": "reads parties of more cases than it asks of",
    "commissioning.reminders.forecast:_try_later:condition-dropped:0": "reads more cases than it tells of",
    "commissioning.reminders.forecast:foresee_turned:condition-dropped:2": "reads more cases than it tells of",
    "commissioning.reminders.recipients:_Names.people:number:0": "a holder is a person or a post",
    "commissioning.reminders.forecast:_spans:number:0": "looks a day further back, and leaves that day out again",
    "commissioning.audit_erasure:erase_bodies:condition-dropped:6": "in this transaction nothing is added to the chain",
    "commissioning.audit_erasure:erase_bodies:bool:0": "which lock on a row: of PostgreSQL alone",
    "commissioning.audit:note_request:bool:0": "which lock on a row: of PostgreSQL alone",
    "commissioning.reminders.commands:_claim:bool:*": "which lock on a row: of PostgreSQL alone",
    "commissioning.reminders.recounting:recount_some:number:0": "the first of two is taken",
    "commissioning.reminders.recounting:recount_some:bool:0": "which lock on a row: of PostgreSQL alone",
    "commissioning.reminders.recounting:try_rules:bool:0": "which lock on a row: of PostgreSQL alone",
    "commissioning.reminders.turning:enter_turned:bool:0": "which lock on a row: of PostgreSQL alone",
    "commissioning.reminders.routes_forecast:what_moves:raise-removed:0": "never reached: a trial always raises",
    "commissioning.reminders.later:try_later:raise-removed:0": "never reached: a trial always raises",
    "commissioning.reminders.alarming:list_asked:number:0": "whatever is asked there is asked by a case",
    "commissioning.reminders.alarming:list_alarms:number:0": "whatever is asked there is asked by a case",
    "commissioning.reminders.forecast:foresee_turned:number:3": "a person or a post is asked",
    "commissioning.reminders.forecast:foresee_told:number:4": "a role is held in a case",
    "commissioning.reminders.forecast:foresee_told:number:5": "a role is held in a case",
    "commissioning.reminders.forecast:foresee_told:number:6": "what has no title of its own is a case",
    "commissioning.casework.plans:plan_fresh:compare:0": "few and many are planned alike",
    "commissioning.casework.plans:_reminder_days:and-or:0": "what reminds is due, and without rules nothing is planned",
    "commissioning.reminders.commands:module:number:0": "how many in one transaction: the same in the end",
    "commissioning.reminders.recounting:module:number:0": "how many in one transaction: the same in the end",
    "commissioning.casework.plans:module:number:2": "how many in one statement: the same in the end",
    "commissioning.audit_checkpoints:module:number:1": "how many in one statement: the same in the end",
    "commissioning.audit_verify:module:number:1": "how many are looked at together: the same in the end",
    "commissioning.reminders.forecast:module:number:0": "a bound of 20,000 that no forecast is meant to reach",
    "commissioning.reminders.recounting:list_reached:number:0": "no case has so low an id",
    "commissioning.audit_verify:_heads:number:5": "a head has two parts or four",
    "commissioning.audit_erasure:_erase_words:condition-dropped:1": "files that others attach are kept all the same",
    "commissioning.audit_ocel:_batches:code:*": "all rows in memory instead of some: the same rows",
    "commissioning.audit_ocel:_named_by:condition-dropped:0": "reads links of more cases than it asks of",
    "commissioning.audit_ocel:_batches:entry-dropped:*": "all rows in memory instead of some: the same rows",
    "commissioning.audit_verify:stream:entry-dropped:*": "the same",
    "commissioning.audit_ocel:_json:bool:0": "the same JSON, and what is in it are codes",
    "commissioning.audit_commands:tell:item-dropped:2": "what has no chain has no number: nothing joined to nothing",
    "commissioning.audit_verify:_checkpoints:code:1": "colons stand in the SQL of PostgreSQL alone",
    "commissioning.audit_verify:snapshot:expr-removed:0": "runs on PostgreSQL alone",
    "commissioning.audit_verify:snapshot:return:1": "runs on PostgreSQL alone",
    "commissioning.audit_checkpoints:make_checkpoint:number:0": "the first of two is taken",
    "commissioning.audit_verify:_chains:compare:1": "the ends are compared a batch earlier: the same comparisons",
}


def is_alike(name: str) -> bool:
    """Whether no test on SQLite could tell this mutant from the code."""
    return any(fnmatchcase(name, alike) for alike in EQUIVALENT)
