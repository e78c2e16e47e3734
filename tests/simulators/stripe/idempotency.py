"""API v1's idempotency keys (docs.stripe.com/api/idempotent_requests).

A key is claimed once the parameters have passed the check and holds the first answer, whatever it was, 5xx
included; it may be pruned after 24 hours, whereupon the same request *executes again*.
"""

from dataclasses import dataclass, field

from tests.simulators.stripe.errors import Refusal
from tests.simulators.stripe.json_types import Json

KEPT_SECONDS = 24 * 3600
LONGEST_KEY = 255


@dataclass(frozen=True)
class Answer:
    """What was answered to one request."""

    status: int
    body: bytes
    request_id: str


@dataclass
class _Entry:
    endpoint: str
    params: Json
    created: float
    answer: Answer | None = None


@dataclass
class IdempotencyKeys:
    """Every key seen in the last 24 hours of the simulator's clock."""

    _entries: dict[str, _Entry] = field(default_factory=dict)

    def claim(self, key: str, endpoint: str, params: Json, now: float) -> Answer | None:
        """Take a key for execution, or return the answer stored under it.

        Raises Refusal: 400 `idempotency_error` for another endpoint or other parameters, 409 while in use.
        """
        self._prune(now)
        entry = self._entries.get(key)
        if entry is None:
            self._entries[key] = _Entry(endpoint, params, now)
            return None
        _check_same(entry, key, endpoint, params)
        if entry.answer is None:
            raise in_use(key)
        return entry.answer

    def store(self, key: str, answer: Answer) -> None:
        """Keep the answer of a claimed key, unless the key was forgotten meanwhile by a reset."""
        if entry := self._entries.get(key):
            entry.answer = answer

    def _prune(self, now: float) -> None:
        """Forget old keys, never one in use: Stripe holds those locked for as long as the request runs."""
        old = []
        for key, entry in self._entries.items():  # oldest first; a clock that was moved back delays it, no more
            if now - entry.created < KEPT_SECONDS:
                break
            if entry.answer is not None:
                old.append(key)
        for key in old:
            del self._entries[key]


def in_use(key: str) -> Refusal:
    """A 409: the same key is being executed at this moment."""
    message = (
        f"There is currently another in-progress request using this Idempotent Key: {key}. Please try again later."
    )
    return Refusal(409, "idempotency_error", message, code="idempotency_key_in_use")


def check_length(key: str) -> None:
    """Raise Refusal for a key longer than Stripe takes."""
    if len(key) > LONGEST_KEY:
        raise Refusal(400, "idempotency_error", f"Idempotency keys have at most {LONGEST_KEY} characters.")


def _check_same(entry: _Entry, key: str, endpoint: str, params: Json) -> None:
    if entry.endpoint != endpoint:
        message = (
            "Keys for idempotent requests can only be used for the same endpoint they were first used for "
            f"('{endpoint}' vs '{entry.endpoint}'). Try using a key other than '{key}' if you meant to "
            "execute a different request."
        )
        raise Refusal(400, "idempotency_error", message)
    if entry.params != params:
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were first used "
            f"with. Try using a key other than '{key}' if you meant to execute a different request."
        )
        raise Refusal(400, "idempotency_error", message)
