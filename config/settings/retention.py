"""How long rows are kept, as data (docs/operations.md, "Retention"); workers/retention.py deletes what is over."""

from typing import Any

from config.settings.environment import KEEP_DAYS

_DONE = "status = 1"
_OPEN_JOB = "EXISTS (SELECT FROM workers_job AS job WHERE job.event_id = row.id)"
_OWN_ATTEMPT = "EXISTS (SELECT FROM workers_delivery_attempt AS attempt WHERE attempt.delivery_id = row.id)"
_OPEN = "EXISTS (SELECT FROM workers_open_delivery AS open WHERE open.delivery_id = row.{delivery})"

# In this order: attempts go before their deliveries. Rows are known by when they were made, which their UUIDv7 keys
# tell, so the primary key is the only index that is needed; `only` is SQL about `row`.
RETENTION: list[dict[str, Any]] = [
    {"table": "workers_event", "days": KEEP_DAYS["events"], "only": f"NOT {_OPEN_JOB}"},
    {"table": "workers_receipt", "days": KEEP_DAYS["receipts"]},
    {"table": "workers_idempotencykey", "days": 0, "ends": "expires_at"},
    {"table": "workers_email", "days": KEEP_DAYS["emails"], "only": _DONE},
    {
        "table": "workers_delivery_attempt",
        "days": KEEP_DAYS["deliveries"],
        "only": f"NOT {_OPEN.format(delivery='delivery_id')}",
    },
    {
        "table": "workers_delivery",
        "days": KEEP_DAYS["deliveries"],
        "only": f"NOT {_OPEN.format(delivery='id')} AND NOT {_OWN_ATTEMPT}",
    },
    # What members saved on the way and did not send says itself when it is over.
    {"table": "referrals_screeningdraft", "days": 0, "ends": "expires_at"},
    {"table": "referrals_sandbox_offer", "days": 30},  # test offers: nobody asks for them after a month
    {"table": "referrals_access_token", "days": 1, "ends": "expires_at", "actor": "act_auth"},
    {"table": "benefits_stagedrow", "days": 30},  # benefits/eligibility/rules/limits.py
    # Sessions say themselves when they are over, and belong to signing in.
    {"table": "benefits_session", "days": 0, "ends": "expire_date", "actor": "act_auth"},
]
