"""What the mail announces."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from workers.events import Event


@dataclass(frozen=True, kw_only=True)
class AddressStopped(Event, name="workers.address.stopped.v1"):
    """Nothing is sent to an address any more, until a person releases it: it bounced, or its reader complained."""

    stopped_address_id: Annotated[UUID, Meta(description="The entry of the operators' list.")]
    reason: Annotated[str, Meta(description="bounced or complained.", examples=["bounced"])]
