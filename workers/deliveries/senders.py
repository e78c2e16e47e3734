"""Who may send to us: an endpoint's owner, and the secrets under which its messages verify."""

from dataclasses import dataclass
from uuid import UUID

from workers.deliveries.models import Endpoint


@dataclass(frozen=True, kw_only=True)
class Sender:
    """The owner of an endpoint and its inbound secrets, newest first."""

    owner_id: UUID
    secrets: tuple[str, ...]


def find_sender(endpoint_id: UUID) -> Sender | None:
    """Return whose endpoint this is, also one that takes no deliveries any more; None when it is unknown."""
    endpoint = Endpoint.objects.filter(pk=endpoint_id).first()
    if endpoint is None:
        return None
    return Sender(owner_id=endpoint.owner_id, secrets=tuple(endpoint.inbound_secrets))
