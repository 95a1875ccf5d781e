"""What is hashed of an event is canonical JSON with every member that the verifier reads, whatever the values."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from commissioning.actors import Actor, Identity, system_actor
from commissioning.audit import body_mac, canonical, seal, sha256

TEXT = st.text(max_size=20)
NUMBER = st.integers(0, 2**53)
MEMBERS = {
    *("actor_id", "at", "body_mac", "case_id", "chain", "for_id", "from_state", "hashes", "name", "previous"),
    *("request_key", "seq", "step", "system", "to_state", "v", "version"),
}


@given(
    chain=TEXT,
    seq=NUMBER,
    name=TEXT,
    person=st.none() | NUMBER,
    acting_for=st.none() | NUMBER,
    case_id=st.none() | NUMBER,
    version=st.none() | NUMBER,
    words=st.tuples(*[st.none() | TEXT] * 4),
    hashes=st.none() | st.dictionaries(TEXT, TEXT, max_size=3),
    at=st.datetimes(timezones=st.just(UTC)),
)
def test_the_chained_text_is_canonical(
    chain: str,
    seq: int,
    name: str,
    person: int | None,
    acting_for: int | None,
    case_id: int | None,
    version: int | None,
    words: tuple[str | None, ...],
    hashes: dict[str, str] | None,
    at: datetime,
) -> None:
    """One way to write each value: reading the text and writing it canonically gives the same bytes."""
    actor = system_actor(name) if person is None else Actor(Identity(person, name))
    step, before, after, key = words
    row = seal(
        chain, seq, "ab" * 32, name=name, at=at, actor=actor, acting_for=acting_for,
        case_id=case_id, step=step, from_state=before, to_state=after, version=version, request_key=key, hashes=hashes,
        body={"reason": name},
    )  # fmt: skip
    said = json.loads(row["chained"])
    assert canonical(said) == row["chained"]
    assert said.keys() == MEMBERS
    assert (said["chain"], said["seq"], said["step"], said["hashes"]) == (chain, seq, step, hashes or {})
    assert (said["actor_id"], said["system"]) == (person, name if person is None else None)
    assert said["body_mac"] == body_mac(row["salt"], row["body"])
    assert row["hash"] == sha256(row["chained"])
