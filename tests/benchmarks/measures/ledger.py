"""billing.trial_balance: what every account holds, over five million postings."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from billing.ledger.queries import trial_balance
from tests.benchmarks.bench import Bench, scaled, use_database
from tests.benchmarks.comparing import Figures, Measure, Side, compare
from workers.kernel.actor import WORKER, acting_as

POSTINGS = scaled(5_000_000)
JOURNALS_AT_ONCE = scaled(250_000)
_DEFERRED = ("journal_balanced", "posting_balanced")  # checked by a query per row: that would take an hour

_JOURNALS = """
INSERT INTO billing_journal (id, business_key, kind, at, occurred_at, leg_count, reason)
SELECT lpad(to_hex(n), 32, '0')::uuid, 'bench:' || n, 'bench', at, at, 2, ''
FROM (SELECT n, timestamptz '2025-01-01' + n * interval '10 seconds' AS at
      FROM generate_series({first}, {last}) AS n) AS made
"""
_POSTINGS = """
INSERT INTO billing_posting (id, journal_id, account, amount_cents, currency)
SELECT lpad(to_hex(2 * n + side), 32, '0')::uuid, lpad(to_hex(n), 32, '0')::uuid,
       (ARRAY['stripe_balance', 'receivable_employee', 'revenue', 'deferred_revenue', 'clinic_payable'])
         [1 + (n + side) % 5], (1 - 2 * side) * (100 + n % 9900), 'usd'
FROM generate_series({first}, {last}) AS n, generate_series(0, 1) AS side
"""
_BARE = """
SELECT account, sum(amount_cents) FILTER (WHERE amount_cents > 0), sum(amount_cents) FILTER (WHERE amount_cents < 0)
FROM billing_posting GROUP BY account
"""


@compare(Measure(name="billing.trial_balance", unit="ms", better="lower", required=2), pairs=3)
@contextmanager
def trial_balances(bench: Bench) -> Iterator[tuple[Side, Side]]:
    """The trial balance as the API asks for it, against the bare aggregate over the same postings, in milliseconds."""
    with bench.database("bench_ledger") as ledger:
        _fill(ledger)
        use_database(ledger)
        yield _ours, lambda: _bare(ledger)
    use_database(bench)


def _fill(bench: Bench) -> None:
    _switch(bench, "DISABLE")
    with bench.worker_connection() as worker:
        for first in range(0, POSTINGS // 2, JOURNALS_AT_ONCE):
            last = first + JOURNALS_AT_ONCE - 1
            worker.execute(_JOURNALS.format(first=first, last=last))
            worker.execute(_POSTINGS.format(first=first, last=last))
    _switch(bench, "ENABLE")
    with bench.owner() as owner:
        owner.execute("VACUUM (ANALYZE) billing_posting")
        owner.execute("VACUUM (ANALYZE) billing_runningtotal")


def _switch(bench: Bench, how: str) -> None:
    with bench.owner() as owner:
        for table, trigger in zip(("billing_journal", "billing_posting"), _DEFERRED, strict=True):
            owner.execute(f"ALTER TABLE {table} {how} TRIGGER {trigger}")


def _ours() -> Figures:
    start = perf_counter()
    with acting_as(WORKER):
        totals = trial_balance()
    taken = (perf_counter() - start) * 1000
    assert sum(total.debit_cents for total in totals) == sum(total.credit_cents for total in totals) > 0
    return (taken,)


def _bare(bench: Bench) -> Figures:
    with bench.worker_connection() as worker:
        start = perf_counter()
        rows = worker.execute(_BARE).fetchall()
        taken = (perf_counter() - start) * 1000
    assert len(rows) == 5
    return (taken,)
