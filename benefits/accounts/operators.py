"""What operators are told of people's addresses."""

from datetime import datetime
from uuid import UUID

from benefits.accounts.queries import list_operator_emails
from workers.emails.queueing import queue_email


def tell_of_stopped_address(*, reason: str, event_id: UUID, now: datetime) -> None:
    """Mail every operator who holds `care` that nothing reaches an address any more; once per event and operator."""
    for email in list_operator_emails("care"):
        queue_email(
            key=f"address-stopped/{event_id}/{email}",
            to=email,
            template="benefits/address_stopped",
            context={"reason": reason},
            now=now,
        )
