"""Stripe's refusals: HTTP status, type, code and message of each (docs.stripe.com/api/errors)."""

from tests.simulators.stripe.json_types import Json


class Refusal(Exception):
    """An error answer. `status` is the HTTP status, `error` the object under the `error` key."""

    def __init__(self, status: int, error_type: str, message: str, **fields: object) -> None:
        super().__init__(message)
        self.status = status
        self.error: Json = {"type": error_type, "message": message}
        self.error.update({name: value for name, value in fields.items() if value is not None})
        if code := self.error.get("code"):
            self.error["doc_url"] = f"https://stripe.com/docs/error-codes/{str(code).replace('_', '-')}"

    @property
    def body(self) -> Json:
        """The JSON body as Stripe sends it."""
        return {"error": self.error}


def invalid(message: str, *, param: str | None = None, code: str | None = None, **fields: object) -> Refusal:
    """A 400: the request is wrong in itself or in this state."""
    return Refusal(400, "invalid_request_error", message, param=param, code=code, **fields)


def unauthorized(message: str, code: str | None = None) -> Refusal:
    """A 401: no key, or one that may not do this."""
    return Refusal(401, "invalid_request_error", message, code=code)


def missing(noun: str, object_id: str, param: str) -> Refusal:
    """A 404 for the object in the address, a 400 for one named in a parameter, as Stripe tells them apart."""
    status = 404 if param == "id" else 400
    message = f"No such {noun}: '{object_id}'"
    return Refusal(status, "invalid_request_error", message, param=param, code="resource_missing")


def unknown_route(method: str, path: str) -> Refusal:
    """A 404 for an address that is no part of this simulator."""
    message = f"Unrecognized request URL ({method}: {path})."
    return Refusal(404, "invalid_request_error", message)


def not_simulated(param: str) -> Refusal:
    """A 400 of our own: real Stripe knows it, this simulator does not, and ignoring it would deceive the
    caller.
    """
    message = f"The simulator does not implement '{param}'; real Stripe does."
    return invalid(message, param=param, code="simulator_not_implemented")


def unexpected_state(message: str, **fields: Json) -> Refusal:
    """A 400: the PaymentIntent is not in a state that allows it."""
    return Refusal(400, "invalid_request_error", message, code="payment_intent_unexpected_state", **fields)
