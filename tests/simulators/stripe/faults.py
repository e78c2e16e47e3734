"""Faults to order: which requests go wrong, how, and how often."""

import asyncio
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from tests.simulators.stripe.errors import Refusal

Kind = Literal["error", "drop", "timeout", "conflict", "rate_limit"]
Stage = Literal["before", "after"]


class FaultMalformed(ValueError):
    """The control request describes no fault that exists."""


@dataclass
class Fault:
    """One order.

    kind `error` answers 500, `drop` closes the connection, `timeout` holds the request for `seconds`; with
    stage `before` nothing was executed, with `after` it was, and a 500 is then stored under the idempotency
    key. `conflict` answers 409 and `rate_limit` 429, both always before execution. `path` is a glob such as
    `/v1/payment_intents/*/confirm`; the first `skip` matching requests pass, the next `count` fail.
    """

    kind: Kind
    stage: Stage = "before"
    method: str = "*"
    path: str = "*"
    count: int = 1
    skip: int = 0
    seconds: float = 0.0

    @classmethod
    def parse(cls, order: dict[str, Any]) -> "Fault":
        """Build a fault from the control API's JSON. Raises FaultMalformed, saying what is wrong."""
        try:
            fault = cls(**order)
        except TypeError as error:
            raise FaultMalformed(str(error)) from error
        if fault.kind not in get_args(Kind) or fault.stage not in get_args(Stage):
            raise FaultMalformed(f"kind is one of {get_args(Kind)}, stage one of {get_args(Stage)}")
        if fault.stage == "after" and fault.kind in ("conflict", "rate_limit"):
            raise FaultMalformed(f"{fault.kind} happens before execution only")
        if fault.count < 1 or fault.skip < 0 or fault.seconds < 0:
            raise FaultMalformed("count is at least 1; skip and seconds are not negative")
        return fault

    def matches(self, method: str, path: str) -> bool:
        """Say whether the order is about this request."""
        return self.method in ("*", method) and fnmatchcase(path, self.path)

    def refusal(self) -> Refusal:
        """Return the error answer of this kind of fault."""
        if self.kind == "conflict":
            message = "The object could not be accessed right now because another request is using it."
            return Refusal(409, "idempotency_error", message, code="idempotency_key_in_use")
        if self.kind == "rate_limit":
            return Refusal(429, "invalid_request_error", "Request rate limit exceeded.", code="rate_limit")
        return Refusal(500, "api_error", "An unknown error occurred.")


@dataclass
class Faults:
    """All orders not yet used up, and how many requests are held at this moment."""

    held: int = 0
    _pending: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Take one more order."""
        self._pending.append(fault)

    def clear(self) -> None:
        """Drop every order."""
        self._pending.clear()

    async def hold(self, fault: Fault | None, stage: Stage) -> None:
        """Hold a request at a stage for as long as a time-out was ordered there; else not at all."""
        if fault is None or (fault.kind, fault.stage) != ("timeout", stage):
            return
        self.held += 1
        try:
            await asyncio.sleep(fault.seconds)
        finally:
            self.held -= 1

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that hits this request and count it down; None when all goes well."""
        for fault in self._pending:
            if not fault.matches(method, path):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.count -= 1
            if not fault.count:
                self._pending.remove(fault)
            return fault
        return None

    def pending(self) -> list[dict[str, Any]]:
        """Return what is still ordered, as JSON."""
        return [vars(fault).copy() for fault in self._pending]
