"""Comments of an advisory body outside the service: asked for, recorded, taken along (BR-42)."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from commissioning.auditing.queries import count_from_elsewhere
from commissioning.casework.errors import Forbidden, Invalid, NotNow
from commissioning.db import in_transaction
from commissioning.models.bodies import Body
from commissioning.models.cases import Case, Message
from commissioning.models.outside import OutsideComment
from commissioning.models.reports import ReportEdition
from commissioning.public.rules import public_content
from commissioning.reports.covers import read_parts
from commissioning.reports.edition import edition
from commissioning.reports.outside import Said, ask_outside, record_outside
from commissioning.reports.reminding import list_ahead, remind_of_outside
from tests.integration.reports.test_pages import hidden, sign_in
from tests.integration.reports.world import Papers

SignIn = Callable[[str], FlaskClient]
__all__ = ["sign_in"]
DUE = date(2026, 10, 20)


def told(papers: Papers, about: str) -> set[str]:
    """Names of those who were told."""
    names = {person: name for name, person in papers.council.people.items()}
    query = select(Message.person_id).where(Message.about == about)
    return {names[p] for p in papers.council.read(lambda s: s.scalars(query).all())}


def test_a_body_outside_is_asked_and_its_word_goes_with_the_paper(
    papers: Papers,
    sign_in: SignIn,
) -> None:
    council, report = papers.council, papers.draft()
    for given, field in ((("", "", DUE), "body"), (("Forum", "", date(2026, 1, 2)), "due_on")):
        with pytest.raises(Invalid) as wrong:
            council.run("author", ask_outside, report, *given)
        assert list(wrong.value.errors) == [field]
    with pytest.raises(Forbidden):
        council.run("lena", ask_outside, report, "Forum", "", DUE)
    author, clerk = sign_in("author"), sign_in("clerk")
    form = {"body": "Schools Forum", "question": "Is it fair?", "due_on-day": "20", "due_on-month": "10"}
    ask = f"/reports/{report}/outside"
    blank = author.post(ask, data=hidden(author, ask) | form)
    assert (blank.status_code, "Is it fair?" in blank.get_data(as_text=True)) == (422, True)
    assert author.post(ask, data=hidden(author, ask) | form | {"due_on-year": "2026"}).status_code == 303
    assert told(papers, "asked_outside") == {"clerk"}
    with pytest.raises(Invalid, match="is asked already, and has not answered"):
        council.run("author", ask_outside, report, "schools  forum", "", DUE)

    one = council.read(lambda s: s.scalars(select(OutsideComment)).one())
    path = f"{ask}/{one.id}"
    assert "Record what it said" in clerk.get(f"/reports/{report}").get_data(as_text=True)
    assert "Record what it said" not in author.get(f"/reports/{report}").get_data(as_text=True)
    said = {"answer": "commented", "text": "Fair to small schools", "said_by": "Its chair", "secrecy": "open"}
    said |= {"said_on-day": "1", "said_on-month": "10", "said_on-year": "2026"}

    def send(name: str) -> int:
        file = {"file": (io.BytesIO(b"From the Forum"), name)}
        return clerk.post(path, data=hidden(clerk, path) | said | file).status_code

    assert send("letter.exe") == 422
    assert send("letter.txt") == 303
    assert told(papers, "said_outside") == {"author", "sponsor"}
    assert clerk.get(f"{path}/file").data == b"From the Forum"
    assert sign_in("olga").get(f"{path}/file").status_code == 404
    with pytest.raises(NotNow, match="is recorded already"):
        council.run("clerk", record_outside, report, one.id, Said("no_comment", "", "X", date(2026, 10, 1)))
    page = author.get(f"/reports/{report}/preview").get_data(as_text=True)
    assert "Schools Forum" in page
    assert "Its chair" in page
    papers.council.step("author", report, "request_clearance")
    papers.sign("lena", "legal")
    papers.sign("fin", "finance")
    council.step("sponsor", report, "submit")
    frozen = council.read(lambda s: s.scalars(select(ReportEdition.content)).one())
    assert [(h["body"], h["comments"]) for h in json.loads(frozen)["heard"]] == [
        ("Schools Forum", "Fair to small schools")
    ], "it travels with the edition"


def test_who_was_asked_outside_and_does_not_answer_is_waited_for_by_dated_reminders(papers: Papers) -> None:
    """BR-46: the clerk two working days before and on the day, the author too two after it; then no more; foreseen."""
    council, report = papers.council, papers.draft()
    one = council.run("author", ask_outside, report, "Schools Forum", "", DUE)

    def foreseen() -> list[date]:
        return council.read(lambda s: [f.on for f in list_ahead(s, council.now, date(2026, 12, 1))])

    def reminded() -> list[str]:
        in_transaction(council.engine, remind_of_outside, council.now)
        rows = council.read(
            lambda s: s.scalars(
                select(Message.person_id).where(Message.about == "outside_due", Message.channel == "in_app")
            ).all()
        )
        names = {person: name for name, person in council.people.items()}
        return sorted(names[p] for p in rows)

    assert foreseen() == [date(2026, 10, 16), DUE, date(2026, 10, 22)]
    for day, whom in ((15, []), (16, ["clerk"]), (19, ["clerk"]), (20, ["clerk"] * 2), (21, ["clerk"] * 2)):
        council.at(date(2026, 10, day), 12)
        assert (reminded(), reminded()) == (whom, whom), day
    council.at(date(2026, 10, 23), 12)
    assert foreseen() == [date(2026, 10, 23)]
    assert reminded() == ["author", "clerk", "clerk", "clerk"]
    other = council.run("author", ask_outside, report, "Governors", "", date(2026, 10, 27))
    council.run("clerk", record_outside, report, one, Said("no_comment", "", "Its chair", date(2026, 10, 23)))
    council.run("clerk", record_outside, report, other, Said("given_up", "It does not meet"))
    council.at(date(2026, 10, 30), 12)
    assert (foreseen(), len(reminded())) == ([], 4)
    assert council.read(count_from_elsewhere).comments == 1, "their word, written down here"


def test_what_is_said_outside_stays_inside_and_as_secret_as_it_is(papers: Papers) -> None:
    """Not in the public edition, and an exempt comment not for who may not read the secret parts."""
    council, report = papers.council, papers.draft()
    body = council.read(lambda s: s.get_one(Body, papers.body)).name
    with pytest.raises(Invalid, match="is on the report’s way within this service"):
        council.run("author", ask_outside, report, body, "", DUE)
    one = council.run("author", ask_outside, report, "Schools Forum", "", DUE)
    council.write(lambda s: s.execute(update(Body).values(allows_elsewhere=False)))
    said = Said("commented", "Canary", "Its chair", date(2026, 10, 1), "exempt")
    with pytest.raises(NotNow, match="does not accept what is recorded from elsewhere"):
        council.run("clerk", record_outside, report, one, said)
    with pytest.raises(Invalid) as why:
        council.run("clerk", record_outside, report, one, Said("given_up"))
    assert list(why.value.errors) == ["text"]
    council.write(lambda s: s.execute(update(Body).values(allows_elsewhere=True)))
    council.run("clerk", record_outside, report, one, said)
    council.body("Scrutiny", "committee")  # one of ours has the same name, and meets in public
    other = council.run("author", ask_outside, report, "Scrutiny", "", DUE)
    council.run("clerk", record_outside, report, other, Said("commented", "Heron", "Its chair", date(2026, 10, 1)))

    def papers_of(session: Session) -> tuple[str, str]:
        case = session.get_one(Case, report)
        return str(edition(session, read_parts(session, report), case)), str(public_content(session, case))

    whole, public = council.read(papers_of)
    assert "Canary" in whole
    assert "Canary" not in public
    assert "Heron" in whole
    assert "Heron" not in public
    assert "Scrutiny" not in public
    assert "Schools Forum" not in public
