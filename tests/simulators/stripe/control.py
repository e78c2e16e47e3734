"""The control API, which real Stripe has not: clock, faults, webhook switches, logs. JSON in, JSON out."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.simulators.stripe import disputes, webhook_endpoints
from tests.simulators.stripe.book_routes import CONTROLS as BOOK_CONTROLS
from tests.simulators.stripe.documented_methods import DOCUMENTED
from tests.simulators.stripe.errors import Refusal
from tests.simulators.stripe.faults import Fault
from tests.simulators.stripe.simulation import Simulation

Order = dict[str, Any]
Handler = Callable[[Simulation, Order], Any]


def health(simulation: Simulation, _: Order) -> Order:
    """GET /control/health."""
    return {"status": "ok", **clock(simulation)}


def clock(simulation: Simulation) -> Order:
    """Return the simulated time."""
    now = datetime.fromtimestamp(simulation.clock.now(), UTC)
    return {"now": now.isoformat(), "timestamp": int(now.timestamp())}


def move_clock(simulation: Simulation, order: Order) -> Order:
    """POST /control/clock {"advance": seconds} or {"now": RFC 3339 instant}; does what becomes due."""
    if set(order) == {"advance"}:
        simulation.clock.advance(float(order["advance"]))
    elif set(order) == {"now"}:
        simulation.clock.set(datetime.fromisoformat(order["now"]))
    else:
        raise ValueError('send {"advance": seconds} or {"now": instant}')
    simulation.run_due()
    return clock(simulation)


def add_fault(simulation: Simulation, order: Order) -> Order:
    """POST /control/faults: see `faults.Fault` for the fields."""
    simulation.faults.add(Fault.parse(order))
    return list_faults(simulation, {})


def list_faults(simulation: Simulation, _: Order) -> Order:
    """GET /control/faults: what is ordered and has not happened yet, and how many requests a time-out holds."""
    return {"faults": simulation.faults.pending(), "held": simulation.faults.held}


def clear_faults(simulation: Simulation, _: Order) -> Order:
    """DELETE /control/faults."""
    simulation.faults.clear()
    return list_faults(simulation, {})


def switch_webhooks(simulation: Simulation, order: Order) -> Order:
    """POST /control/webhooks {"double", "reorder", "drop": bool, "delay": seconds}."""
    simulation.outbox.switches.change(order)
    return show_webhooks(simulation, {})


def show_webhooks(simulation: Simulation, _: Order) -> Order:
    """GET /control/webhooks: the switches, and how many deliveries are still to be made."""
    return {**vars(simulation.outbox.switches), "waiting": simulation.outbox.waiting()}


def resend_event(simulation: Simulation, order: Order) -> Order:
    """POST /control/webhooks/resend {"event": id}: once more to every endpoint, as the dashboard's button."""
    event = simulation.store.events.get(order["event"])
    simulation.outbox.resend(event, simulation.store.webhook_endpoints.all())
    return show_webhooks(simulation, {})


def lose_event(simulation: Simulation, order: Order) -> Order:
    """POST /control/webhooks/lose {"event": id}: an endpoint's machine died over it and has not answered after all."""
    simulation.store.events.get(order["event"])["pending_webhooks"] += 1
    return show_webhooks(simulation, {})


def roll_secret(simulation: Simulation, order: Order) -> Order:
    """POST /control/webhooks/roll {"endpoint": id}: a new secret beside the old ones."""
    return {"secret": webhook_endpoints.roll_secret(simulation, order["endpoint"])}


def change_behaviour(simulation: Simulation, order: Order) -> Order:
    """POST /control/behaviours {"payment_method": id, "like": "pm_card_…"}: a saved card goes bad, or good
    again.
    """
    simulation.store.payment_methods.get(order["payment_method"])
    if order["like"] not in DOCUMENTED:
        raise ValueError(f"like is one of {sorted(DOCUMENTED)}")
    simulation.behaviours[order["payment_method"]] = DOCUMENTED[order["like"]]
    return {"payment_method": order["payment_method"], "like": order["like"]}


def limit_confirmations(simulation: Simulation, order: Order) -> Order:
    """POST /control/confirmation_limit {"limit": n}: one confirmation more cancels the PaymentIntent."""
    simulation.confirmation_limit = int(order["limit"])
    return {"limit": simulation.confirmation_limit}


def request_log(simulation: Simulation, _: Order) -> list[Order]:
    """GET /control/log: every API request, oldest first."""
    return simulation.request_log


def charge_log(simulation: Simulation, _: Order) -> list[Order]:
    """GET /control/charges: every charge whose outcome is known, oldest first; amounts in cents."""
    simulation.run_due()
    return simulation.charge_log.entries()


def start_dispute(simulation: Simulation, order: Order) -> Order:
    """POST /control/disputes {"charge": id, "amount"?: cents, "reason"?: text, "inquiry"?: bool}: a payer objects.

    A bank debit's dispute is its return: lost at once.
    """
    charge = simulation.store.charges.get(order.pop("charge"))
    return disputes.start(simulation, charge, **order)


def end_dispute(simulation: Simulation, order: Order) -> Order:
    """POST /control/disputes/end {"dispute": id, "outcome": "won", "lost" or "warning_closed"}."""
    dispute = simulation.store.disputes.get(order["dispute"])
    disputes.end(simulation, dispute, order["outcome"])
    return dispute


def limit_rate(simulation: Simulation, order: Order) -> Order:
    """POST /control/pace {"per_s": n}: more requests within a second are answered 429; 0 ends that."""
    simulation.pace.per_s, simulation.pace.peak = int(order["per_s"]), 0
    return show_pace(simulation, {})


def show_pace(simulation: Simulation, _: Order) -> Order:
    """GET /control/pace: the limit, and the most requests that came within a second since it was set."""
    return {"per_s": simulation.pace.per_s, "peak": simulation.pace.peak}


def reset(simulation: Simulation, _: Order) -> Order:
    """POST /control/reset: forget everything."""
    simulation.reset()
    return health(simulation, {})


_HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", "/control/health"): health,
    ("POST", "/control/clock"): move_clock,
    ("POST", "/control/faults"): add_fault,
    ("GET", "/control/faults"): list_faults,
    ("DELETE", "/control/faults"): clear_faults,
    ("POST", "/control/webhooks"): switch_webhooks,
    ("GET", "/control/webhooks"): show_webhooks,
    ("POST", "/control/webhooks/resend"): resend_event,
    ("POST", "/control/webhooks/lose"): lose_event,
    ("POST", "/control/webhooks/roll"): roll_secret,
    ("POST", "/control/behaviours"): change_behaviour,
    ("POST", "/control/confirmation_limit"): limit_confirmations,
    ("GET", "/control/log"): request_log,
    ("GET", "/control/charges"): charge_log,
    ("POST", "/control/disputes"): start_dispute,
    ("POST", "/control/disputes/end"): end_dispute,
    ("POST", "/control/pace"): limit_rate,
    ("GET", "/control/pace"): show_pace,
    ("POST", "/control/reset"): reset,
    **BOOK_CONTROLS,
}


def control_routes(simulation: Simulation) -> list[Route]:
    """Return the routes of the control API."""
    return [
        Route(path, _endpoint(simulation, handler), methods=[method]) for (method, path), handler in _HANDLERS.items()
    ]


def _endpoint(simulation: Simulation, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            order = await request.json() if await request.body() else {}
            return JSONResponse(handler(simulation, order))
        except Refusal as refusal:
            return JSONResponse(refusal.body, refusal.status)
        except (ValueError, TypeError, KeyError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)

    return endpoint
