"""`manage.py billing` in a terminal."""

import io
import json
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from billing.ledger.queries import closed_through
from billing.ledger.rules import Account, credit, debit
from billing.ledger.services import post
from tests.factories.billing import course_of, covered_member, quoted
from tests.factories.books import account_of, employer_with, issued
from tests.factories.payments import accepted_quote, agree, paying_member
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

AT = datetime(2026, 2, 2, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("now")


def run(*words: str, fails_with: int = 0) -> str:
    """What a command prints; its exit code is as expected."""
    out = io.StringIO()
    code = 0
    try:
        call_command("billing", *words, stdout=out)
    except SystemExit as ended:
        code = int(ended.code or 0)
    except CommandError as refused:
        code = refused.returncode
        out.write(str(refused))
    assert code == fails_with, out.getvalue()
    return out.getvalue()


def told(*words: str, **more: Any) -> Any:
    """The same as JSON."""
    return json.loads(run("--json", *words, **more))


@pytest.fixture
def payout(db):
    with acting_as(WORKER):
        legs = [debit(Account.BANK, 700), credit(Account.STRIPE_BALANCE, 700)]
        return post(business_key="payout:1", kind="payout", legs=legs, at=AT)


def test_a_trial_balance_is_a_table_that_ends_in_balance(payout):
    text = run("trial-balance", "--verify")
    assert "1000  bank" in text
    assert "Debits $7.00 = credits $7.00. Every posting was added up: the totals are right." in text
    assert told("trial-balance")["accounts"]["bank"] == 700


def test_a_statement_lists_lines(payout):
    assert "payout:1" in run("statement", "bank", "2026-02")
    assert told("statement", "bank", "2026-02")["closing_cents"] == 700


def test_months_are_closed_and_opened(payout):
    assert "closed through 2026-02-28" in run("close", "2026-02", "--why", "checked")
    assert "2026-02-28" in run("close", "2026-02", "--why", "checked", fails_with=2)
    run("reopen", "2026-02", "--why", "late bill")
    with acting_as(WORKER):
        assert closed_through() == datetime(2026, 1, 31, tzinfo=UTC).date()


@pytest.mark.parametrize(("form", "begins"), [("csv", "journal,booked_at"), ("beancount", 'option "title"')])
def test_books_are_exported(payout, form, begins):
    assert run("export", form, "2026-02").startswith(begins)


def test_a_quote_is_explained(db, now):
    quote = accepted_quote(paying_member(), 10_000, now)
    assert "The member pays $100.00" in run("explain", str(quote.pk))
    assert told("explain", str(quote.pk))["status"] == "accepted"


def test_every_step_of_a_price_names_its_rule_and_version(db, now):
    member = covered_member()
    quote = quoted(member, course_of(member), now)
    shown = run("explain", str(quote.pk))
    assert "1. Your employer's plan pays 60 % of the $175.00 that is left: $105.00.  [employer_percent " in shown
    assert len(told("explain", str(quote.pk))["steps"]) == 3 * 4


def test_an_unknown_quote_is_named(db):
    assert "no such quote" in run("explain", str(new_id()), fails_with=2)


def test_attempts_are_listed(db, now):
    agree(paying_member(), cents=10_000, now=now)
    assert run("attempts") == "No attempts.\n"
    assert told("attempts", "--status", "unknown") == []


def test_debts_are_listed_by_age(db):
    assert run("ageing") == "Nobody owes anything.\n"
    employer = employer_with(30)
    account_of(employer)
    issued(employer)
    assert "$240.00" in run("ageing")


def test_what_cannot_be_read_is_refused(db):
    for words in (("statement", "bank", "2026-13"), ("statement", "cash", "2026-03"), ("explain", "x"), ()):
        with pytest.raises(CommandError):
            call_command("billing", *words, stdout=sys.stdout)


def test_reconcile_says_when_stripe_is_away(committed_db, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    assert "APIConnectionError" in run("reconcile", fails_with=2)
