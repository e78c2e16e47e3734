"""`payer`, in the nursery: members agree to payment plans of one instalment each, through the project's own services.

What follows is the real billing path: timer, attempt, Stripe, notice, ledger. Every amount is used once and is the name
of the payment, in the journal and in Stripe's log.
"""

import json
import os
import time
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from uuid import UUID

from billing.payment_plans.rules import Interval
from billing.payment_plans.services import plans
from tests.chaos.journal import Journal, read
from tests.chaos.publisher import committing, run
from tests.factories.payments import accepted_quote
from workers.kernel import clock
from workers.kernel.actor import Actor, Role, acting_as
from workers.kernel.ids import new_id

EACH = 0.4  # seconds between payments
SMALLEST = 10_000  # cents


class Payer:
    """The members in turn, and the next amount that nobody has paid."""

    def __init__(self, folder: Path, seed: str) -> None:
        members = json.loads((folder / "members.json").read_text())
        self.members = [
            Actor(role=Role.EMPLOYEE, employer=UUID(one["employer"]), member=UUID(one["member"])) for one in members
        ]
        self.random = Random(f"{seed}:payer")
        self.amounts = count(SMALLEST + len(list(read(folder, "payer"))))  # what a former life wrote down is taken
        self.journal = Journal(folder / f"payer.{new_id().hex[:13]}.jsonl")

    def step(self) -> None:
        """Have one member agree to pay one amount."""
        time.sleep(EACH)
        member, cents, now = self.random.choice(self.members), next(self.amounts), clock.now()
        self.journal.sending(str(cents))
        quote = accepted_quote(member, cents, now)
        agree = partial(plans.create, quote_id=quote.pk, count=1, interval=Interval.MONTHLY, now=now)
        self.journal.ended(str(cents), committing(acting_as(member), agree))


if __name__ == "__main__":
    home = Path(os.environ["CHAOS_FOLDER"])
    run(Payer(home, os.environ["CHAOS_SEED"]).step, home)
