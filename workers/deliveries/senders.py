"""Who may send to us: an endpoint's owner, and the secrets under which its messages verify."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from workers.deliveries.models import Direction, EndpointSecret
from workers.kernel.compiled import Compiled, Given

_IN_FORCE = Compiled(
    lambda: EndpointSecret.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=Given("now")),
        endpoint_id=Given("endpoint_id"),
        direction=Direction.IN,
    ).order_by("-id")
)


@dataclass(frozen=True, kw_only=True)
class Sender:
    """The owner of an endpoint and its inbound secrets, newest first."""

    owner_id: UUID
    secrets: tuple[str, ...]


def find_sender(endpoint_id: UUID, *, now: datetime) -> Sender | None:
    """Return whose endpoint this is, also one that takes no deliveries any more; None when it is unknown.

    A secret that was rotated out counts for 24 hours more.
    """
    secrets = _IN_FORCE(endpoint_id=endpoint_id, now=now)
    if not secrets:
        return None
    return Sender(owner_id=secrets[0].owner_id, secrets=tuple(secret.value for secret in secrets))
