"""The fault run's own parts: the schedule, the journals, and a verdict for each thing that can be wrong."""

import importlib
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.chaos import figures
from tests.chaos.app import mutations
from tests.chaos.billing import WRONG, Books
from tests.chaos.checks import Verdict
from tests.chaos.evidence import Evidence
from tests.chaos.faults import BILLING, GREAT, draw, draw_billing
from tests.chaos.journal import Journal, Outcome, read

BATCH = {"key": "p.1", "poked": 1, "called": 0, "rang": 0, "outcome": Outcome.ACKNOWLEDGED}
GOOD = Evidence(
    batches=[BATCH],
    payments=[{"key": "100", "outcome": Outcome.ACKNOWLEDGED}],
    sent=[{"key": "m", "outcome": Outcome.ACKNOWLEDGED}],
    events=[("p.1.0", "chaos.poked.v1", "e1")],
    effects=Counter({("write_row", "e1"): 1, ("write_batch", "e1"): 1}),
    effect_times=[],
    misordered=0,
    received=[],
    mails=Counter({"<1>": 1}),
    mail_times=[],
    mail_rows=[("k", "<1>")],
    charges=Counter({100: 1}),
    charged_cents=100,
    ledger_cents=100,
    messages=Counter({"m": 1}),
    early_timers=0,
    rest=Counter(),
)
TWICE = [{"kind": "hook", "tag": "t", "id": name, "taken": True, "at": 0.0} for name in ("a", "b")]
BAD: dict[str, tuple[str, dict[str, Any]]] = {
    "an acknowledged event is nowhere": ("lost", {"events": []}),
    "a reaction had no effect": ("lost", {"effects": Counter({("write_row", "e1"): 1})}),
    "a mail counts as sent and did not arrive": ("lost", {"mails": Counter()}),
    "a message was not applied": ("lost", {"messages": Counter()}),
    "a payment was not charged": ("lost", {"charges": Counter()}),
    "the ledger differs": ("lost", {"ledger_cents": 99}),
    "nobody was told": ("lost", {"events": [("p.1.0", "chaos.poked.v1", "e1"), ("c", "chaos.called.v1", "e2")]}),
    "an effect happened twice": ("doubled", {"effects": Counter({("write_row", "e1"): 2, ("write_batch", "e1"): 1})}),
    "an event was announced twice": ("doubled", {"events": [("p.1.0", "chaos.poked.v1", "e1")] * 2}),
    "a message was applied twice": ("doubled", {"messages": Counter({"m": 2})}),
    "a webhook has two ids": ("doubled", {"received": TWICE}),
    "a timer was early": ("doubled", {"early_timers": 1}),
    "an effect came late": ("misordered", {"misordered": 1}),
    "something waits": ("stuck", {"rest": Counter({"waiting e-mails": 1})}),
    "half a transaction": ("torn", {"batches": [{**BATCH, "poked": 2, "outcome": Outcome.UNKNOWN}]}),
    "a rolled back event": ("torn", {"batches": [{**BATCH, "outcome": Outcome.REFUSED}]}),
    "charged twice": ("double_charges", {"charges": Counter({100: 2})}),
}


def test_a_seed_gives_one_schedule_with_every_kind_of_fault():
    faults = draw(7, 60)
    assert faults == draw(7, 60)
    assert faults != draw(8, 60)
    kinds = Counter(fault.kind for fault in faults)
    assert kinds["kill_member"] + kinds["kill_worker"] >= 60
    assert kinds.keys() >= {*GREAT, "stop"}


def test_a_good_run_has_no_findings():
    assert not any(Verdict(GOOD).judge().figures().values())


@pytest.mark.parametrize("what", BAD)
def test_what_is_wrong_is_found(what):
    name, changes = BAD[what]
    figures = Verdict(replace(GOOD, **changes)).judge().figures()
    assert figures[name] > 0


def test_what_the_clinics_doubled_and_reordered_is_counted():
    received = [{"kind": "message", "number": number} for number in (1, 3, 2, 3, 1, 2)]
    evidence = replace(GOOD, received=[*received, *TWICE])
    assert figures.by_clinics(evidence) == {"clinics_doubled": 3, "clinics_reordered": 3}
    assert figures.by_clinics(GOOD) == {"clinics_doubled": 0, "clinics_reordered": 0}


def test_a_billing_minute_has_every_kind_of_its_faults():
    faults = draw_billing(7, 60)
    assert faults == draw_billing(7, 60)
    assert {fault.kind for fault in faults} == {*BILLING, "kill_worker"}


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("double_charges", {"charges": Counter({100: 2, 200: 1})}),
        ("lost", {"charges": Counter({100: 1})}),
        ("lost", {"ledger_cents": 299}),
        ("unknown", {"attempts": {"paid": 1, "confirming": 1}}),
        ("stuck", {"rest": Counter({"waiting jobs in billing": 1})}),
    ],
)
def test_what_is_wrong_in_the_billing_minute_is_found(name, changes):
    books = Books(
        due=[100, 200],
        charges=Counter({100: 1, 200: 1}),
        ledger_cents=300,
        attempts={"paid": 2},
        rest=Counter(),
    )
    assert not any(books.figures()[each] for each in WRONG)
    assert replace(books, **changes).figures()[name] > 0


def test_a_journal_that_was_cut_short_is_read_as_far_as_it_goes(tmp_path):
    journal = Journal(tmp_path / "p.jsonl")
    journal.sending("1", poked=3)
    journal.ended("1", Outcome.ACKNOWLEDGED)
    journal.sending("2", poked=3)
    journal.close()
    with (tmp_path / "p.jsonl").open("a") as file:
        file.write('{"key": "3", "po')
    found = {entry["key"]: entry["outcome"] for entry in read(tmp_path, "p")}
    assert found == {"1": Outcome.ACKNOWLEDGED, "2": Outcome.UNKNOWN}


@pytest.mark.parametrize("name", mutations.MUTATIONS)
def test_every_mutation_takes_out_what_is_there(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A safeguard that was renamed is found here, and not twenty minutes into a fault run."""
    replaced = []
    monkeypatch.setattr(mutations, "replace", lambda home, what, wrap: replaced.append((home, what, wrap)))
    mutations.apply(name)
    assert replaced
    for home, what, wrap in replaced:
        assert callable(wrap(getattr(importlib.import_module(home), what)))
