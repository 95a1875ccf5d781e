"""What is handed on is done, however it is handed on: one contract for ticks in the process and for workers."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from commissioning import clock, dispatching, jobs, scheduler
from commissioning.clock import fresh_id
from commissioning.db import in_transaction, make_engine
from commissioning.models.cases import Message
from commissioning.scheduler_commands import Installation
from commissioning.worker_commands import work
from config import Settings, SettingsError, load_settings
from tests.integration.ticks.trips import People, add_people
from tests.support.databases import FreshDatabase
from tests.support.mail import MailServer

WAYS = (("embedded", "sqlite"), ("embedded", "postgresql"), ("procrastinate", "postgresql"))


@dataclass
class House:
    """The service's database, and what stands ready to do what it hands on."""

    engine: Engine
    settings: Settings
    people: People

    def settle(self) -> None:
        """Let what was handed on be done, and be idle again."""
        if self.settings.dispatcher == "embedded":
            jobs.tick(self.engine, clock.now(), self.settings, only=["mail"])
            return
        # A thread of its own: the browser of other tests may hold the loop of this one.
        worker = threading.Thread(
            target=work,
            args=[Installation(self.engine, self.settings)],
            kwargs={"wait": False, "install_signal_handlers": False},
        )
        worker.start()
        worker.join(60)
        assert not worker.is_alive()

    def tell(self, session: Session, key: str) -> None:
        """Queue a mail, as whatever tells somebody something does."""
        now = clock.now() - timedelta(minutes=1)
        words = {"about": "report.returned", "subject": key, "text": "One.", "why": "Because.", "channel": "email"}
        row = {"id": fresh_id(), "key": key, "person_id": self.people.runner, "status": "queued", "tries": 0}
        session.execute(insert(Message), [row | words | {"made_at": now, "next_try_at": now}])
        dispatching.soon(session, "mail")


@pytest.fixture(params=WAYS, ids="-".join)
def house(request: pytest.FixtureRequest, fresh_database: FreshDatabase, smtp_server: MailServer) -> Iterator[House]:
    """The house, by each way of handing on."""
    way, kind = request.param
    url = fresh_database(kind)
    engine = make_engine(url)
    settings = load_settings(
        database_url=url, dispatcher=way, secret_key="k" * 40, smtp_url=smtp_server.url, demo=False
    )
    dispatching.use(way)
    if way == "procrastinate":
        dispatching.prepare(engine)
        dispatching.prepare(engine)
    yield House(engine, settings, add_people(engine))
    dispatching.use("embedded")
    engine.dispose()


def test_what_is_committed_is_done_once_and_what_is_rolled_back_never(house: House, smtp_server: MailServer) -> None:
    """Asked for many times at once, by transactions that end in any order."""

    def regret(session: Session) -> None:
        house.tell(session, "regretted")
        raise LookupError("this was not meant")

    with pytest.raises(LookupError):
        in_transaction(house.engine, regret)
    with Session(house.engine) as slow:
        slow.connection(execution_options={"writes": True})
        house.tell(slow, "first")
        house.settle() if house.engine.dialect.name == "postgresql" else None
        assert smtp_server.received == []
        slow.commit()
    for number in range(5):
        in_transaction(house.engine, house.tell, f"later {number}")
    house.settle()
    house.settle()
    told = Counter(str(r.message["Subject"]) for r in smtp_server.received)
    assert told == Counter(["first", *(f"later {number}" for number in range(5))])


def test_ticks_of_several_schedulers_do_a_thing_once_and_a_job_that_fails_stops_no_other(
    house: House, smtp_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_moment: jobs.Moment) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setitem(jobs._JOBS, "papers", jobs.Job("papers", fail, timedelta(seconds=60), 1))
    in_transaction(house.engine, house.tell, "once")
    ticking = [scheduler.start(house.engine, house.settings) for _ in range(2)]
    for one in ticking:
        one.first.join(60)
        scheduler.stop(one)
    house.settle()
    assert Counter(str(r.message["Subject"]) for r in smtp_server.received)["once"] == 1
    with house.engine.connect() as connection:
        found = dict(connection.exec_driver_sql("SELECT job, result FROM ticks").all())
    assert found["papers"] == "failed: RuntimeError"
    assert found.keys() == {job.name for job in jobs.all_jobs()}


@pytest.mark.parametrize("house", WAYS[2:], ids="-".join, indirect=True)
def test_a_job_that_waits_for_a_worker_is_handed_out_once(house: House) -> None:
    """However many schedulers tick while no worker works, nothing piles up."""
    for _ in range(3):
        dispatching.hand_out(house.engine, ["mail", "papers"])
    with house.engine.connect() as connection:
        waiting = connection.exec_driver_sql(f"SELECT args->>'job' FROM {dispatching.TABLE} ORDER BY 1").scalars().all()
    assert waiting == ["mail", "papers"]


def test_workers_need_postgresql() -> None:
    with pytest.raises(SettingsError, match="DISPATCHER=procrastinate needs PostgreSQL"):
        load_settings(database_url="sqlite:////tmp/x.db", dispatcher="procrastinate", secret_key="k" * 40)
