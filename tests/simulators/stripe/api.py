"""How one API request is handled, from the key in its header to the answer stored under its idempotency key.

identify → route → check parameters → fault before? → claim the key → execute → fault after? → store → answer
"""

import json
import traceback
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from tests.simulators.stripe import credentials, form, gate, routes
from tests.simulators.stripe.connections import DroppedConnection
from tests.simulators.stripe.errors import Refusal, invalid
from tests.simulators.stripe.events import API_VERSION
from tests.simulators.stripe.faults import Fault
from tests.simulators.stripe.idempotency import Answer, check_length
from tests.simulators.stripe.ids import new_id
from tests.simulators.stripe.intent_rules import shown
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.operations import Call, Operation
from tests.simulators.stripe.simulation import Simulation
from tests.simulators.stripe.store import check_expandable

_FORM = "application/x-www-form-urlencoded"


@dataclass
class Exchange:
    """One request with its line in the request log, which says `status: null` for a dropped connection."""

    simulation: Simulation
    request: Request
    text: str
    line: Json

    @property
    def key(self) -> str | None:
        """The idempotency key; Stripe ignores one on anything but a POST."""
        return self.line["idempotency_key"] if self.request.method == "POST" else None

    @property
    def endpoint(self) -> str:
        """The address that a key is bound to."""
        return f"{self.request.method} {self.request.url.path}"


async def handle(simulation: Simulation, request: Request) -> ASGIApp:
    """Answer one `/v1/…` request."""
    exchange = await _open(simulation, request)
    simulation.run_due()
    try:
        answer = await _answer(exchange)
    except Refusal as refusal:
        answer = _to_answer(exchange, refusal.status, refusal.body)
    if answer is None:
        return DroppedConnection()
    exchange.line["status"] = answer.status
    return _to_response(exchange, answer)


async def _open(simulation: Simulation, request: Request) -> Exchange:
    body = await request.body()
    line: Json = {
        "request_id": new_id("req"),
        "method": request.method,
        "path": request.url.path,
        "params": None,
        "idempotency_key": request.headers.get("idempotency-key"),
        "at": simulation.clock.timestamp(),
        "status": None,
        "replayed": False,
    }
    simulation.request_log.append(line)
    text = request.url.query if request.method == "GET" else body.decode("utf-8", "replace")
    return Exchange(simulation, request, text, line)


async def _answer(exchange: Exchange) -> Answer | None:
    """Return the answer, or None for a connection to drop. Raises Refusal for what never began to execute."""
    operation, call = _check(exchange)
    fault = exchange.simulation.faults.take(exchange.request.method, exchange.request.url.path)
    if fault and fault.stage == "before" and fault.kind != "timeout":
        if fault.kind == "drop":
            return None
        raise fault.refusal()
    stored = _claim(exchange, call)
    if stored:
        exchange.line["replayed"] = True
        return None if fault and fault.kind == "drop" else stored
    return await _execute_with_fault(exchange, operation, call, fault)


def _check(exchange: Exchange) -> tuple[Operation, Call]:
    """Do everything that Stripe does before execution begins."""
    request = exchange.request
    exchange.simulation.pace.count()
    caller = credentials.identify(request.headers)
    operation, ids = routes.find(request.method, request.url.path)
    credentials.check_may_call(caller, operation)
    raw = _raw_params(exchange)
    secret = raw.pop("client_secret", None) if caller.publishable else None
    params = gate.check(raw, operation.params)
    operation.check_simulated(params)
    if caller.publishable:
        operation.check_publishable(params)
        params["client_secret"] = secret
    check_expandable(operation.noun, params.get("expand", []), is_list=operation.is_list)
    return operation, Call(exchange.simulation, params, ids, caller.publishable)


def _raw_params(exchange: Exchange) -> dict[str, form.Raw]:
    content_type = exchange.request.headers.get("content-type", _FORM)
    if exchange.text and exchange.request.method != "GET" and not content_type.startswith(_FORM):
        raise invalid(f"Invalid request (check that your POST content type is {_FORM}).")
    raw = form.decode(exchange.text)
    exchange.line["params"] = dict(raw)
    return raw


def _claim(exchange: Exchange, call: Call) -> Answer | None:
    if exchange.key is None:
        return None
    check_length(exchange.key)
    now = exchange.simulation.clock.now()
    return exchange.simulation.keys.claim(exchange.key, exchange.endpoint, call.params, now)


async def _execute_with_fault(
    exchange: Exchange, operation: Operation, call: Call, fault: Fault | None
) -> Answer | None:
    """Execute; the key stays in use until the answer is stored, however long a fault holds it.

    What a reset met while it was held is forgotten with all else: it is dropped, and changes nothing made since.
    """
    keys, faults = exchange.simulation.keys, exchange.simulation.faults
    await faults.hold(fault, "before")
    if exchange.simulation.faults is not faults:
        return None
    answer = _execute(exchange, operation, call)
    await faults.hold(fault, "after")
    if fault and fault.kind == "error":
        refusal = fault.refusal()
        answer = _to_answer(exchange, refusal.status, refusal.body)
    if exchange.key is not None:
        keys.store(exchange.key, answer)
    return None if fault and fault.kind == "drop" else answer


def _execute(exchange: Exchange, operation: Operation, call: Call) -> Answer:
    simulation = exchange.simulation
    simulation.requested_by = {"id": exchange.line["request_id"], "idempotency_key": exchange.key}
    try:
        result = simulation.store.expanded(operation.run(call), call.params.get("expand", []))
        return _to_answer(exchange, 200, result)
    except Refusal as refusal:
        for name in ("payment_intent", "setup_intent"):
            if name in refusal.error:
                refusal.error[name] = shown(call, refusal.error[name])
        return _to_answer(exchange, refusal.status, refusal.body)
    except Exception as error:  # a bug of this server: answered as Stripe answers its own, and made visible
        traceback.print_exc()
        return _to_answer(exchange, 500, {"error": {"type": "api_error", "message": f"Simulator bug: {error!r}"}})


def _to_answer(exchange: Exchange, status: int, body: Json) -> Answer:
    return Answer(status, json.dumps(body, indent=2).encode(), exchange.line["request_id"])


def _to_response(exchange: Exchange, answer: Answer) -> Response:
    headers = {"Request-Id": exchange.line["request_id"], "Stripe-Version": API_VERSION}
    if exchange.key is not None:
        headers |= {"Idempotency-Key": exchange.key, "Original-Request": answer.request_id}
    if exchange.line["replayed"]:
        headers["Idempotent-Replayed"] = "true"
    return Response(answer.body, answer.status, headers, media_type="application/json")
