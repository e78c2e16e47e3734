"""The simulator's own record of money moved, kept apart from the objects so that assertions have a second
witness.
"""

from dataclasses import dataclass, field
from typing import Literal

from tests.simulators.stripe.json_types import Json

Outcome = Literal["succeeded", "failed"]


@dataclass
class ChargeLog:
    """One entry per charge when its outcome is known; the cents that were given or taken back since, by charge."""

    _entries: list[Json] = field(default_factory=list)
    _refunded: dict[str, int] = field(default_factory=dict)
    _disputed: dict[str, int] = field(default_factory=dict)

    def record(self, charge: Json, outcome: Outcome, at: int) -> None:
        """Note how a charge ended. Amounts are cents, `at` is Unix seconds of the simulator's clock."""
        entry = {name: charge[name] for name in ("id", "payment_intent", "customer", "amount", "currency")}
        self._entries.append({**entry, "outcome": outcome, "at": at})

    def record_refund(self, charge_id: str, cents: int) -> None:
        """Note cents given back; negative when a refund failed afterwards."""
        self._refunded[charge_id] = self._refunded.get(charge_id, 0) + cents

    def record_dispute(self, charge_id: str, cents: int) -> None:
        """Note cents taken off the balance for a dispute; negative when they came back."""
        self._disputed[charge_id] = self._disputed.get(charge_id, 0) + cents

    def entries(self) -> list[Json]:
        """Return every entry, oldest first, with the cents `refunded` and `disputed` so far."""
        return [
            {
                **entry,
                "refunded": self._refunded.get(entry["id"], 0),
                "disputed": self._disputed.get(entry["id"], 0),
            }
            for entry in self._entries
        ]
