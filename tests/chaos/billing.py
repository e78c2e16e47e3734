"""The billing minute: thousands of instalments due at once, while their workers are killed and Stripe misbehaves.

Of every amount, which is used once and so names its instalment, Stripe's own log has to hold exactly one charge.
"""

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import httpx

from tests.chaos import figures
from tests.chaos.attack import Attack
from tests.chaos.evidence import LEDGER, rest
from tests.chaos.faults import draw_billing
from tests.chaos.lab import Lab
from tests.chaos.run import Length, say, settle
from tests.chaos.stage import Stage

MINUTE, DUE_PER_MINUTE = 60.0, 2_000
WRONG = ("double_charges", "lost", "unknown", "stuck")
ATTEMPTS = "SELECT status, count(*) FROM billing_chargeattempt GROUP BY 1"
DUE = "SELECT amount_cents FROM billing_instalment"
_SETTLED = ("paid", "retry_wait", "cancelled", "returned")


@dataclass(frozen=True, kw_only=True)
class Books:
    """What a run left: cents of each instalment, how often Stripe took each, the ledger's sum, attempts by state."""

    due: list[int]
    charges: Counter[int]
    ledger_cents: int
    attempts: dict[str, int]
    rest: Counter[str]

    def figures(self) -> dict[str, int]:
        """What must be 0, and what it was of."""
        charged = sum(cents * count for cents, count in self.charges.items())
        return {
            "instalments_due": len(self.due),
            "charged": sum(self.charges.values()),
            "charged_cents": charged,
            "ledger_cents": self.ledger_cents,
            "double_charges": sum(count - 1 for count in self.charges.values() if count > 1),
            "lost": sum(not self.charges[cents] for cents in self.due) + (charged != self.ledger_cents),
            "unknown": sum(count for status, count in self.attempts.items() if status not in _SETTLED),
            "stuck": sum(self.rest.values()),
        }


def play(lab: Lab, *, seed: int, seconds: float) -> dict[str, Any]:
    """Run for `seconds` under faults, wait until all is quiet, and return the figures."""
    count = max(50, int(DUE_PER_MINUTE * seconds / MINUTE))
    stage = Stage(lab, "billing", seed=seed, due=count)
    stage.start()
    try:
        say(f"billing: {count} instalments are due; {seconds:.0f} s with faults begin")
        attack, begin = Attack(lab, stage), time.time()
        attack.run(draw_billing(seed, seconds), seconds)
        end = time.time()
        attack.heal()
        settled = settle(lab, stage, Length(seconds=seconds, quiet=max(120.0, 2 * seconds)).quiet)
        books = gather(lab, stage)
        return {
            **books.figures(),
            "charged_under_fault": sum(begin <= at <= end for at in _times(stage)),
            "seconds": round(end - begin, 1),
            "faults": figures.count(attack.all_done()),
            **settled,
        }
    finally:
        stage.end()


def gather(lab: Lab, stage: Stage) -> Books:
    """Read it from those who own it."""
    charges = Counter(entry["amount"] for entry in _charges(stage))
    with lab.superuser(stage.database) as database:
        return Books(
            due=[cents for (cents,) in database.execute(DUE).fetchall()],
            charges=charges,
            ledger_cents=int(database.execute(LEDGER).fetchall()[0][0]),
            attempts=dict(database.execute(ATTEMPTS).fetchall()),
            rest=rest(lab, stage),
        )


def _charges(stage: Stage) -> list[dict[str, Any]]:
    answer = httpx.get(f"{stage.url('stripe')}/control/charges", trust_env=False, timeout=60).raise_for_status()
    return [entry for entry in answer.json() if entry["outcome"] == "succeeded"]


def _times(stage: Stage) -> list[float]:
    """When each was charged, by the simulator's clock less what it was moved by: whole seconds."""
    moved = float(stage.clock.read_text()) if stage.clock.exists() else 0.0
    return [entry["at"] if entry["at"] <= time.time() else entry["at"] - moved for entry in _charges(stage)]
