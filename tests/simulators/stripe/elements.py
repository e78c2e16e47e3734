"""The stand-in for Stripe.js: its script, and the frame in which a test payment method is chosen.

The script has the part of Stripe.js that a page with a PaymentElement needs; the frame speaks to the API by itself,
with the publishable key and the SetupIntent's secret, so that nothing that is chosen there reaches the page around it.
"""

from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from tests.simulators.stripe.documented_methods import DOCUMENTED
from tests.simulators.stripe.simulation import Simulation

_FOLDER = Path(__file__).parent
_FRAME = (_FOLDER / "payment_element.html").read_text(encoding="utf-8")


async def script(_: Request) -> Response:
    """Serve what stands for https://js.stripe.com/…/stripe.js."""
    return Response((_FOLDER / "stripe.js").read_text(encoding="utf-8"), media_type="text/javascript")


async def frame(simulation: Simulation, request: Request) -> Response:
    """Serve the fields of the SetupIntent whose secret the browser knows: the documented methods of its kinds."""
    secret = request.query_params.get("client_secret", "")
    intent = simulation.store.setup_intents.find(secret.partition("_secret_")[0])
    if intent is None or intent["client_secret"] != secret:
        return HTMLResponse("<p>There is no such SetupIntent.</p>", 404)
    names = [name for name, each in DOCUMENTED.items() if each.kind in intent["payment_method_types"]]
    options = "".join(f"<option>{escape(name)}</option>" for name in names)
    return HTMLResponse(_FRAME.replace("{options}", options))
