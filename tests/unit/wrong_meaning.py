"""Definition files that read well and mean nothing: what they name is not there, or is not theirs to name.

Each is the sample with one thing changed: what is replaced, by what, a text that stands in the line to be named, and
the whole message.
"""

from __future__ import annotations

STATES = "drafting, signing, ready, paused, heard, agreed, refused, dropped"
ROLES = "author, officer, boss, chair"
STEPS = "send, sign, complete, submit, conclude, pause, resume, drop"

WRONG_MEANING = {
    "unknown initial": (
        "initial: drafting",
        "initial: draft",
        "initial",
        f'found initial "draft", expected one of: {STATES}',
    ),
    "final initial": (
        "initial: drafting",
        "initial: agreed",
        "initial",
        'found initial "agreed", which is final; expected a state that goes on',
    ),
    "role system": (
        "roles: [author, officer, boss, chair]",
        "roles: [author, officer, boss, chair, system]",
        "roles",
        'found role "system", which always exists; expected only roles that people hold',
    ),
    "role twice": (
        "roles: [author, officer, boss, chair]",
        "roles: [author, officer, boss, chair, author]",
        "roles",
        'found role "author" a second time, expected each once',
    ),
    "state called previous": (
        "  dropped: {label: Dropped, final: true}",
        "  dropped: {label: Dropped, final: true}\n  previous: {label: P, standing: x}",
        "label: P,",
        'found a state called "previous", which is a reserved word; expected another name',
    ),
    "final state that asks": (
        "dropped: {label: Dropped, final: true}",
        "dropped: {label: Dropped, final: true, due: {after: entered}}",
        "dropped: {",
        'found final state "dropped" with asks, due, reminders or standing, expected none',
    ),
    "standing and asking": (
        "heard: {label: Heard, standing: heard_on}",
        "heard: {label: Heard, standing: heard_on, asks: [{step: conclude, of: boss}]}",
        "heard: {",
        'found "heard" both standing and asking, expected one of the two',
    ),
    "reminders without due": (
        "    due: {after: draft_on}\n",
        "",
        "    reminders:",
        'found reminders in "drafting" without due, expected a date to count from',
    ),
    "reminder twice": (
        "name: draft_late",
        "name: draft_due",
        "days: [1], to: boss",
        'found reminder "draft_due" a second time, expected each once',
    ),
    "reminder day twice": (
        "days: [-2, 0]",
        "days: [-2, -2]",
        "-2, -2",
        'found day "-2" a second time, expected each once',
    ),
    "reminder to nobody": (
        "days: [1], to: boss",
        "days: [1], to: clerk",
        "to: clerk",
        f'found role "clerk", expected one of: {ROLES}',
    ),
    "meaning twice": (
        "means: [editable]",
        "means: [editable, editable]",
        "means",
        'found meaning "editable" a second time, expected each once',
    ),
    "ask for an unknown step": (
        "{step: send, of: author}",
        "{step: sent, of: author}",
        "{step: sent",
        f'found step "sent", expected one of: {STEPS}',
    ),
    "ask for a step from elsewhere": (
        "{step: submit, of: boss}",
        "{step: send, of: author}",
        "    asks: [{step: send, of: author}]\n    due: {after: entered}",
        'found "ready" asking for "send", which does not leave from it; expected one of: submit, pause',
    ),
    "ask of the wrong role": (
        "{step: send, of: author}",
        "{step: send, of: boss}",
        "of: boss}]\n    due: {after: draft_on}",
        'found "boss" asked for "send", expected a role that may do it: author',
    ),
    "ask of an unknown role": (
        "{step: send, of: author}",
        "{step: send, of: autor}",
        "autor",
        f'found role "autor", expected one of: {ROLES}',
    ),
    "ask twice": (
        "[{step: send, of: author}]",
        "[{step: send, of: author}, {step: send, of: author}]",
        "}, {step: send",
        'found ask for "send of author" a second time, expected each once',
    ),
    "asked instead, of the wrong role": (
        "{step: send, of: author}",
        "{step: send, of: author, instead: [{where: has_sum@1, step: send, of: boss}]}",
        "of: boss}]}]",
        'found "boss" asked for "send", expected a role that may do it: author',
    ),
    "unknown source (trap 10)": (
        "    from: [drafting]\n",
        "    from: [draftin]\n",
        "draftin]",
        f'found state "draftin", expected one of: {STATES}',
    ),
    "step out of a final state (trap 12)": (
        "from: [drafting, paused]",
        "from: [drafting, agreed]",
        "drafting, agreed",
        'found a step out of final state "agreed", expected none',
    ),
    "every state as source (trap 12)": (
        "from: [drafting, paused]",
        "from: ['*']",
        "'*'",
        "steps.drop.from.0: found '*', expected a name of small letters, digits and _ (for example papers_close)",
    ),
    "source twice (trap 10)": (
        "from: [drafting, paused]",
        "from: [drafting, drafting]",
        "drafting, drafting",
        'found state "drafting" a second time, expected each once',
    ),
    "unknown target": (
        "    to: signing\n",
        "    to: sining\n",
        "sining",
        f'found state "sining", expected previous or one of: {STATES}',
    ),
    "step by an unknown role": (
        "by: [boss]",
        "by: [bos]",
        "[bos]",
        f'found role "bos", expected system or one of: {ROLES}',
    ),
    "step by a role twice": (
        "by: [boss]",
        "by: [boss, boss]",
        "[boss, boss]",
        'found role "boss" a second time, expected each once',
    ),
    "guard twice": (
        "[has_text@1, has_sum@1]",
        "[has_text@1, has_text@1]",
        "has_text@1, has",
        'found guard "has_text@1" a second time, expected each once',
    ),
    "effect twice": (
        "effects: [record@1]",
        "effects: [record@1, record@1]",
        "record@1, ",
        'found effect "record@1" a second time, expected each once',
    ),
    "event of another kind": (
        "event: paper.sent",
        "event: letter.sent",
        "letter.sent",
        'found event "letter.sent", expected one that starts with "paper."',
    ),
    "several targets, no tally": (
        "    exclusive: outcome@1\n",
        "",
        "to: {yes_",
        "found several targets, expected exclusive to name the tally that picks one",
    ),
    "tally, one target": (
        "    to: heard\n",
        "    to: heard\n    exclusive: outcome@2\n",
        "outcome@2",
        "found exclusive, expected to with a target for each answer of the tally",
    ),
    "previous among several": (
        "later: ready",
        "later: previous",
        "later: previous",
        'found "previous" among several targets, expected states',
    ),
    "step that does nothing": (
        "    to: heard\n",
        "",
        "  submit:",
        'found step "submit", which neither moves nor does anything; expected to, effects or a sign-off',
    ),
    "sign-off in an unknown state": (
        "state: signing",
        "state: sining",
        "sining",
        f'found state "sining", expected one of: {STATES}',
    ),
    "two sign-offs in one state": (
        "steps:\n  send",
        "  more: {state: signing, step: sign, outcomes: {ok: met}, when_complete: complete}\nsteps:\n  send",
        "more:",
        'found a second sign-off in "signing", expected one for each state',
    ),
    "signing step from elsewhere": (
        "    step: sign\n",
        "    step: send\n",
        "    step: send\n",
        'found step "send", expected one that leaves from "signing"',
    ),
    "signing step that moves": (
        "    from: [signing]\n    by: [officer, chair]",
        "    from: [signing]\n    to: ready\n    by: [officer, chair]",
        "    step: sign\n",
        'found signing step "sign" that moves, expected one that stays',
    ),
    "completion by people": (
        "    to: ready\n    by: [system]",
        "    to: ready\n    by: [boss]",
        "when_complete",
        'found "complete" not by system, expected by: [system]',
    ),
    "completion that stays": (
        "    to: ready\n    by: [system]",
        "    effects: [tell@1]\n    by: [system]",
        "when_complete",
        'found "complete", which stays; expected a step that moves on',
    ),
    "completion past the signatures": (
        "    from: [signing]\n    to: ready",
        "    from: [signing, drafting]\n    to: ready",
        "when_complete",
        'found "complete" also leaving from "drafting", expected only from where signatures are asked',
    ),
    "unknown completion": (
        "when_complete: complete",
        "when_complete: completed",
        "when_complete",
        f'found step "completed", expected one of: {STEPS}',
    ),
    "no outcome counts": (
        "{cleared: met, changes: blocks}",
        "{changes: blocks}",
        "outcomes",
        'found no outcome that counts as "met", expected at least one',
    ),
    "outcome of no kind": (
        "{cleared: met, changes: blocks}",
        "{cleared: fine}",
        "fine",
        "sign_offs.clearance.outcomes.cleared: found 'fine', expected 'met' or 'blocks'",
    ),
    "bar for an unknown role": (
        "excludes: [author]",
        "excludes: [writer]",
        "writer",
        f'found role "writer", expected one of: {ROLES}',
    ),
    "bar twice": (
        "excludes: [author]",
        "excludes: [author, chair, chair]",
        "excludes",
        'found role "chair" a second time, expected each once',
    ),
    "quorum that cannot be read": (
        "2 of officer, or the chair",
        "two officers",
        "two officers",
        'found "two officers", expected "all asked", "N of ROLE" or "the ROLE"',
    ),
    "quorum of nobody": (
        "2 of officer, or the chair",
        "0 of officer",
        "0 of officer",
        'found "0 of officer", expected a number from 1 to 99',
    ),
    "quorum of an unknown role": (
        "2 of officer, or the chair",
        "2 of finance",
        "2 of finance",
        f'found role "finance" in the quorum, expected one of: {ROLES}',
    ),
}
