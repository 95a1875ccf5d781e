"""Runs the report's nine steps over HTTP: who posts which form, in which order.

What a form looks like belongs to the `adapter.Site`; timing to the measures.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.bench import workload
from tests.bench.adapter import CaseId, Site
from tests.bench.web import Client, SignedIn, expect


class Visitor:
    """One connection that acts for several people in turn, each signed in once."""

    def __init__(self, site: Site, port: int) -> None:
        self.site = site
        self.client = Client(port)
        self._people: dict[int, SignedIn] = {}

    def person(self, user: int) -> SignedIn:
        """Return somebody's session, signing them in the first time."""
        if user not in self._people:
            self._people[user] = self.site.sign_in(self.client, user)
        return self._people[user]

    def take(self, user: int, step: str, case: CaseId | None, values: Mapping[str, str]) -> CaseId:
        """Post the form of one step; return the id of the report."""
        who = self.person(user)
        path, fields = self.site.form(who, step, case, values)
        answer = expect(self.client.post(path, fields, who), 302, 303)
        return self.site.created(answer) if case is None else case

    def close(self) -> None:
        """Give the connection back."""
        self.client.close()


def forms(number: int) -> list[tuple[str, str, dict[str, str]]]:
    """Return role, step and form values of the nine steps of report `number`."""
    report = workload.report_form(number)
    kinds = [workload.SIGN_OFFS[(number + turn) % 3] for turn in range(3)]
    order = [
        "create",
        "submit",
        *(f"sign_{kind}" for kind in kinds),
        "approve",
        "agenda",
        "decide",
        "publish",
    ]
    role = {step.name: step.role for step in workload.REPORT_STEPS}
    extra: dict[str, dict[str, str]] = {
        "create": {
            "title": report.title,
            "body": report.body,
            "due_on": report.due_on.isoformat(),
            **{f"recommendation-{n}": text for n, text in enumerate(report.recommendations, 1)},
        },
        "decide": {f"outcome-{n}": outcome for n, outcome in enumerate(workload.outcomes(number), 1)},
    }
    return [(role[step], step, {**extra.get(step, {}), "comment": workload.comment(number, step)}) for step in order]


def sign_in_cast(visitor: Visitor, number: int) -> None:
    """Sign in everybody who acts on report `number`, so that no step pays for it."""
    for user in workload.cast(number).values():
        visitor.person(user)


def whole_report(visitor: Visitor, number: int, cast_of: int | None = None) -> CaseId:
    """Take report `number` through its nine steps, by the people of report `cast_of` where given."""
    who = workload.cast(number if cast_of is None else cast_of)
    case: CaseId | None = None
    for role, step, values in forms(number):
        case = visitor.take(who[role], step, case, values)
    assert case is not None
    return case
