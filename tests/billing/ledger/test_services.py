"""The ledger's laws, against PostgreSQL itself."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from billing.ledger import queries
from billing.ledger.models import BookClosing, Journal, Posting
from billing.ledger.rules import Account, BadJournal, credit, debit
from billing.ledger.services import AlreadyReversed, Entry, JournalDiffers, Signature, post, post_all, reverse
from tests.racing import at_once
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id

AT = datetime(2026, 3, 2, tzinfo=UTC)


def _legs(cents: int = 500):
    return [debit(Account.STRIPE_BALANCE, cents), credit(Account.RECEIVABLE_EMPLOYEE, cents)]


def _post(key: str = "pi:1:succeeded", cents: int = 500, **kwargs):
    return post(business_key=key, kind="payment", legs=_legs(cents), at=AT, **kwargs)


def _insert_raw(leg_count: int, *cents: int) -> Journal:
    """Write past the service."""
    journal = Journal.objects.create(
        business_key=f"raw:{new_id()}", kind="raw", at=AT, occurred_at=AT, leg_count=leg_count
    )
    Posting.objects.bulk_create(Posting(journal=journal, account="bank", amount_cents=c) for c in cents)
    return journal


def test_the_same_key_and_legs_return_the_first_journal(as_worker):
    first = _post()
    assert _post().pk == first.pk
    assert Posting.objects.count() == 2


def _entry(key: str, cents: int = 500, **more) -> Entry:
    return Entry(business_key=key, kind="payment", legs=_legs(cents), at=AT, **more)


def test_several_journals_are_written_by_one_statement_and_those_known_before_are_found(as_worker):
    known = _post("a")
    with CaptureQueriesContext(connection) as asked:
        first, again, third = post_all([_entry("b", 7), _entry("a"), _entry("c", 11)])
    assert sum("INSERT INTO billing_posting" in each["sql"] for each in asked.captured_queries) == 1
    assert again.pk == known.pk
    assert [sorted(leg.amount_cents for leg in queries.legs_of(one)) for one in (first, third)] == [[-7, 7], [-11, 11]]
    assert queries.balance(Account.STRIPE_BALANCE) == 518


def test_of_several_journals_none_is_written_when_one_cannot_be(as_worker):
    _post("a")
    with pytest.raises(JournalDiffers), transaction.atomic():
        post_all([_entry("b"), _entry("a", 501)])
    with pytest.raises(BadJournal):
        post_all([_entry("b"), Entry(business_key="c", kind="x", legs=_legs()[:1], at=AT)])
    assert Journal.objects.count() == 1


def test_a_journal_of_many_legs_keeps_who_each_is_about(as_worker):
    member, clinic, employer = new_id(), new_id(), new_id()
    legs = [
        debit(Account.RECEIVABLE_EMPLOYEE, 5, member_id=member),
        debit(Account.RECEIVABLE_EMPLOYER_UNBILLED, 6, member_id=member, employer_id=employer),
        credit(Account.CLINIC_PAYABLE, 11, clinic_id=clinic),
    ]
    assert queries.legs_of(post(business_key="k", kind="x", legs=legs, at=AT)) == legs


def test_the_order_of_legs_does_not_matter(as_worker):
    first = _post()
    again = post(business_key="pi:1:succeeded", kind="payment", legs=_legs()[::-1], at=AT)
    assert again.pk == first.pk


def test_the_same_key_with_other_legs_is_refused(as_worker):
    _post()
    with pytest.raises(JournalDiffers):
        _post(cents=501)
    assert queries.balance(Account.STRIPE_BALANCE) == 500


def test_a_bad_journal_writes_nothing(as_worker):
    with pytest.raises(BadJournal):
        post(business_key="k", kind="x", legs=_legs()[:1], at=AT)
    assert not Journal.objects.exists()


def test_a_reversal_brings_every_account_back_and_happens_once(as_worker):
    first = _post()
    for _ in range(2):
        mirror = reverse(journal=first, business_key="r:1", kind="payment_reversed", at=AT)
    assert mirror.reverses_id == first.pk
    assert Journal.objects.count() == 2
    assert all(total.balance_cents == 0 for total in queries.trial_balance())
    with pytest.raises(AlreadyReversed):
        reverse(journal=first, business_key="r:2", kind="payment_reversed", at=AT)


def test_balances_are_told_by_subject(as_worker):
    ann, ben = new_id(), new_id()
    for key, member, cents in [("a", ann, 300), ("b", ben, 200)]:
        legs = [debit(Account.RECEIVABLE_EMPLOYEE, cents, member_id=member), credit(Account.REVENUE, cents)]
        post(business_key=key, kind="x", legs=legs, at=AT)
    assert queries.balance(Account.RECEIVABLE_EMPLOYEE, member_id=ann) == 300
    assert queries.balance(Account.RECEIVABLE_EMPLOYEE) == 500
    assert queries.balance(Account.REVENUE) == -500


@pytest.mark.parametrize(
    ("leg_count", "cents"),
    [(2, (5, -4)), (2, ()), (2, (5,)), (3, (5, -5)), (2, (5, 5, -10))],
    ids=["unbalanced", "empty", "one-legged", "a leg missing", "a leg too many"],
)
def test_the_database_refuses_at_the_commit(committed_db, leg_count, cents):
    with pytest.raises(IntegrityError, match=r"not in balance|does not have the legs"), acting_as(WORKER):
        _insert_raw(leg_count, *cents)
    with acting_as(WORKER):
        assert not Journal.objects.exists()


@pytest.mark.parametrize(("leg_count", "cents"), [(1, (5,)), (0, ())])
def test_the_database_refuses_a_journal_meant_for_one_leg_or_none(as_worker, leg_count, cents):
    with pytest.raises(IntegrityError, match="journal_has_two_legs"), transaction.atomic():
        _insert_raw(leg_count, *cents)


def test_the_database_refuses_a_leg_of_zero_cents_or_off_the_chart(as_worker):
    journal = _post()
    for account, cents, constraint in [
        ("bank", 0, "posting_not_zero"),
        ("cash", 5, "posting_account_in_chart"),
    ]:
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            Posting.objects.create(journal=journal, account=account, amount_cents=cents)


def test_legs_added_later_are_refused_even_in_balance(committed_db):
    with acting_as(WORKER):
        journal = _post()
    with pytest.raises(IntegrityError, match="does not have the legs"), acting_as(WORKER):
        Posting.objects.bulk_create(Posting(journal=journal, account="bank", amount_cents=cents) for cents in (7, -7))
    with acting_as(WORKER):
        assert len(queries.legs_of(journal)) == 2


@pytest.mark.parametrize("table", ["billing_journal", "billing_posting"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"],
    ids=["update", "delete", "truncate"],
)
def test_not_even_the_owner_changes_what_was_posted(committed_db, table, statement):
    with acting_as(WORKER):
        _post()
    owner = connections["owner"]
    why = "append-only: what was posted is never edited; reverse the journal and post a new one"
    with pytest.raises(DatabaseError, match=why), owner.cursor() as cursor:
        cursor.execute(statement.format(table))
    owner.close()
    with acting_as(WORKER):
        assert Posting.objects.count() == 2


@pytest.mark.parametrize("role", [Role.AUTH, Role.HR, Role.EMPLOYEE, Role.CLINIC])
@pytest.mark.parametrize("model", [Journal, Posting])
def test_no_tenant_reads_or_writes_the_ledger(db, role, model):
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        acting_as(Actor(role=role, member=new_id())),
    ):
        model.objects.exists()


def test_an_operator_posts_under_their_own_name_and_with_a_reason_only(db):
    operator = Actor(role=Role.OPERATOR, user=new_id())
    signatures = [
        Signature(user_id=None, reason="because"),
        Signature(user_id=new_id(), reason="because"),
        Signature(user_id=operator.user, reason=""),
    ]
    for signature in signatures:
        with pytest.raises(IntegrityError, match="carries its author and a reason"), acting_as(operator):
            _post(signature=signature)
    with acting_as(operator):
        _post(signature=Signature(user_id=operator.user, reason="because"))
        assert queries.balance(Account.STRIPE_BALANCE) == 500


def test_an_operator_edits_nothing(db):
    operator = Actor(role=Role.OPERATOR, user=new_id())
    with acting_as(WORKER):
        _post()
    for model, change in ((Journal, {"kind": "x"}), (Posting, {"currency": "eur"}), (BookClosing, {"reason": "x"})):
        with pytest.raises(DatabaseError, match="permission denied"), acting_as(operator):
            model.objects.update(**change)


def test_two_that_race_for_a_key_post_once(committed_db):
    posted = at_once(*[acting_as(WORKER)(_post)] * 4)
    assert len({journal.pk for journal in posted}) == 1
    with acting_as(WORKER):
        assert queries.balance(Account.STRIPE_BALANCE) == 500
