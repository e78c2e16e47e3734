"""What the sender announces."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from workers.events import Event


@dataclass(frozen=True, kw_only=True)
class EndpointDisabled(Event, name="workers.endpoint.disabled.v1"):
    """Nothing is sent to an endpoint any more, until a person enables it: it failed for five days, or is gone."""

    endpoint_id: Annotated[UUID, Meta(description="The address that was given up.")]
    owner_id: Annotated[UUID, Meta(description="Whose it is.")]
