"""A reaction that makes one ORM write, for measuring how workers scale."""

from dataclasses import dataclass
from uuid import UUID

from workers.events import Envelope, Event, reacts_to


@dataclass(frozen=True, kw_only=True)
class Noted(Event, name="tests.scaling.noted.v1"):
    """For measuring."""

    receipt_id: UUID


@reacts_to(Noted)
def write_a_timer(event: Noted, envelope: Envelope) -> None:
    """One row, of a table that every worker may write."""
    from workers.timers.models import Timer  # noqa: PLC0415 - this module is read before the apps are ready

    Timer.objects.create(
        kind="scaling",
        subject_type="scaling",
        subject_id=event.receipt_id,
        due_at=envelope.now.replace(year=9000),
        payload={},
    )
