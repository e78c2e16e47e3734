"""The page on which a card's holder authenticates: `/3ds/{intent}?client_secret=…`, POST
`outcome=succeed|fail`.
"""

from html import escape
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tests.simulators.stripe import payment_attempts, setup_intents
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.simulation import Simulation

_PAGE = """<!doctype html><html lang="en">
<head><meta charset="utf-8"><title>3-D Secure test page</title></head>
<body><main><h1>3-D Secure test page</h1>{content}</main></body></html>"""
_FORM = """<p>Your bank wants to know that it is you.</p><form method="post">
<button name="outcome" value="succeed">Complete authentication</button>
<button name="outcome" value="fail">Fail authentication</button></form>"""


async def page(simulation: Simulation, request: Request) -> Response:
    """Show the page, or take the holder's answer and send the browser back where it came from."""
    simulation.run_due()
    intent = _find(simulation, request)
    if intent is None:
        return _show("<p>There is no such authentication.</p>", 404)
    if intent["status"] != "requires_action":
        return _show("<p>This authentication is no longer open.</p>", 409)
    if request.method == "GET":
        return _show(_FORM, 200)
    outcome = parse_qs((await request.body()).decode()).get("outcome", [""])[0]
    if outcome not in ("succeed", "fail"):
        return _show(f"<p>outcome is succeed or fail, not {escape(outcome)!r}.</p>", 400)
    return _finish(simulation, intent, succeeded=outcome == "succeed")


def _find(simulation: Simulation, request: Request) -> Json | None:
    """Return the intent whose secret the browser knows."""
    intent_id = request.path_params["intent"]
    store = simulation.store
    intent = store.payment_intents.find(intent_id) or store.setup_intents.find(intent_id)
    if intent and request.query_params.get("client_secret") == intent["client_secret"]:
        return intent
    return None


def _show(content: str, status: int) -> Response:
    return HTMLResponse(_PAGE.format(content=content), status)


def _finish(simulation: Simulation, intent: Json, *, succeeded: bool) -> Response:
    simulation.requested_by = {"id": None, "idempotency_key": None}
    back = intent["next_action"].get("redirect_to_url", {}).get("return_url")
    kinds = {"payment_intent": payment_attempts, "setup_intent": setup_intents}
    kinds[intent["object"]].finish_authentication(simulation, intent, succeeded=succeeded)
    if back is None:
        return _show(f"<p>Done: {intent['status']}.</p>", 200)
    return RedirectResponse(_return_address(back, intent), 303)


def _return_address(back: str, intent: Json) -> str:
    """Return the address with the parameters that Stripe adds to it."""
    noun = intent["object"]
    status = "succeeded" if intent["status"] == "succeeded" else "failed"
    added = {noun: intent["id"], f"{noun}_client_secret": intent["client_secret"], "redirect_status": status}
    return f"{back}{'&' if urlsplit(back).query else '?'}{urlencode(added)}"
