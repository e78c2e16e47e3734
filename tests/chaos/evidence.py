"""What a run left behind, read from those who own it: the database, the clinics' log, the mailbox, Stripe's log."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from tests.chaos.journal import read
from tests.chaos.lab import Lab
from tests.chaos.stage import Stage

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything a check may look at.

    `events` are (tag, type, id) of the run's own; `effects` count (consumer, event id); `mails` are Message-IDs as
    they arrived, `mail_rows` (key, Message-ID) as queued; `charges` count amounts in cents that Stripe took;
    `messages` count message ids that were applied; `rest` is what is still open, by what it is.
    """

    batches: list[Json]
    payments: list[Json]
    sent: list[Json]
    events: list[tuple[str, str, str]]
    effects: Counter[tuple[str, str]]
    effect_times: list[float]
    misordered: int
    received: list[Json]
    mails: Counter[str]
    mail_times: list[float]
    mail_rows: list[tuple[str, str]]
    charges: Counter[int]
    charged_cents: int
    ledger_cents: int
    messages: Counter[str]
    early_timers: int
    rest: Counter[str]


EVENTS = "SELECT data->>'tag', type, id::text FROM workers_event WHERE type LIKE 'chaos.%'"
EFFECTS = "SELECT consumer, event_id::text, count(*) FROM chaos_effect GROUP BY 1, 2"
EFFECT_TIMES = "SELECT extract(epoch FROM at)::float8 FROM chaos_effect ORDER BY 1"
# The jobs of a key follow each other, so the ids of their effects grow with the versions of its events.
MISORDERED = """
SELECT count(*) FROM (
  SELECT aggregate_version < max(aggregate_version) OVER (
    PARTITION BY consumer, aggregate_type, aggregate_id ORDER BY effect.id
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS is_late
  FROM chaos_effect AS effect JOIN workers_event AS event ON event.id = effect.event_id) AS numbered
WHERE is_late
"""
MAIL_ROWS = "SELECT key, '<' || id || '@benefit.example>' FROM workers_email WHERE status = 1 AND sent_at IS NOT NULL"
MESSAGES = "SELECT message_id, count(*) FROM referrals_clinicupdate GROUP BY 1"
LEDGER = """
SELECT coalesce(sum(amount_cents), 0) FROM billing_posting WHERE account IN ('stripe_balance', 'stripe_fees')
"""
EARLY = """
SELECT count(*) FROM chaos_effect AS effect JOIN workers_event AS event ON event.id = effect.event_id
WHERE event.type = 'chaos.rang.v1' AND effect.at < event.occurred_at
"""
REST = """
SELECT 'dead ' || kind, count(*) FROM open WHERE status NOT IN (0, 1) GROUP BY 1
UNION ALL SELECT 'leased ' || kind, count(*) FROM open WHERE status = 0 AND lease_until > clock_timestamp() GROUP BY 1
UNION ALL SELECT 'waiting ' || kind, count(*) FROM open
  WHERE status = 0 AND coalesce(lease_until <= clock_timestamp(), true) GROUP BY 1
UNION ALL SELECT 'late timers', count(*) FROM workers_timer WHERE due_at <= clock_timestamp() + %(offset)s
"""
OPEN = """
WITH open AS (
  SELECT 'jobs in ' || lane AS kind, status, due_at, lease_until FROM workers_job
  UNION ALL SELECT 'deliveries', status, due_at, lease_until FROM workers_open_delivery
  UNION ALL SELECT 'e-mails', status, due_at, lease_until FROM workers_email WHERE status <> 1)
"""


def gather(lab: Lab, stage: Stage) -> Evidence:
    """Read it all, past proxies and row security."""
    received_log = (stage.folder / "received.jsonl").read_text().splitlines()
    mails = _get(stage, "mailbox", "/messages")
    charges = [charge for charge in _get(stage, "stripe", "/control/charges") if charge["outcome"] == "succeeded"]
    with lab.superuser(stage.database) as database:
        rows = lambda query: database.execute(query).fetchall()  # noqa: E731
        return Evidence(
            batches=list(read(stage.folder, "publisher")),
            payments=list(read(stage.folder, "payer")),
            sent=list(read(stage.folder, "clinics")),
            events=rows(EVENTS),
            effects=Counter({(consumer, event): count for consumer, event, count in rows(EFFECTS)}),
            effect_times=[at for (at,) in rows(EFFECT_TIMES)],
            misordered=rows(MISORDERED)[0][0],
            received=[json.loads(line) for line in received_log],
            mails=Counter(mail["headers"]["Message-ID"][0] for mail in mails),
            mail_times=sorted(_seconds(mail["received_at"]) for mail in mails),
            mail_rows=rows(MAIL_ROWS),
            charges=Counter(charge["amount"] for charge in charges),
            charged_cents=sum(charge["amount"] for charge in charges),
            ledger_cents=int(rows(LEDGER)[0][0]),
            messages=Counter(dict(rows(MESSAGES))),
            early_timers=rows(EARLY)[0][0],
            rest=rest(lab, stage),
        )


def rest(lab: Lab, stage: Stage, *, due_only: bool = False) -> Counter[str]:
    """Return what is still open, by what it is; with `due_only` without what backs off, or waits for a person."""
    offset = f"{_offset(stage)} seconds"
    only = "" if not due_only else f" AND due_at <= clock_timestamp() + '{offset}'::interval"
    query = OPEN + REST.replace("WHERE status = 0", f"WHERE status = 0{only}")
    with lab.superuser(stage.database) as database:
        found = database.execute(query, {"offset": offset}).fetchall()
    return +Counter({what: count for what, count in found if not (due_only and what.startswith("dead "))})


def _offset(stage: Stage) -> float:
    return float(stage.clock.read_text()) if stage.clock.exists() else 0.0


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _get(stage: Stage, simulator: str, path: str) -> list[Json]:
    answer: list[Json] = httpx.get(stage.url(simulator) + path, trust_env=False, timeout=60).raise_for_status().json()
    return answer
