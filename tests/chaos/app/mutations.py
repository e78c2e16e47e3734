"""The engine with one of its safeguards taken out, from outside: a fault run that does not fail then proves nothing."""

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from workers.kernel.ids import new_id


def apply(name: str) -> None:
    """Take out `fence`, `inbox` or `sweep`. Raises KeyError for another name, AttributeError after a rename."""
    MUTATIONS[name]()


def _without_fence() -> None:
    """A worker that lost its lease finishes all the same."""

    def finish_all(finish: Callable[[Sequence[Any]], set[int]]) -> Callable[[Sequence[Any]], set[int]]:
        def finished(claims: Sequence[Any]) -> set[int]:
            return finish(claims) | {claim.id for claim in claims}

        return finished

    replace("workers.outbox.claiming", "finish_jobs", finish_all)
    replace("workers.kernel.leases", "held", lambda _: lambda row: type(row)._default_manager.filter(pk=row.pk))


def _without_inbox() -> None:
    """Every copy of a message counts as a new one."""

    def with_new_id(receive: Callable[..., bool]) -> Callable[..., bool]:
        return lambda **given: receive(**{**given, "message_id": f"{given['message_id'][:150]}:{new_id()}"})

    replace("workers.receipts.receiving", "receive", with_new_id)


def _without_sweep() -> None:
    """Timers fire, and nobody looks for what a lost bell left behind."""
    replace("workers.operations.heartbeats", "silent_lanes", lambda _: lambda: frozenset())
    replace("workers.tasks", "_has_due", lambda _: lambda lane: False)


MUTATIONS: dict[str, Callable[[], None]] = {
    "fence": _without_fence,
    "inbox": _without_inbox,
    "sweep": _without_sweep,
}


def replace(module: str, name: str, wrap: Callable[[Any], Any]) -> None:
    """Replace a function before others import it by name."""
    home = importlib.import_module(module)
    setattr(home, name, wrap(getattr(home, name)))
