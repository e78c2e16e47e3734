"""When a card asks for 3-D Secure, and where its holder is sent for it."""

from tests.simulators.stripe.documented_methods import Behaviour
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.simulation import Simulation


def is_needed(behaviour: Behaviour, *, off_session: bool, prepared: bool) -> bool:
    """Say whether this use of a card needs its holder: one that was set up is spared off-session only."""
    if behaviour.authentication == "unless_set_up":
        return not (off_session and prepared)
    return behaviour.authentication == "always"


def page_url(simulation: Simulation, intent: Json) -> str:
    """Return the address of the page on which the holder authenticates."""
    return f"{simulation.base_url}/3ds/{intent['id']}?client_secret={intent['client_secret']}"


def next_action(simulation: Simulation, intent: Json, return_url: str | None) -> Json:
    """Return the `next_action`: a redirect where there is a way back, else Stripe.js's own."""
    url = page_url(simulation, intent)
    if return_url:
        return {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": url}}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": url}}
