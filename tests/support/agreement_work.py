"""Whether a database with months and cycles agrees with itself: as `agreement`, for the kinds of the product.

What each state asks and reminds of is written down here by hand; nothing of the product or its definitions is read.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine

from tests.support import agreement
from tests.support.agreement import Tells, chain, events_of, keys, open_tasks, pending_of, rows, story, told

ASKED: dict[tuple[str, str], tuple[str, int]] = {
    **{("return", state): ("submit", 1) for state in ("open", "in_progress", "returned")},
    ("return", "submitted"): ("accept", 2),
    ("return", "accepted"): ("close", 1),
    ("return", "discussed"): ("close", 1),
    ("monitoring_meeting", "invited"): ("confirm", 1),
    ("monitoring_meeting", "confirmed"): ("hold", 1),
    ("monitoring_meeting", "held"): ("draft_minutes", 1),
    ("monitoring_meeting", "minutes_drafted"): ("agree", 3),
    ("monitoring_meeting", "agreed"): ("close", 1),
    ("virement", "proposed"): ("approve", 1),
    ("virement", "for_director"): ("approve_further", 1),
    ("cycle", "draft"): ("start_assess", 1),
    ("cycle", "assess"): ("finish_assess", 1),
    ("cycle", "plan"): ("ask_board", 1),
    ("cycle", "do"): ("start_review", 1),
    ("cycle", "review"): ("ask_board_again", 1),
    ("cycle", "paused"): ("resume", 1),
    ("cycle_output", "to_do"): ("provide", 1),
}
"""What a state asks, and of how many; of those who sign, whoever has signed is asked no more. Others ask nobody."""
KINDS = {kind for kind, _ in ASKED}

_RETURN = {"return_due-5", "return_due-2", "return_due+0", "return_due+1", "return_late+1", "return_very_late+3"}
_STAGE = {*(f"stage_due{n:+d}" for n in (-20, -5, 0, 5, 10, 15, 20, 25)), "stage_late+30"}
RULES: dict[tuple[str, str], set[str]] = {
    ("return", "open"): _RETURN,
    ("return", "in_progress"): _RETURN,
    ("return", "submitted"): {"accept_due+0", "accept_late+2"},
    ("return", "returned"): {"resubmit_due+0", "resubmit_late+2"},
    ("return", "accepted"): {"close_due+0", "close_late+5"},
    ("return", "discussed"): {"close_due+0", "close_late+5"},
    ("monitoring_meeting", "invited"): {"confirm_due+0", "confirm_late+2"},
    ("monitoring_meeting", "confirmed"): {"meeting_due-1", "meeting_late+2"},
    ("monitoring_meeting", "held"): {"minutes_due+0", "minutes_late+2"},
    ("monitoring_meeting", "minutes_drafted"): {"agree_due+0", "agree_late+3"},
    ("monitoring_meeting", "agreed"): {"close_due+0", "close_late+5"},
    ("virement", "proposed"): {"approve_due-1", "approve_due+0", "approve_late+3"},
    ("virement", "for_director"): {"director_due-1", "director_due+0", "director_late+3"},
    ("cycle", "draft"): {"start_due-5", "start_due+0", "start_late+10"},
    ("cycle", "assess"): _STAGE,
    **{("cycle", stage): _STAGE for stage in ("plan", "do", "review")},
    ("cycle", "paused"): {"resume_due-5", "resume_due+0", "resume_late+5"},
    ("cycle_output", "to_do"): {"output_due-5", "output_due+0", "output_late+5"},
}
"""Which reminders may be to come in a state."""

TELLS: Tells = {
    ("return", "submit"): ("return.submitted", ("strategy_leader", "finance_leader")),
    ("return", "send_back"): ("return.sent_back", ("head", "contributor")),
    ("return", "complete_acceptance"): ("return.accepted", ("head", "contributor")),
    ("monitoring_meeting", "draft_minutes"): (
        "monitoring_meeting.minutes_drafted",
        ("head", "strategy_leader", "finance_leader"),
    ),
}
OWN = ("acceptances", "minutes_agreements", "money_entries", "cycle_outputs")


def counts(engine: Engine) -> dict[str, int]:
    """How many rows there are of everything that a step of these kinds writes."""
    return agreement.counts(engine, OWN)


def faults(engine: Engine) -> list[str]:
    """Every contradiction, in words; empty when all agrees."""
    events, tasks, pending = events_of(engine), open_tasks(engine), pending_of(engine)
    signed: dict[int, set[int]] = defaultdict(set)
    for row in rows(
        engine,
        "SELECT return_id AS id, part FROM acceptances"
        " UNION ALL SELECT meeting_id, part FROM minutes_agreements WHERE outcome = 'agreed'",
    ):
        signed[row["id"]].add(row["part"])
    found: list[str] = []
    for case in rows(engine, "SELECT * FROM cases"):
        i = case["id"]
        found += chain(case, events[i])
        found += story(case, events[i])
        if case["kind"] in KINDS:
            found += _tasks(case, tasks[i], signed[i])
            found += _reminders(case, pending[i])
            found += _signed(case, signed[i])
    found += told(engine, events, TELLS)
    found += keys(engine)
    found += _applied(engine)
    return found


def _tasks(case: dict[str, Any], tasks: list[dict[str, Any]], signed: set[int]) -> Iterator[str]:
    """What is asked is what the state asks, of as many as have not signed yet."""
    step, many = ASKED.get((case["kind"], case["state"]), (None, 0))
    wanted = [step] * (many - (len(signed) if many > 1 else 0))
    if [t["step"] for t in tasks] != wanted:
        yield f"case {case['id']}: {case['kind']} {case['state']} asks {[t['step'] for t in tasks]}, expected {wanted}"
    if {t["part"] for t in tasks} & signed and many > 1:
        yield f"case {case['id']}: somebody is asked who has signed"


def _reminders(case: dict[str, Any], pending: list[dict[str, Any]]) -> Iterator[str]:
    allowed = RULES.get((case["kind"], case["state"]), set())
    wrong = [o["rule"] for o in pending if o["visit"] != case["version"] or o["rule"] not in allowed]
    if wrong:
        yield f"case {case['id']}: {case['kind']} {case['state']} still reminds by {wrong}"


def _signed(case: dict[str, Any], signed: set[int]) -> Iterator[str]:
    """Who has signed goes with the state: nobody where a return was sent back, everybody where it went on. What was
    answered to minutes stays while they are changed."""
    full = {"return": ({1, 2}, "submitted"), "monitoring_meeting": ({1, 2, 3}, "minutes_drafted")}.get(case["kind"])
    if full is None:
        return
    everybody, state = full
    if case["state"] == state and signed == everybody:
        yield f"case {case['id']}: everybody has signed and it still waits"
    if case["state"] in {"accepted", "discussed", "closed", "agreed"} and signed != everybody:
        yield f"case {case['id']}: {case['state']} by {sorted(signed)}"
    if case["state"] in {"open", "in_progress", "returned"} and signed:
        yield f"case {case['id']}: {case['state']} and signed by {sorted(signed)}"


def _applied(engine: Engine) -> Iterator[str]:
    """A virement that is applied has its one entry, and no other has any (BR-22)."""
    for row in rows(
        engine,
        "SELECT c.id, c.state, (SELECT count(*) FROM money_entries e WHERE e.source_id = c.id) AS n"
        " FROM cases c WHERE c.kind = 'virement'",
    ):
        if row["n"] != (row["state"] == "applied"):
            yield f"case {row['id']}: a virement that is {row['state']} has {row['n']} entries"
