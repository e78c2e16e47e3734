"""`manage.py billing`: the books in a terminal.

Exit codes: 0 all is well, 1 something differs and a person is needed, 2 it could not be done.
"""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from billing.invoices.queries import ageing
from billing.invoices.rules import AGES
from billing.ledger import queries as ledger
from billing.ledger.rules import Account
from billing.ledger.services import Signature, closing
from billing.ledger.services.exporting import to_beancount, to_csv
from billing.payment_plans.models import AttemptStatus, ChargeAttempt
from billing.quotes.queries import explain
from billing.reconciliation import queries as reconciliation
from billing.reconciliation.rules import REMEDIES, DifferenceKind
from billing.reconciliation.services.resolving import resolve
from billing.reconciliation.services.running import reconcile
from billing.stripe.client import StripeFailure
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import DomainError
from workers.kernel.money import dollars
from workers.management.commands.engine import table

Options = dict[str, Any]
Answer = tuple[Any, str, bool]  # as JSON, as text, whether all is well
_BALANCES = ("number", "account", "debit", "credit", "balance")
_LINES = ("booked", "kind", "key", "amount", "balance")
_QUOTE = ("session", "list", "discount", "employer", "member", "deductible")
_ATTEMPTS = ("attempt", "instalment", "try", "status", "code", "amount", "payment_intent", "sent")
_DIFFERENCES = ("id", "kind", "subject", "ledger", "stripe", "off")


def month(text: str) -> date:
    """Read "2026-03". Raises ArgumentTypeError."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no month: write one like 2026-03.") from None


class Command(BaseCommand):
    """Compare the books with Stripe, read them, close them, and explain a price."""

    requires_system_checks = ()  # they import every page; `migrate` runs them
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One subcommand per question."""
        parser.add_argument("--json", action="store_true", help="Answer with one JSON object.")
        asked = parser.add_subparsers(dest="command", required=True)
        asked.add_parser("reconcile", help="Compare everything that moved at Stripe with the ledger.")
        balance = asked.add_parser("trial-balance", help="What every account holds.")
        balance.add_argument("--through", type=month, help="The last month that counts.")
        balance.add_argument("--verify", action="store_true", help="Add up every posting, and compare.")
        statement = asked.add_parser("statement", help="The postings of an account in a month.")
        statement.add_argument("account", choices=[account.value for account in Account])
        asked.add_parser("explain", help="Where every cent of a quote goes.").add_argument("quote", type=UUID)
        attempts = asked.add_parser("attempts", help="Attempts to charge, the newest first.")
        attempts.add_argument("--status", choices=AttemptStatus.values)
        attempts.add_argument("--limit", type=int, default=50)
        asked.add_parser("ageing", help="Which employer owes what, and since when.")
        solve = asked.add_parser("resolve", help="Bring the ledger to what Stripe says.")
        solve.add_argument("difference", type=UUID)
        solve.add_argument("--account", choices=[account.value for account in Account])
        export = asked.add_parser("export", help="A month of the books, to standard output.")
        export.add_argument("form", choices=list(_EXPORTS))
        close = asked.add_parser("close", help="Close the books through a month.")
        reopen = asked.add_parser("reopen", help="Reopen the books from a month on.")
        for of_a_month in (statement, export, close, reopen):
            of_a_month.add_argument("month", type=month)
        for signed in (solve, close, reopen):
            signed.add_argument("--why", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what is asked, and end with its exit code."""
        try:
            told, text, is_well = _COMMANDS[options["command"]](options)
        except (DomainError, StripeFailure, ValidationError) as error:
            raise CommandError(str(error), returncode=2) from None
        self.stdout.write(json.dumps(told, default=str) if options["json"] else text)
        if not is_well:
            sys.exit(1)


def _reconcile(options: Options) -> Answer:
    now = clock.now()
    run = reconcile(on=now.date(), now=now)
    with acting_as(WORKER):
        rows = [
            {
                "id": str(one.pk),
                "kind": one.kind,
                "subject": one.subject,
                "ledger": dollars(one.expected_cents),
                "stripe": dollars(one.found_cents),
                "off": dollars(one.off_cents),
            }
            for one in reconciliation.open_differences()
        ]
    counts = {"imported": run.imported, "matched": run.matched, "open_differences": len(rows)}
    lines = [f"Imported {run.imported} movements, matched {run.matched}, {len(rows)} differ."]
    if rows:
        kinds = sorted({row["kind"] for row in rows})
        lines += ["", table(_DIFFERENCES, rows), "", *(f"{kind}: {REMEDIES[DifferenceKind(kind)]}" for kind in kinds)]
    return counts | {"differences": rows}, "\n".join(lines), not rows


def _trial_balance(options: Options) -> Answer:
    with acting_as(WORKER):
        totals = ledger.trial_balance(through=options["through"])
        is_same = not options["verify"] or ledger.trial_balance() == ledger.recomputed_trial_balance()
    debits, credited = (sum(getattr(total, side) for total in totals) for side in ("debit_cents", "credit_cents"))
    told = {
        "debit_cents": debits,
        "credit_cents": credited,
        "verified": is_same if options["verify"] else None,
        "accounts": {total.account.value: total.balance_cents for total in totals},
    }
    rows = [
        {"number": total.account.entry.number, "account": total.account.value}
        | {name: dollars(getattr(total, f"{name}_cents")) for name in _BALANCES[2:]}
        for total in totals
    ]
    last = f"Debits {dollars(debits)} = credits {dollars(credited)}." if debits == credited else "NOT IN BALANCE."
    verdict = {True: " Every posting was added up: the totals are right.", False: " THE TOTALS ARE WRONG."}
    text = f"{table(_BALANCES, rows)}\n\n{last}{verdict[is_same] if options['verify'] else ''}"
    return told, text, debits == credited and is_same


def _statement(options: Options) -> Answer:
    account, month_of = Account(options["account"]), options["month"]
    with acting_as(WORKER):
        opening, lines = ledger.whole_statement(account, month=month_of)
    rows = [
        {
            "booked": line.posting.journal.at,
            "kind": line.posting.journal.kind,
            "key": line.posting.journal.business_key,
            "amount": dollars(line.posting.amount_cents),
            "balance": dollars(line.balance_cents),
        }
        for line in lines
    ]
    closing_cents = lines[-1].balance_cents if lines else opening
    text = f"Held before: {dollars(opening)}\n{table(_LINES, rows)}\nHeld after: {dollars(closing_cents)}"
    return {"opening_cents": opening, "closing_cents": closing_cents, "lines": rows}, text, True


def _explain(options: Options) -> Answer:
    with acting_as(WORKER):
        told = explain(options["quote"])
    quote, names = told.quote, {name: f"{name}_cents" for name in _QUOTE[1:]}
    lines = [
        {"session": each.line.kind, **{name: getattr(each.line, column) for name, column in names.items()}}
        for each in told.lines
    ]
    rows = [{name: dollars(value) if name in names else value for name, value in line.items()} for line in lines]
    total = f"The member pays {dollars(quote.member_cents)}, the employer {dollars(quote.employer_cents)}."
    text = "\n".join([f"Quote {quote.pk}, {quote.status}", table(_QUOTE, rows), "", *told.steps(), "", total])
    return {"id": quote.pk, "status": quote.status, "lines_cents": lines, "steps": told.steps()}, text, True


def _attempts(options: Options) -> Answer:
    with acting_as(WORKER):
        found = ChargeAttempt.objects.order_by("-created_at", "-pk")
        chosen = found.filter(status=options["status"]) if options["status"] else found
        rows = [
            {
                "attempt": str(one.pk),
                "instalment": str(one.instalment_id),
                "try": f"g{one.generation} a{one.number}",
                "status": one.status,
                "code": one.code or None,
                "amount": dollars(one.amount_cents),
                "payment_intent": one.payment_intent_id or None,
                "sent": one.sent_at,
            }
            for one in chosen[: options["limit"]]
        ]
    is_well = not any(row["status"] == AttemptStatus.UNKNOWN for row in rows)
    return rows, table(_ATTEMPTS, rows) if rows else "No attempts.", is_well


def _ageing(options: Options) -> Answer:
    with acting_as(WORKER):
        ages = ageing(on=clock.now().date())
    columns = ("employer", *(name for name, _, _ in AGES), "total")
    rows = [
        {"employer": age.employer, "total": dollars(age.total_cents)}
        | {name: dollars(cents) for name, cents in age.cents.items()}
        for age in ages
    ]
    told = [{"employer": age.employer, "cents": age.cents} for age in ages]
    return told, table(columns, rows) if rows else "Nobody owes anything.", True


def _resolve(options: Options) -> Answer:
    account = Account(options["account"]) if options["account"] else None
    with acting_as(WORKER):
        signature = _signed(options)
        done = resolve(difference_id=options["difference"], account=account, signature=signature, now=clock.now())
    return {"id": done.pk, "journal": done.journal_id}, f"Resolved by the journal {done.journal_id}.", True


def _change_period(options: Options) -> Answer:
    act = {"close": closing.close, "reopen": closing.reopen}[options["command"]]
    with acting_as(WORKER):
        done = act(month=options["month"], signature=_signed(options), now=clock.now())
    return {"closed_through": done.closed_through}, f"The books are closed through {done.closed_through}.", True


def _signed(options: Options) -> Signature:
    """The command line is nobody's account: the reason is all that is known."""
    return Signature(user_id=None, reason=options["why"])


_EXPORTS: dict[str, Callable[[date], str]] = {"csv": to_csv, "beancount": to_beancount}


def _export(options: Options) -> Answer:
    with acting_as(WORKER):
        text = _EXPORTS[options["form"]](options["month"])
    return {"text": text}, text.rstrip("\n"), True


_COMMANDS: dict[str, Callable[[Options], Answer]] = {
    "reconcile": _reconcile,
    "trial-balance": _trial_balance,
    "statement": _statement,
    "explain": _explain,
    "attempts": _attempts,
    "ageing": _ageing,
    "resolve": _resolve,
    "export": _export,
    "close": _change_period,
    "reopen": _change_period,
}
