"""Checkout Sessions in mode=setup: Stripe's own page, which stores a payment method and charges nothing.

open ─► complete (the SetupIntent exists from then on) | expired (after 24 hours, or when told to)
"""

from html import escape
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tests.simulators.stripe import setup_intents
from tests.simulators.stripe.documented_methods import DOCUMENTED
from tests.simulators.stripe.errors import Refusal, invalid, not_simulated
from tests.simulators.stripe.ids import new_id
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.operations import Call, merge_metadata
from tests.simulators.stripe.simulation import Simulation

LIVES_SECONDS = 24 * 3600
_PAGE = """<!doctype html><html lang="en">
<head><meta charset="utf-8"><title>Checkout test page</title></head>
<body><main><h1>Checkout test page</h1>{content}</main></body></html>"""
_FORM = """<form method="post"><p><label>Payment method <select name="payment_method">{options}</select></label></p>
<button name="outcome" value="save">Save</button> <button name="outcome" value="cancel">Back</button></form>"""
_ACCEPTED: Json = {
    "customer_acceptance": {"type": "online", "online": {"ip_address": "127.0.0.1", "user_agent": "Checkout"}}
}


def create(call: Call) -> Json:
    """POST /v1/checkout/sessions."""
    if call.param("mode") != "setup":
        raise not_simulated("mode other than setup")
    if "success_url" not in call.params:
        raise invalid("Missing required param: success_url.", param="success_url", code="parameter_missing")
    customer = call.simulation.store.existing_customer(call.param("customer", ""), "customer")
    now, session_id = call.simulation.clock.timestamp(), new_id("cs_test")
    session: Json = {
        "id": session_id,
        "object": "checkout.session",
        "allowed_payment_method_types": call.param("allowed_payment_method_types", ["card"]),
        "cancel_url": call.param("cancel_url"),
        "created": now,
        "currency": call.param("currency"),
        "customer": customer["id"],
        "expires_at": now + LIVES_SECONDS,
        "livemode": False,
        "metadata": {},
        "mode": "setup",
        "payment_status": "no_payment_required",
        "setup_intent": None,
        "status": "open",
        "success_url": call.params["success_url"],
        "url": f"{call.simulation.base_url}/checkout/{session_id}",
    }
    merge_metadata(session, call.param("metadata", {}))
    call.simulation.checkout_metadata[session_id] = call.param("setup_intent_data", {}).get("metadata", {})
    call.simulation.schedule.at(session["expires_at"], lambda: _expire(call.simulation, session))
    return call.simulation.store.checkout_sessions.add(session)


def _expire(simulation: Simulation, session: Json) -> None:
    if session["status"] == "open":
        session.update(status="expired", url=None)
        simulation.announce("checkout.session.expired", session)


def retrieve(call: Call) -> Json:
    """GET /v1/checkout/sessions/{session}."""
    return call.simulation.store.checkout_sessions.get(call.ids["session"])


def expire(call: Call) -> Json:
    """POST /v1/checkout/sessions/{session}/expire."""
    session = call.simulation.store.checkout_sessions.get(call.ids["session"])
    if session["status"] != "open":
        raise invalid(f"Only open Checkout Sessions can be expired; this one is {session['status']}.")
    _expire(call.simulation, session)
    return session


async def page(simulation: Simulation, request: Request) -> Response:
    """Show Stripe's page, or take what its visitor chose and send the browser back."""
    simulation.run_due()
    session = simulation.store.checkout_sessions.find(request.path_params["session"])
    if session is None:
        return _show("<p>There is no such page.</p>", 404)
    if session["status"] != "open":
        return _show(f"<p>This page is {session['status']}.</p>", 409)
    if request.method == "GET":
        kinds = session["allowed_payment_method_types"]
        names = [name for name, behaviour in DOCUMENTED.items() if behaviour.kind in kinds]
        return _show(_FORM.format(options="".join(f"<option>{escape(name)}</option>" for name in names)), 200)
    form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
    if form.get("outcome") == "cancel":
        return RedirectResponse(session["cancel_url"] or session["success_url"], 303)
    return _save(simulation, session, form.get("payment_method", ""))


def _save(simulation: Simulation, session: Json, method_id: str) -> Response:
    simulation.requested_by = {"id": None, "idempotency_key": None}
    wanted: Json = {
        "customer": session["customer"],
        "usage": "off_session",
        "allowed_payment_method_types": session["allowed_payment_method_types"],
        "metadata": simulation.checkout_metadata.get(session["id"], {}),
    }
    try:
        intent = setup_intents.create(Call(simulation, wanted))
        chosen = {"payment_method": method_id, "return_url": session["success_url"], "mandate_data": _ACCEPTED}
        setup_intents.confirm(Call(simulation, chosen, {"intent": intent["id"]}))
    except Refusal as refusal:
        return _show(f"<p>{escape(refusal.error['message'])}</p>", 402)
    if intent["status"] != "succeeded":
        return _show("<p>The simulator's Checkout knows no 3-D Secure: choose another method.</p>", 402)
    session.update(status="complete", setup_intent=intent["id"], url=None)
    simulation.announce("checkout.session.completed", session)
    return RedirectResponse(session["success_url"], 303)


def _show(content: str, status: int) -> Response:
    return HTMLResponse(_PAGE.format(content=content), status)
