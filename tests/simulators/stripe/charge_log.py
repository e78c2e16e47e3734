"""The simulator's own record of money moved, kept apart from the objects so that assertions have a second
witness.
"""

from dataclasses import dataclass, field
from typing import Literal

from tests.simulators.stripe.json_types import Json

Outcome = Literal["succeeded", "failed"]


@dataclass
class ChargeLog:
    """Append-only: one entry per charge when its outcome is known, one per movement of a refund."""

    _entries: list[Json] = field(default_factory=list)
    _refunds: list[tuple[str, int]] = field(default_factory=list)

    def record(self, charge: Json, outcome: Outcome, at: int) -> None:
        """Note how a charge ended. Amounts are cents, `at` is Unix seconds of the simulator's clock."""
        entry = {name: charge[name] for name in ("id", "payment_intent", "customer", "amount", "currency")}
        self._entries.append({**entry, "outcome": outcome, "at": at})

    def record_refund(self, charge_id: str, cents: int) -> None:
        """Note cents given back; negative when a refund failed afterwards."""
        self._refunds.append((charge_id, cents))

    def entries(self) -> list[Json]:
        """Return every entry, oldest first, with the cents `refunded` so far."""
        return [{**entry, "refunded": self._refunded(entry["id"])} for entry in self._entries]

    def _refunded(self, charge_id: str) -> int:
        return sum(cents for refunded, cents in self._refunds if refunded == charge_id)
