"""Events: a numbered snapshot of an object at the moment that something happened to it."""

import copy
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tests.simulators.stripe.errors import invalid
from tests.simulators.stripe.ids import new_id
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.store import Store

if TYPE_CHECKING:
    from tests.simulators.stripe.operations import Call

API_VERSION = "2026-10-28.endive"


def record(store: Store, created: int, event_type: str, obj: Json, request: Json, previous: Json | None = None) -> Json:
    """Keep and return an event; `pending_webhooks` counts the endpoints that have not yet answered 2xx."""
    data: Json = {"object": copy.deepcopy(obj)}
    if previous is not None:
        data["previous_attributes"] = previous
    event: Json = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": created,
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": dict(request),
        "type": event_type,
    }
    return store.events.add(event)


def retrieve(call: "Call") -> Json:
    """GET /v1/events/{event}."""
    return call.simulation.store.events.get(call.ids["event"])


def list_events(call: "Call") -> Json:
    """GET /v1/events, by type (a trailing `*` is a wildcard) and by whether every webhook was delivered."""
    if "type" in call.params and "types" in call.params:
        raise invalid("You may pass either type or types, not both.", param="types")
    wanted = [call.params["type"]] if "type" in call.params else call.param("types", ["*"])
    delivered = call.param("delivery_success")

    def matches(event: Json) -> bool:
        is_wanted = any(fnmatchcase(event["type"], pattern) for pattern in wanted)
        return is_wanted and (delivered is None or delivered == (event["pending_webhooks"] == 0))

    return call.simulation.store.events.page(call.params, "/v1/events", matches)
