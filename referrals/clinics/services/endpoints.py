"""A clinic's webhook addresses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from benefits import facade as benefits
from referrals.clinics.queries import get_clinic
from workers.deliveries.queueing import register_endpoint
from workers.emails.queueing import queue_email


@dataclass(frozen=True, kw_only=True)
class NewEndpoint:
    """A clinic's address, the secrets that sign what it gets and what it sends, and where it sends its answers.

    Where ed25519 signs what it gets, `signing_secret` is the public key that verifies it.
    """

    id: UUID
    url: str
    signing_secret: str
    inbound_secret: str
    answer_url: str


def add_endpoint(
    *,
    clinic_id: UUID,
    url: str,
    events: Sequence[str] = (),
    ordered: bool = False,
    signing: str = "hmac",
) -> NewEndpoint:
    """Register a clinic's webhook address with fresh secrets, for the types `events` of messages (none: all).

    Raises NotFound, BadEndpointUrl, UnknownEventType, EndpointTaken.
    """
    clinic = get_clinic(clinic_id)
    row = register_endpoint(owner_id=clinic.pk, url=url, events=events, ordered=ordered, signing=signing)
    return NewEndpoint(
        id=row.pk,
        url=row.url,
        signing_secret=row.signing_secrets[0],
        inbound_secret=row.inbound_secrets[0],
        answer_url=f"{settings.BASE_URL}/webhooks/clinics/{row.pk}/",
    )


def tell_of_disabled_endpoint(*, clinic_id: UUID, endpoint_id: UUID, event_id: UUID, now: datetime) -> None:
    """Mail a clinic's staff and the operators that nothing is sent to an address any more; once per event and person.

    Offers to the clinic fail while it has no other.
    """
    operators = benefits.list_operator_emails("care")
    for email in [*benefits.list_clinic_emails(clinic_id), *operators]:
        queue_email(
            key=f"endpoint-disabled/{event_id}/{email}",
            to=email,
            template="referrals/endpoint_disabled",
            context={"endpoint_id": endpoint_id},
            now=now,
        )
