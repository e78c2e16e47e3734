"""Webhook endpoints: where events are sent, which ones, and under which secrets."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.simulators.stripe.errors import invalid, not_simulated
from tests.simulators.stripe.events import API_VERSION
from tests.simulators.stripe.ids import new_id, random_text
from tests.simulators.stripe.json_types import Json

if TYPE_CHECKING:
    from tests.simulators.stripe.operations import Call
    from tests.simulators.stripe.simulation import Simulation

OLD_SECRET_LIVES_SECONDS = 24 * 3600  # the longest overlap that Stripe offers when a secret is rolled


def new_secret() -> str:
    """Return a signing secret."""
    return f"whsec_{random_text(32)}"


def register(simulation: "Simulation", url: str, enabled_events: list[str], secrets: list[str]) -> Json:
    """Keep and return an endpoint that signs with `secrets`, newest first."""
    endpoint: Json = {
        "id": new_id("we"),
        "object": "webhook_endpoint",
        "api_version": API_VERSION,
        "application": None,
        "created": simulation.clock.timestamp(),
        "description": None,
        "enabled_events": enabled_events,
        "livemode": False,
        "metadata": {},
        "status": "enabled",
        "url": url,
    }
    simulation.outbox.set_secrets(endpoint["id"], secrets or [new_secret()])
    return simulation.store.webhook_endpoints.add(endpoint)


def roll_secret(simulation: "Simulation", endpoint_id: str) -> str:
    """Return a new secret; the old ones go on signing beside it for a day of the simulator's clock."""
    simulation.store.webhook_endpoints.get(endpoint_id)
    secret = new_secret()
    simulation.outbox.add_secret(endpoint_id, secret)
    due = simulation.clock.now() + OLD_SECRET_LIVES_SECONDS
    simulation.schedule.at(due, lambda: simulation.outbox.set_secrets(endpoint_id, [secret]))
    return secret


def create(call: "Call") -> Json:
    """POST /v1/webhook_endpoints; the secret is shown in this answer only."""
    _check(call)
    endpoint = register(call.simulation, call.params["url"], call.params["enabled_events"], [])
    _apply(call, endpoint)
    return {**endpoint, "secret": call.simulation.outbox.secrets_of(endpoint["id"])[0]}


def _check(call: "Call") -> None:
    url = urlsplit(call.param("url", "http://localhost"))
    if url.scheme not in ("http", "https") or not url.hostname:
        raise invalid("Invalid URL: a full http or https address is needed.", param="url", code="url_invalid")
    if call.param("api_version", API_VERSION) != API_VERSION:
        raise not_simulated("api_version")


def _apply(call: "Call", endpoint: Json) -> None:
    for name in ("description", "enabled_events", "metadata", "url"):
        if name in call.params:
            endpoint[name] = call.params[name]
    if "disabled" in call.params:
        endpoint["status"] = "disabled" if call.params["disabled"] else "enabled"


def retrieve(call: "Call") -> Json:
    """GET /v1/webhook_endpoints/{endpoint}."""
    return call.simulation.store.webhook_endpoints.get(call.ids["endpoint"])


def update(call: "Call") -> Json:
    """POST /v1/webhook_endpoints/{endpoint}."""
    endpoint = call.simulation.store.webhook_endpoints.get(call.ids["endpoint"])
    _check(call)
    _apply(call, endpoint)
    return endpoint


def delete(call: "Call") -> Json:
    """DELETE /v1/webhook_endpoints/{endpoint}; what was still to be sent to it is given up."""
    endpoint = call.simulation.store.webhook_endpoints.get(call.ids["endpoint"])
    call.simulation.store.webhook_endpoints.remove(endpoint["id"])
    call.simulation.outbox.forget(endpoint["id"])
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def list_endpoints(call: "Call") -> Json:
    """GET /v1/webhook_endpoints."""
    return call.simulation.store.webhook_endpoints.page(call.params, "/v1/webhook_endpoints", lambda _: True)
