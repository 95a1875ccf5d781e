"""Options weighed for a cycle and taken into its paper (BR-43, BR-48, LG-12; product.md, 2, Plan)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from commissioning.actors import system_actor
from commissioning.appraisals.commands import OptionInput, give_as_evidence, remove_option, save_option
from commissioning.appraisals.queries import list_options
from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Stale
from commissioning.cycles.commands import link_case, name_owner
from commissioning.db import make_engine
from commissioning.models.reports import Section
from commissioning.models.weighing import Option
from commissioning.reports.commands import create_report
from tests.support.cycles import Shire, make_shire
from tests.support.databases import FreshDatabase
from tests.support.pages import site_of, two_windows

STAY = OptionInput("status_quo", "Go on as now", "One provider.", risk="high", risk_words="Waiting times go on growing",
                   verdict="rejected", verdict_reason="Families wait too long")  # fmt: skip
BUY = OptionInput("buy", "Tender it", "A framework of providers.", -4_000_000, cost_reason="Prices of two neighbours",
                  risk="medium", verdict="preferred", verdict_reason="Cheaper, and sooner")  # fmt: skip


def wrong(shire: Shire, cycle: int, new: OptionInput, option: int | None = None) -> dict[str, str]:
    with pytest.raises(Invalid) as found:
        shire.run("lena", save_option, cycle, option, new)
    return found.value.errors


def rows(shire: Shire, cycle: int) -> list[Option]:
    found: list[Option] = shire.read(lambda s: list_options(s, cycle))
    return found


def with_(given: OptionInput, **other: Any) -> OptionInput:
    return OptionInput(**vars(given) | other)


def test_lg_12_an_appraisal_counts_once_one_option_is_preferred_beside_the_status_quo(shire: Shire) -> None:
    cycle = shire.cycle()
    shire.reach(cycle, "plan")
    output = next(c.id for o, c in shire.outputs(cycle, "plan") if o.title == "Options appraisal")
    shire.run("lena", save_option, cycle, None, with_(BUY, verdict="open", verdict_reason=""))
    with pytest.raises(NotNow, match="status quo is not among the options"):
        shire.run("lena", give_as_evidence, cycle, output)
    with pytest.raises(NotNow, match="status quo"):  # nor does it count when it is written there by hand
        shire.step("lena", output, "provide", fields={"evidence": "In the folder"})
    shire.run("lena", save_option, cycle, None, STAY)
    stay, buy = rows(shire, cycle)
    assert (stay.kind, buy.kind) == ("status_quo", "buy")
    assert "already" in wrong(shire, cycle, with_(STAY, title="Again"))["kind"]
    assert "no cost of its own" in wrong(shire, cycle, with_(STAY, cost_pence=1), stay.id)["cost_pence"]
    assert "rests on" in wrong(shire, cycle, with_(BUY, cost_reason=" "), buy.id)["cost_reason"]
    assert "not both" in wrong(shire, cycle, with_(BUY, cost_band="less"), buy.id)["cost_band"]
    assert (
        "why it is rejected" in wrong(shire, cycle, with_(BUY, verdict="rejected", verdict_reason=""))["verdict_reason"]
    )
    assert {"kind", "risk", "title"} <= wrong(shire, cycle, OptionInput("magic", " ", risk="none")).keys()
    shire.run("lena", save_option, cycle, buy.id, BUY, seen=buy.version)
    with pytest.raises(Stale):
        shire.run("lena", save_option, cycle, buy.id, with_(BUY, description="Other"), seen=buy.version)
    assert "“Tender it” is preferred already" in wrong(shire, cycle, with_(BUY, title="Another"))["verdict"]
    with pytest.raises(IntegrityError):
        shire.write(lambda s: s.get_one(Option, stay.id).__setattr__("verdict", "preferred"))
    with pytest.raises(Forbidden):
        shire.run("dora", save_option, cycle, buy.id, BUY)  # sees it, and does not write it
    with pytest.raises(NotFound):
        shire.run("stranger", save_option, cycle, buy.id, BUY)
    shire.run("lena", give_as_evidence, cycle, output)
    evidence = next(o.evidence for o, c in shire.outputs(cycle, "plan") if c.id == output)
    assert "Tender it (buy): preferred." in evidence.split("\n\n")[1]
    assert "£40,000 a year less" in evidence
    assert shire.state(output) == "provided"
    shire.run("lena", remove_option, cycle, buy.id)
    assert [o.title for o in rows(shire, cycle)] == ["Go on as now"]


def test_options_are_compared_on_a_page_and_put_into_the_paper_of_the_cycle(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = fresh_database("sqlite")
    engine = make_engine(url)
    with site_of(make_shire(engine), url, monkeypatch) as site:
        shire, lena = site.council, site.visitor("lena")
        assert isinstance(shire, Shire)
        cycle = shire.cycle()
        shire.step("lena", cycle, "start_assess")
        at, meeting = f"/cases/{cycle}/options", shire.meeting(shire.board)
        assert "Weigh the options" in lena.get(f"/cycles/{cycle}").text
        given: dict[str, Any] = {"kind": "buy", "title": "Tender it", "risk": "low", "verdict": "preferred"}
        refused = lena.fill(f"{at}/new", cost_pence="-40,000", **given)
        assert refused.status == 422
        assert "Say what the cost rests on" in refused.text
        assert lena.fill(f"{at}/new", verdict_reason="Cheaper", **given).status == 303
        assert "The status quo is not among the options" in lena.get(at).text
        one = f"{at}/{rows(shire, cycle)[0].id}"
        clash = two_windows(lena, one, {"cost_pence": "-41,000", "cost_reason": "Bids"}, title="Tender")
        assert "“-£41,000” is what is saved now" in clash.text
        shire.run("lena", save_option, cycle, None, STAY)
        assert "2 options weighed; preferred: Tender it" in lena.get(f"/cycles/{cycle}").text
        report = shire.write(
            lambda s: create_report(s, system_actor("test"), "The plan", meeting, now=shire.now,
                                    author_id=shire.people["lena"])
        )  # fmt: skip
        assert f"{at}/papers/{report}" not in lena.get(at).html
        assert lena.get(f"{at}/papers/{report}").status == 404  # it does not go with the cycle
        shire.run("lena", link_case, cycle, report)
        page = lena.get(f"{at}/papers/{report}")
        form = page.form("text")
        assert dict(form.values)["text"].strip().startswith("Tender it (buy): preferred.")
        assert lena.send(page, f"{at}/papers/{report}", form).status == 303
        text = shire.read(
            lambda s: s.scalars(select(Section.text).where(Section.report_id == report, Section.key == "options")).one()
        )
        assert "Go on as now (status quo): rejected." in text
        assert lena.send(page, f"{at}/papers/{report}", form, text="Other", idempotency_key="a" * 20).status == 409
        assert "The plan" in lena.get(f"/cases/{report}/options").text
        output = shire.outputs(cycle, "assess")[0][1].id
        shire.run("lena", name_owner, output, shire.people["olaf"])
        for path in (at, f"{at}/new", f"{at}/papers/{report}", f"/cases/{report}/options"):
            assert site.visitor("olaf").get(path).status == 404
        assert "Tender it" not in site.visitor("olaf").get(f"/cycles/{cycle}").text  # who owns an output sees no more
        assert site.visitor("dora").get(at).status == 200
        assert site.visitor("dora").get(f"{at}/new").status == 404
    engine.dispose()
