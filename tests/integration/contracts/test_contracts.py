"""The register of contracts: recording, changing, dates and exceptions, who sees it, the import, its pages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openpyxl import Workbook
from sqlalchemy import func, select

from commissioning.casework.errors import Forbidden, Invalid, Stale
from commissioning.contracts.commands import ContractInput, create_contract, edit_contract
from commissioning.contracts.import_commands import import_contracts_command
from commissioning.contracts.importing import check_contracts, import_contracts
from commissioning.contracts.queries import Filters, Row, count_exceptions, get_contract, list_contracts, list_dates
from commissioning.contracts.standing import Counter
from commissioning.db import make_engine
from commissioning.models.cases import Case, Occurrence, Task
from commissioning.models.contracts import Contract
from commissioning.models.cycles import CycleOutput
from commissioning.models.people import Post
from commissioning.money.handing import hand_sheet, import_handed
from commissioning.money.import_commands import Installation
from commissioning.money.imports import BadImport, Upload
from commissioning.money.sheet_kinds import SHEETS, Given
from commissioning.notices.commands import publish_notice, withdraw_notice
from tests.support.cycles import Shire, make_shire
from tests.support.pages import Site, send_file, site_of, two_windows

STARTS, ENDS = date(2024, 10, 1), date(2027, 9, 30)
REGISTER = """Contracts of the council,,,,,,,,
Contract no,Contract title,Supplier,Start date,End date,Annual value (£),Extensions,Extension months,Contract manager
C-1,Short breaks,Sunny Days Ltd,01/10/2024,30/09/2027,"1,250,000.50",2,12,lena@example.org
C-2,School meals,Green Plate CIC,2025-04-01,31 March 2030,,,,Commissioning Team
"""


@pytest.fixture
def site(engine_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The service over the council that commissions; it is 1 October 2026."""
    engine = make_engine(engine_url)
    shire = make_shire(engine)
    shire.write(lambda s: setattr(s.get_one(Post, shire.posts["legal"]), "speciality", "legal"))
    with site_of(shire, engine_url, monkeypatch) as made:
        yield made
    engine.dispose()


SAID = dict.fromkeys(
    ("matter", "decision_maker", "decided_when", "documents", "address", "other_documents", "how_to_ask"),
    "Short breaks",
)
"""What the notice of a key decision says."""


def shire_of(site: Site) -> Shire:
    assert isinstance(site.council, Shire)
    return site.council


def given(shire: Shire, number: str = "C-1", **more: Any) -> ContractInput:
    values: dict[str, Any] = {
        "title": "Short breaks", "starts_on": STARTS, "ends_on": ENDS, "provider_name": "Sunny Days Ltd",
        "manager_id": shire.people["olaf"], "notice": 6, "value_pence": 375_000_000, "extensions_left": 1,
        "extension_months": 12,
    }  # fmt: skip
    return ContractInput(number, **(values | more))


def row_of(shire: Shire, who: str, contract: int) -> Row:
    found: Row = shire.read(lambda s: get_contract(s, shire.actor(who, s), contract, shire.now))
    return found


def numbers(shire: Shire, who: str, show: str = "open", whose: str = "", words: str = "") -> list[str]:
    filters = Filters(show, whose, words)
    rows, total = shire.read(lambda s: list_contracts(s, shire.actor(who, s), shire.now, filters))
    assert total == len(rows)
    return [r.contract.number for r in rows]


def test_a_contract_from_its_record_to_its_end(site: Site) -> None:
    """Recorded, refused in words, changed, counted with its cycle's board, red, extended, let end, closed."""
    shire = shire_of(site)
    with pytest.raises(Forbidden):
        shire.run("lena", create_contract, given(shire))
    bad = given(shire, "", ends_on=date(2024, 1, 1), extension_months=0, provider_name="", manager_id=None)
    with pytest.raises(Invalid) as refused:
        shire.run("carla", create_contract, bad)
    assert set(refused.value.errors) == {"number", "ends_on", "extension_months", "provider_name", "manager_id"}
    made = shire.run("carla", create_contract, given(shire), key="k" * 20)
    assert shire.run("carla", create_contract, given(shire), key="k" * 20) == made
    with pytest.raises(Invalid, match="There is a contract C-1 already"):
        shire.run("carla", create_contract, given(shire))
    with pytest.raises(Invalid, match="Select a cycle"):
        shire.run("olaf", edit_contract, made, given(shire, cycle_id=shire.cycle()))  # a cycle that he may not see

    board = shire.body("Cabinet")
    cycle = shire.cycle(board_id=board)
    shire.run("carla", edit_contract, made, given(shire, cycle_id=cycle), seen=1)
    with pytest.raises(Stale):
        shire.run("olaf", edit_contract, made, given(shire, title="Breaks"), seen=1)
    asked = shire.read(lambda s: s.scalars(select(Task).where(Task.case_id == made)).one())
    assert (asked.person_id, asked.due_on) == (shire.people["olaf"], date(2027, 3, 31))
    planned = select(func.count()).select_from(Occurrence).where(Occurrence.case_id == made)
    assert shire.read(lambda s: s.execute(planned).scalar_one()) >= 4

    row = row_of(shire, "lena", made)
    assert {s.code: s.on for s in row.standing.plan.steps}["notice"] == date(2027, 2, 3)
    assert (row.standing.light, row.standing.decide_on) == ("green", date(2027, 3, 31))
    meeting = shire.meeting(board, date(2027, 2, 24))
    assert meeting
    assert row_of(shire, "lena", made).standing.plan.meeting_on == date(2027, 2, 24)
    _noticed(shire, made, cycle, meeting)
    dates = shire.read(lambda s: list_dates(s, shire.actor("lena", s), shire.now))
    assert [(d.code, d.on) for d in dates][:3] == [
        ("notice", date(2027, 1, 26)), ("papers_close", date(2027, 2, 15)), ("gate", date(2027, 2, 24)),
    ]  # fmt: skip
    assert [d.code for d in dates][-2:] == ["mobilisation", "end"]

    shire.at(date(2027, 2, 4))
    red = row_of(shire, "lena", made)
    assert red.standing.light == "red"
    routes = shire.read(lambda s: Counter(s, shire.now).routes(red.contract, None))
    assert [(r.code, r.ends_on) for r in routes] == [("extension", date(2028, 9, 30))]
    shire.step("olaf", made, "replace", reason="Families need it")
    shire.step("olaf", made, "use_extension", reason="The tender comes too late")
    extended = shire.read(lambda s: s.get_one(Contract, made))
    assert (extended.ends_on, extended.extensions_left) == (date(2028, 9, 30), 0)
    assert shire.read(lambda s: s.get_one(Case, made).due_on) == date(2028, 3, 31)
    assert row_of(shire, "olaf", made).standing.light == "far"  # bank holidays are not known so far ahead
    shire.step("olaf", made, "let_end", reason="Nobody uses it")
    assert row_of(shire, "olaf", made).standing.light == "ending"
    shire.step("carla", made, "close", reason="It has ended")
    assert numbers(shire, "carla") == []
    assert numbers(shire, "carla", "closed") == ["C-1"]
    assert shire.events(made) == [
        *("contract.created", "contract.edited", "contract.to_be_replaced", "contract.extended"),
        *("contract.to_end", "contract.closed"),
    ]


def _noticed(shire: Shire, contract: int, cycle: int, meeting: int) -> None:
    """That notice is published follows from the notice of the paper at the cycle's gate, until it is withdrawn."""
    gate = {"about_id": cycle, "about_step": "approve_plan"}
    reports = [shire.report(meeting, [about], is_key_decision=True, key_reason="Costs") for about in ({}, gate)]

    def done() -> list[str]:
        return [s.code for s in row_of(shire, "lena", contract).standing.plan.steps if s.is_done]

    shire.run("clerk", publish_notice, reports[0], "key_decision", SAID)
    assert done() == []  # a paper about something else
    notice = shire.run("clerk", publish_notice, reports[1], "key_decision", SAID)
    assert done() == ["notice"]
    shire.run("clerk", withdraw_notice, notice, "A wrong date")
    assert done() == []


def test_exceptions_colours_and_who_sees_them(site: Site) -> None:
    """Ends within 18 months without an open cycle: shown and counted for those alone who may see contracts."""
    shire = shire_of(site)
    cycle = shire.cycle()
    for number, more in {
        "none": {},
        "far": {"ends_on": date(2028, 4, 2)},
        "edge": {"ends_on": date(2028, 4, 1)},
        "followed": {"cycle_id": cycle},
        "late": {"ends_on": date(2027, 3, 31), "cycle_id": cycle, "extensions_left": 0},
        "over": {"ends_on": date(2026, 9, 30), "cycle_id": cycle},
    }.items():
        shire.run("carla", create_contract, given(shire, number, **more))
    assert numbers(shire, "carla", "no_cycle") == ["none", "edge"]
    assert numbers(shire, "carla", "red") == ["late"]
    assert numbers(shire, "carla", "undecided") == ["over", "late"]
    assert numbers(shire, "carla", "over") == ["over"]
    assert numbers(shire, "lena", whose="mine") == ["over", "late", "followed"]
    assert numbers(shire, "olaf", words="sunny far") == ["far"]
    _brought_by_an_output(shire, cycle)
    shire.step("carla", cycle, "abandon", reason="Nothing follows")
    assert numbers(shire, "carla", "no_cycle") == ["late", "none", "followed", "edge"]
    assert "4 exceptions" in site.visitor("carla").get("/").text
    for who in ("director", "carla", "lawyer"):
        assert shire.read(lambda s, w=who: count_exceptions(s, shire.actor(w, s), shire.now)) == 4
    for who in ("ann", "clerk", "chair", "author", "stranger", "admin"):  # members of the cycle's board among them
        assert numbers(shire, who, "") == []
        assert shire.read(lambda s, w=who: count_exceptions(s, shire.actor(w, s), shire.now)) == 0
    lawyer = shire.read(lambda s: list_contracts(s, shire.actor("lawyer", s), shire.now, Filters("open")))[0]
    followed = next(r for r in lawyer if r.contract.number == "followed")
    assert followed.cycle is None  # a cycle that legal may not see has no name for them
    assert "Short breaks" in site.visitor("carla").get(f"/cycles/{cycle}").text
    page = site.visitor("stranger").get(f"/contracts/{followed.case.id}")
    assert page.status == 404
    assert "exception" not in site.visitor("stranger").get("/").text


def _brought_by_an_output(shire: Shire, cycle: int) -> None:
    """How far what follows has come is what the cycle has done, not only what was typed; waived is not done."""
    contract = shire.read(lambda s: s.scalars(select(Contract.case_id).where(Contract.number == "late")).one())

    def done() -> list[str]:
        return [s.code for s in row_of(shire, "carla", contract).standing.plan.steps if s.is_done]

    shire.step("lena", cycle, "start_assess")
    output = shire.outputs(cycle, "assess")[0][1].id
    shire.write(lambda s: setattr(s.get_one(CycleOutput, output), "brings", "award"))
    assert done() == []
    shire.step("lena", output, "waive", reason="Not needed")
    assert done() == []
    shire.step("lena", output, "reopen", reason="Needed after all")
    shire.step("lena", output, "provide", fields={"evidence": "The letter of award"})
    assert done() == ["gate", "tender", "award"]
    shire.step("lena", output, "reopen", reason="It was challenged")
    assert done() == []


def test_the_councils_register_is_imported_whole_or_not_at_all(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shire, carla = shire_of(site), site.visitor("carla")
    broken = REGISTER.replace("30/09/2027", "30/13/2027").replace("Commissioning Team", "Somebody Else")
    broken += "C-1,Twice,Sunny Days Ltd,01/10/2024,30/09/2023,-5,=1+1,12,Lena\n"
    page = send_file(carla, "/contracts/import", broken)
    assert page.status == 422
    for said in ("5 problems", "E (End date)", "“30/13/2027” is not a day", "Nobody, and no post, is called",
                 "Value must be between", "The last day must be on or after"):  # fmt: skip
        assert said in page.text
    with pytest.raises(BadImport):
        shire.run("carla", import_contracts, Upload("c.csv", broken.encode()))
    assert numbers(shire, "carla", "") == []
    assert site.visitor("lena").get("/contracts/import").status == 404
    with pytest.raises(Forbidden):
        shire.run("lena", import_contracts, Upload("c.csv", REGISTER.encode()))

    looked = send_file(carla, "/contracts/import", REGISTER)
    assert "C-1 Short breaks: ends 30 September 2027" in looked.text
    assert numbers(shire, "carla", "") == []
    done = carla.send(looked, "/contracts/import/confirm", looked.form("content"))
    assert "2 new" in carla.get(done.location).text
    with monkeypatch.context() as patch:
        patch.setitem(SHEETS, "contracts", replace(SHEETS["contracts"], large=20))
        looked = send_file(carla, "/contracts/import", REGISTER.replace("Short breaks", "Short stays"))
        handed = carla.send(looked, "/contracts/import/confirm", looked.form("content"))
    assert handed.location == "/contracts/import"
    assert "Waits" in carla.get("/contracts/import").text
    with pytest.raises(Forbidden):
        shire.run("lena", hand_sheet, "contracts", Given(None, Upload("c.csv", REGISTER.encode())))
    assert import_handed(shire.engine, shire.now) == 1
    assert "Imported: 0 new, 1 changed, 1 as before." in carla.get("/contracts/import").text
    shire.run("carla", import_contracts, Upload("c.csv", REGISTER.encode()))
    first = shire.read(lambda s: s.scalars(select(Contract).where(Contract.number == "C-1")).one())
    assert (first.yearly_pence, first.extensions_left, first.provider_name) == (125_000_050, 2, "Sunny Days Ltd")
    before = shire.events(first.case_id)

    again = Upload("the same.xlsx", in_excel(REGISTER))
    same = shire.run("carla", import_contracts, again)
    assert (same.new, same.changed, same.same, shire.events(first.case_id)) == ([], [], 2, before)
    changed = REGISTER.replace("30/09/2027", "31/12/2027").replace("Green Plate CIC", "Short Stay Ltd")
    found = shire.read(
        lambda s: check_contracts(s, shire.actor("carla", s), Upload("c.csv", changed.encode()), shire.now.date())
    )
    assert found.changed == [
        "C-1 Short breaks: end 30 September 2027 becomes 31 December 2027",
        "C-2 School meals: provider “Green Plate CIC” becomes “Short Stay Ltd”",
    ]
    file = tmp_path / "contracts.csv"
    file.write_text(changed)
    command = import_contracts_command(lambda: Installation(shire.engine, shire.now))
    tried = CliRunner().invoke(command, [str(file), "--as", "carla@example.org", "--dry-run"])
    assert "0 contracts would be new, 2 changed" in tried.output
    assert CliRunner().invoke(command, [str(file), "--as", "lena@example.org"]).exit_code == 1
    assert CliRunner().invoke(command, [str(file), "--as", "carla@example.org"]).exit_code == 0
    assert shire.read(lambda s: s.get_one(Contract, first.case_id).ends_on) == date(2027, 12, 31)
    assert shire.events(first.case_id) == [*before, "contract.edited"]


def test_the_pages_record_change_and_show_a_contract(site: Site) -> None:
    shire, carla = shire_of(site), site.visitor("carla")
    typed: dict[str, Any] = {
        "title": "Short breaks", "provider_name": "Sunny Days Ltd", "manager_id": f"post:{shire.posts['team']}",
        "starts_on": STARTS, "ends_on": ENDS, "yearly_pence": "1,250,000", "extensions_left": "1",
        "extension_months": "6", "notice": "60", "notice_in": "working_days", "reached": "nothing",
    }  # fmt: skip
    refused = carla.fill("/contracts/new", number="C-9", **(typed | {"extension_months": ""}))
    assert refused.status == 422
    assert "Enter how many months each extension is" in refused.text
    made = carla.send(refused, "/contracts/new", refused.form("number"), extension_months="6")
    assert made.status == 303
    page = carla.get(made.location)
    for said in ("Sunny Days Ltd", "Commissioning Team", "£1,250,000", "1 of 6 months", "no open cycle commissions",
                 "The tender goes out", "26 March (Good Friday)", "Legal"):  # fmt: skip
        assert said in page.text
    edit = f"{made.location}/edit"
    first, second = carla.get(edit), carla.get(edit)
    assert carla.send(first, edit, first.form("number"), decide_on=date(2027, 5, 3)).status == 303
    clash = carla.send(second, edit, second.form("number"), title="Something else")
    assert clash.status == 409
    assert "“3 May 2027” is what is saved now" in clash.text
    clash = two_windows(carla, edit, {"value_pence": "999", "reached": "tender"}, yearly_pence="1,000,000")
    for said in ("Value of the whole term: “£999” is what is saved now", "“£1,250,000” is what is saved now",
                 "“The tender is out” is what is saved now"):  # fmt: skip
        assert said in clash.text
    assert "“Short breaks” is what" not in clash.text, "what is the same is not said"
    assert carla.send(clash, edit, clash.form("number"), value_pence="999").status == 303
    assert "as the contract says" in carla.get(made.location).text
    shire.at(date(2027, 6, 1))
    carla = site.visitor("carla")
    late = carla.get(made.location).text
    assert "It can no longer be made the ordinary way" in late
    assert "Use 1 extension" in late
    assert "only if the provider agrees" in late
    listed = carla.get("/contracts")
    assert "Red: too late the ordinary way" in listed.text
    assert "1 contract ends within 18 months" in listed.text
    assert "C-9" in carla.get("/contracts.csv?show=red").html
    assert "C-9" not in site.visitor("lena").get("/contracts.csv?show=").html
    assert site.visitor("lena").get(edit).status == 404


def in_excel(text: str) -> bytes:
    """The same cells as a workbook, days as days."""
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for line in text.splitlines()[1:]:
        sheet.append([c.strip('"') for c in line.replace("1,250,000.50", "1250000.50").split(",")])
    sheet["D2"], sheet["E2"] = STARTS, ENDS
    book.save(out)
    return out.getvalue()
