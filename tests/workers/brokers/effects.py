"""An event whose reactions, one a lane, each write a row: what the workers of these tests do."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from workers.events import Envelope, Event, reacts_to

TABLE = """
CREATE TABLE effect (event_id uuid NOT NULL, lane text NOT NULL);
GRANT SELECT, INSERT ON effect TO act_worker
"""  # an effect that came twice is two rows


@dataclass(frozen=True, kw_only=True)
class Rung(Event, name="tests.brokers.rung.v1"):
    """For these tests."""

    endpoint_id: UUID


def _write(lane: str, envelope: Envelope) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO effect VALUES (%s, %s)", [envelope.event_id, lane])


@reacts_to(Rung, lane="domain")
def write_in_domain(event: Rung, envelope: Envelope) -> None:
    """One row."""
    _write("domain", envelope)


@reacts_to(Rung, lane="files")
def write_in_files(event: Rung, envelope: Envelope) -> None:
    """One row."""
    _write("files", envelope)


@reacts_to(Rung, lane="billing")
def write_in_billing(event: Rung, envelope: Envelope) -> None:
    """One row."""
    _write("billing", envelope)


@reacts_to(Rung, lane="mail")
def write_in_mail(event: Rung, envelope: Envelope) -> None:
    """One row."""
    _write("mail", envelope)


@reacts_to(Rung, lane="webhooks")
def write_in_webhooks(event: Rung, envelope: Envelope) -> None:
    """One row."""
    _write("webhooks", envelope)
