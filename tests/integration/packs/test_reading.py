"""The members' reading view: what is asked, one's own place and notes, what is new, one tap for each thing to say."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, text, update

from commissioning.models.bodies import Attendance, Interest
from commissioning.models.cases import Event, Message
from commissioning.models.packs import MemberQuestion, ReadingNote
from commissioning.models.reports import Section
from tests.integration.packs.conftest import Papers
from tests.support.pages import site_of


def test_a_member_reads_keeps_place_and_notes_and_sees_what_is_new(
    papers: Papers, engine_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """product.md, "Reading view"."""
    council, path = papers.council, f"/meetings/{papers.meeting}/read"
    item, other = council.items(papers.meeting)
    with site_of(council, engine_url, monkeypatch) as site:
        ann, bob, stranger = site.visitor("ann"), site.visitor("bob"), site.visitor("stranger")
        page = ann.get(path)
        assert "What the meeting is asked to decide" in page.text
        assert "5. Short breaks Not read yet about 1 page" in page.text
        assert "£1,250,000" in page.text
        assert "7. CANARYTITLE lease" in page.text
        assert "CANARY" not in stranger.get(path).html, "what is secret is nobody else's"
        assert "7. Lease of a building" in stranger.get(path).text
        assert stranger.get(f"{path}/{other}").status == 404
        assert "CANARY" not in stranger.get(f"{path}/{item}").html
        assert "CANARYTERMS" in ann.get(f"{path}/{item}").text
        assert "CANARY" not in stranger.get(f"{path}/print?item={item}&item={other}&size=large").html

        # A note is its writer's alone: no other page, record, message or answer of the API has it.
        assert ann.fill(f"{path}/{item}/notes/1.1", text="CANARYTHOUGHT").status == 303
        assert "Your note: CANARYTHOUGHT" in ann.get(f"{path}/{item}").text.replace(" :", ":")
        for who in (bob, site.visitor("clerk"), site.visitor("admin"), site.visitor("director")):
            for there in (path, f"{path}/{item}", f"{path}/{item}/notes/1.1", f"/meetings/{papers.meeting}"):
                assert "CANARYTHOUGHT" not in who.get(there).html
        kept = council.read(lambda s: [r[0] for r in s.execute(select(Event.body))])
        kept += council.read(lambda s: [r[0] for r in s.execute(select(Event.chained))])
        kept += council.read(lambda s: [f"{r[0]} {r[1]}" for r in s.execute(select(Message.subject, Message.text))])
        assert not [k for k in kept if k and "CANARYTHOUGHT" in k]

        # Reading on: the place is kept, and a new edition shows a bar beside what is new and keeps the note.
        page = ann.get(f"{path}/{item}")
        assert ann.send(page, "", page.form("read")).location.endswith(f"/read/{other}")
        page = ann.get(f"{path}/{other}")
        assert ann.send(page, "", page.form("anchor")).status == 303
        assert f"/read/{other}#section-1" in ann.get(path).html, "it opens where the reader stopped"
        council.write(
            lambda s: s.execute(
                update(Section)
                .where(Section.key == "purpose", Section.report_id == papers.plain)
                .values(text="A first paragraph that came later.\nTo decide what follows.")
            )
        )
        papers.freeze(papers.plain)
        assert "Since you last read: 5 changed" in ann.get(path).text
        page = ann.get(f"{path}/{item}")
        assert page.html.count("app-paper__paragraph--new") == 1
        assert page.html.index("New since you read it") < page.html.index("A first paragraph that came later")
        assert page.html.index("To decide what follows") < page.html.index("CANARYTHOUGHT"), (
            "the note stays with its words"
        )
        assert "app-paper__paragraph--new" not in bob.get(f"{path}/{item}").html
        assert ann.fill(f"{path}/{item}/notes/1.2", text="").status == 303
        assert council.read(lambda s: s.scalars(select(ReadingNote)).all()) == []

        # One short form each.
        assert bob.fill(f"{path}/apologies", substitute="Cllr Dee").status == 303
        row = council.read(lambda s: s.scalars(select(Attendance)).one())
        assert (row.person_id, row.status, row.substitute) == (council.people["bob"], "apologies", "Cllr Dee")
        assert stranger.get(f"{path}/apologies").status == 404
        assert ann.fill(f"{path}/{item}/question", question=" ").status == 422
        assert ann.fill(f"{path}/{item}/question", question="CANARYQUESTION?").status == 303
        assert "CANARYQUESTION" not in bob.get(f"{path}/{item}").html
        asked = council.read(lambda s: s.scalars(select(MemberQuestion)).one())
        author = site.visitor("author")
        assert "CANARYQUESTION" in author.get(f"{path}/{item}").text
        assert author.fill(f"{path}/{item}/questions/{asked.id}", answer="By May.").status == 303
        assert ann.get(f"{path}/{item}/questions/{asked.id}").status == 404, "who asked does not answer"
        assert "By May." in ann.get(f"{path}/{item}").text
        told = council.read(lambda s: [f"{m.subject} {m.text}" for m in s.scalars(select(Message))])
        assert any("item 5" in t for t in told)
        assert not [t for t in told if "CANARY" in t], "no message has its words"
        assert ann.fill(f"{path}/{item}/interest", nature="I own a share").status == 303
        assert council.read(lambda s: s.scalars(select(Interest.person_id)).one()) == council.people["ann"]
        assert "CANARYTERMS" not in ann.get(f"{path}/{item}").html, "and with it goes the secret part of that item"
        assert "CANARYTITLE" in ann.get(path).text
        secret_read = council.read(
            lambda s: s.scalars(select(Event.body).where(Event.name == "report.secret_read")).all()
        )
        assert secret_read
        assert all("CANARY" not in json.dumps(r) for r in secret_read)
        assert council.read(lambda s: s.execute(text("SELECT count(*) FROM reading_places")).scalar()) == 1
