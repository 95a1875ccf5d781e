"""Definition files that are wrong in form: no readable YAML, keys missing or unknown, values of the wrong kind.

Each is the sample with one thing changed: what is replaced, by what, a text that stands in the line to be named, and
the whole message.
"""

from __future__ import annotations

from tests.unit.workflow_samples import PAPER

WRONG_FORM = {
    "empty file": (PAPER, "", "", "found an empty file, expected a definition"),
    "comment only": (PAPER, "# nothing", "# nothing", "found an empty file, expected a definition"),
    "no map": (PAPER, "- a\n- b\n", "- a", "the file: found ['a', 'b'], expected a map of keys"),
    "bad indentation": (
        "  ready:\n",
        " ready:\n",
        " ready:",
        "found no readable YAML (expected <block end>, but found '<block mapping start>'), expected a definition",
    ),
    "open bracket": (
        "roles: [author, officer, boss, chair]",
        "roles: [author, officer",
        "states:",
        "found no readable YAML (expected ',' or ']', but got ':'), expected a definition",
    ),
    "two documents": (
        "sign_offs:\n",
        "---\nsign_offs:\n",
        "---",
        "found no readable YAML (but found another document), expected a definition",
    ),
    "control character": (
        "label: Drafting",
        "label: Draf\x07ting",
        "Draf",
        "found a control character, expected plain text",
    ),
    "a key twice": (
        "  heard: {label",
        "  paused: {label: Again}\n  heard: {label",
        "Again",
        'found "paused" a second time, expected each name once',
    ),
    "a key that is no word": (
        "{yes_: agreed",
        "{yes: agreed",
        "{yes:",
        'found the key "yes", expected a plain word (quote it?)',
    ),
    "a list as key": ("version: 1", "[a]: 1", "[a]", 'found the key "...", expected a plain word (quote it?)'),
    "a date": (
        "label: Drafting",
        "label: 2012-05-09",
        "2012",
        'found "2012-05-09" (timestamp), expected text or a number (quote it?)',
    ),
    "a date that is none": (
        "label: Drafting",
        "label: 2012-13-45",
        "2012",
        'found "2012-13-45" (timestamp), expected text or a number (quote it?)',
    ),
    "a tag that would build an object": (
        "label: Drafting",
        "label: !!python/name:os.system x",
        "os.system",
        'found "x" (os.system), expected text or a number (quote it?)',
    ),
    "a tag that lies": ("version: 1", "version: !!int one", "one", 'found "one", expected what its tag says'),
    "an alias": (
        "    due: {after: draft_on}",
        "    due: &due {after: draft_on}\n    exposure: *due",
        "exposure",
        "found an alias, expected the thing itself written out",
    ),
    "an alias to itself": (
        "means: [editable]",
        "means: &loop [*loop]",
        "&loop",
        "found an alias, expected the thing itself written out",
    ),
    "missing key": ("kind: paper\n", "", "name: paper", "found no kind in the file, expected one"),
    "missing key of a step": (
        "    label: Send for sign-off\n",
        "",
        "  send:",
        "found no label in steps.send, expected one",
    ),
    "unknown key": (
        "kind: paper",
        "kind: paper\ncolour: red",
        "colour",
        'found "colour" in the file, expected one of: name, version, kind, initial, roles, states, steps, sign_offs',
    ),
    "typo in a state": (
        "    means: [editable]",
        "    mean: [editable]",
        "mean:",
        'found "mean" in states.drafting, expected one of: '
        "label, means, exposure, final, standing, asks, due, reminders",
    ),
    "typo in an ask": (
        "asks: [{step: send, of: author}]",
        "asks: [{step: send, to: author}]",
        "asks: [{step: send",
        'found "to" in states.drafting.asks.0, expected one of: step, of, instead',
    ),
    "typo in a due date": (
        "due: {after: draft_on}",
        "due: {afterwards: draft_on}",
        "afterwards",
        'found "afterwards" in states.drafting.due, expected one of: after, working_days',
    ),
    "too many days of a reminder": (
        "days: [-2, 0]",
        "days: [-9, -8, -7, -6, -5, -4, -3, -2, 0]",
        "days: [-9",
        "states.drafting.reminders.0.days: found [-9, -8, -7, -6, -5, -4, -3, -2, 0], expected at most 8 of them",
    ),
    "a day too early": (
        "days: [-2, 0]",
        "days: [-61, 0]",
        "days: [-61",
        "states.drafting.reminders.0.days.0: found -61, expected -60 or more",
    ),
    "outcomes as a list": (
        "outcomes: {cleared: met, changes: blocks}",
        "outcomes: [cleared]",
        "outcomes: [cleared]",
        "sign_offs.clearance.outcomes: found ['cleared'], expected a map of names",
    ),
    "typo in a reminder": (
        "days: [1], to: boss",
        "days: [1], too: boss",
        "too:",
        'found "too" in states.drafting.reminders.1, expected one of: name, days, to',
    ),
    "typo in a sign-off": (
        "    excludes:",
        "    exclude:",
        "exclude:",
        'found "exclude" in sign_offs.clearance, expected one of: '
        "state, step, quorum, order, outcomes, when_complete, excludes",
    ),
    "version as text": ("version: 1", "version: one", "version", "version: found 'one', expected a whole number"),
    "version true": ("version: 1", "version: true", "version", "version: found True, expected a whole number"),
    "version zero": ("version: 1", "version: 0", "version", "version: found 0, expected 1 or more"),
    "name with a capital": (
        "name: paper\n",
        "name: Paper\n",
        "name: Paper",
        "name: found 'Paper', expected a name of small letters, digits and - (for example board-report)",
    ),
    "state with a space": (
        "  ready:\n",
        "  rea dy:\n",
        "rea dy",
        "states.rea dy: found 'rea dy', expected a name of small letters, digits and _ (for example papers_close)",
    ),
    "label without words": (
        "label: Drafting",
        "label: '   '",
        "'   '",
        "states.drafting.label: found '   ', expected words on one line",
    ),
    "label too long": (
        "label: Drafting",
        f"label: {'x' * 121}",
        "xxx",
        f"states.drafting.label: found '{'x' * 56}..., expected at most 120 characters",
    ),
    "label is a number": ("label: Drafting", "label: 5", "label: 5", "states.drafting.label: found 5, expected text"),
    "list expected": (
        "means: [editable]",
        "means: editable",
        "means:",
        "states.drafting.means: found 'editable', expected a list",
    ),
    "map expected": (
        "due: {after: draft_on}",
        "due: draft_on",
        "due: draft_on",
        "states.drafting.due: found 'draft_on', expected a map of keys",
    ),
    "yes is not true": (
        "agreed: {label: Agreed, final: true}",
        "agreed: {label: Agreed, final: 'yes'}",
        "'yes'",
        "states.agreed.final: found 'yes', expected true or false",
    ),
    "a day too far": (
        "days: [-2, 0]",
        "days: [-2, 300]",
        "300",
        "states.drafting.reminders.0.days.1: found 300, expected 260 or less",
    ),
    "no days": (
        "days: [-2, 0]",
        "days: []",
        "days: []",
        "states.drafting.reminders.0.days: found [], expected at least 1 of them",
    ),
    "unknown reason": (
        "reason: optional",
        "reason: maybe",
        "maybe",
        "steps.submit.reason: found 'maybe', expected 'none', 'optional' or 'required'",
    ),
    "rule without a number": (
        "guards: [has_text@1, has_sum@1]",
        "guards: [has_text, has_sum@1]",
        "guards:",
        "steps.send.guards.0: found 'has_text', expected a rule as name@number (for example papers_open@1)",
    ),
    "rule with a dot (trap 2)": (
        "effects: [record@1]",
        "effects: [os.system]",
        "os.system",
        "steps.sign.effects.0: found 'os.system', expected a rule as name@number (for example papers_open@1)",
    ),
    "event without a kind": (
        "event: paper.sent",
        "event: sent",
        "event: sent",
        "steps.send.event: found 'sent', expected an event as kind.what_happened (for example report.submitted)",
    ),
    "waker that is none": (
        "standing: heard_on",
        "standing: a.b.c",
        "a.b.c",
        "states.heard.standing: found 'a.b.c', "
        "expected what wakes it: kind.step or a timer (for example meeting.publish_agenda)",
    ),
    "target of no kind": (
        "    to: signing",
        "    to: 7",
        "to: 7",
        "steps.send.to: found 7, expected a state, previous, or a map of answers to states",
    ),
    "no targets": (
        "to: {yes_: agreed, no_: refused, later: ready}",
        "to: {}",
        "to: {}",
        "steps.conclude.to: found {}, expected at least 1 of them",
    ),
}
