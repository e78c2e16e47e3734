"""One comparison of everything, and the timer of the next."""

from datetime import date, datetime, timedelta

from billing.events.books import ReconciliationDue
from billing.invoices.services.stripe_settling import refresh_open
from billing.ledger.rules import start_of
from billing.reconciliation import queries
from billing.reconciliation.models import ReconciliationRun
from billing.reconciliation.services.importing import import_movements, import_payouts
from billing.reconciliation.services.matching import match_all, note_unaccounted, note_unexplained
from workers.kernel.actor import WORKER, acting_as
from workers.timers.scheduling import schedule

AT_NIGHT = timedelta(hours=9)  # UTC: before anybody in the United States works


def reconcile(*, on: date, now: datetime) -> ReconciliationRun:
    """Import, match, note what differs, and set the timer of the next day. May be repeated at any point.

    Raises client.StripeFailure for what is to be tried again.
    """
    run = _begin(on)
    refresh_open(now=now)
    imported = import_movements(now=now)
    unexplained = import_payouts(now=now)
    matched = match_all(now=now)
    note_unaccounted(now=now)
    note_unexplained(unexplained, now=now)
    return _finish(run, imported, matched, now)


def _begin(on: date) -> ReconciliationRun:
    with acting_as(WORKER):
        ReconciliationRun.objects.bulk_create([ReconciliationRun(on=on)], ignore_conflicts=True)
        run = ReconciliationRun.objects.get(on=on)
        tomorrow = on + timedelta(days=1)
        due_at = start_of(tomorrow) + AT_NIGHT
        schedule(ReconciliationDue(on=tomorrow), about=run, due_at=due_at)
    return run


def _finish(run: ReconciliationRun, imported: int, matched: int, now: datetime) -> ReconciliationRun:
    with acting_as(WORKER):
        run = ReconciliationRun.locked(pk=run.pk)
        run.finished_at = now
        run.imported += imported
        run.matched += matched
        run.open_differences = queries.open_differences().count()
        run.save(update_fields=["finished_at", "imported", "matched", "open_differences"])
    return run
