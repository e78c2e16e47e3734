"""One simulated Stripe account: everything that a reset throws away."""

from dataclasses import dataclass, field

from tests.simulators.stripe import events, webhook_endpoints
from tests.simulators.stripe.charge_log import ChargeLog
from tests.simulators.stripe.clock import Clock
from tests.simulators.stripe.documented_methods import Behaviour
from tests.simulators.stripe.faults import Faults
from tests.simulators.stripe.idempotency import IdempotencyKeys
from tests.simulators.stripe.json_types import Json
from tests.simulators.stripe.pace import Pace
from tests.simulators.stripe.schedule import Schedule
from tests.simulators.stripe.store import Store
from tests.simulators.stripe.webhooks import Outbox

DEFAULT_CONFIRMATION_LIMIT = 25


@dataclass
class Simulation:
    """The state, its clock and its witnesses. `base_url` is where the browser finds the 3-D Secure page."""

    clock: Clock
    base_url: str = ""
    webhook_url: str | None = None
    webhook_secrets: list[str] = field(default_factory=list)
    rate_limit: int = 0

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start afresh: no objects, no keys, no faults, real time; the endpoint given at the start stays."""
        self.clock.offset = 0.0
        self.store = Store()
        self.keys = IdempotencyKeys()
        self.faults = Faults()
        self.schedule = Schedule()
        self.charge_log = ChargeLog()
        self.outbox = Outbox(self.clock)
        self.request_log: list[Json] = []
        self.requested_by: Json = {"id": None, "idempotency_key": None}
        self.confirmation_limit = DEFAULT_CONFIRMATION_LIMIT
        self.confirmations: dict[str, int] = {}  # by PaymentIntent
        self.behaviours: dict[str, Behaviour] = {}  # by PaymentMethod
        self.prepared: set[str] = set()  # PaymentMethods authenticated or mandated for off-session use
        self.pace = Pace(per_s=self.rate_limit)
        self.checkout_metadata: dict[str, Json] = {}  # by Checkout Session: of the SetupIntent that it will make
        self.spent: set[str] = set()  # PaymentMethods detached: Stripe never takes those again
        if self.webhook_url:
            webhook_endpoints.register(self, self.webhook_url, ["*"], self.webhook_secrets)

    def announce(self, event_type: str, obj: Json, previous: Json | None = None) -> None:
        """Record an event with a snapshot of the object and queue it for every endpoint that listens."""
        event = events.record(self.store, self.clock.timestamp(), event_type, obj, self.requested_by, previous)
        self.outbox.queue(event, self.store.webhook_endpoints.all())

    def run_due(self) -> None:
        """Do what the clock has made due: settlements and late failures happen by nobody's request."""
        self.requested_by = {"id": None, "idempotency_key": None}
        self.schedule.run_due(self.clock.now())
