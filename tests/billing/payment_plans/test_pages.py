"""What a member reads about what they pay."""

import pytest
from django.test import Client

from billing.payment_plans.models import Instalment
from tests.factories.benefits import make_hr, signed_in
from tests.factories.payments import agree, browser_of, paying_member
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id

pytestmark = pytest.mark.django_db


def instalments_of(plan):
    with acting_as(WORKER):
        return list(Instalment.objects.filter(plan=plan).order_by("number"))


def test_payments_show_amounts_dates_and_status(now):
    member = paying_member()
    first, second = instalments_of(agree(member, cents=41_251, count=2, now=now))
    with acting_as(WORKER):
        Instalment.objects.filter(pk=first.pk).update(status="paid", paid_at=now)
        Instalment.objects.filter(pk=second.pk).update(status="action_required")
    answer = browser_of(member).get("/payments/")
    page = answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    for words in ("In total $412.51", "$206.26", "$206.25", "March 2, 2026", "April 2, 2026", "Paid"):
        assert words in page
    assert f'href="/pay/{second.pk}/"' in page
    assert f'href="/pay/{first.pk}/"' not in page


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("action_required", "Your bank wants you to confirm this payment"),
        ("needs_method", "Another payment method is needed"),
        ("paid", "It is paid"),
        ("scheduled", "nothing for you to do now"),
    ],
)
def test_an_instalment_says_what_it_needs(now, status, words):
    member = paying_member()
    [instalment] = instalments_of(agree(member, cents=10_000, now=now))
    with acting_as(WORKER):
        Instalment.objects.filter(pk=instalment.pk).update(status=status)
    answer = browser_of(member).get(f"/pay/{instalment.pk}/")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert words in answer.content.decode()


def test_anothers_instalment_answers_like_an_unknown_one(now):
    [instalment] = instalments_of(agree(paying_member(), cents=10_000, now=now))
    client = browser_of(paying_member())
    assert [client.get(f"/pay/{each}/").status_code for each in (instalment.pk, new_id())] == [404, 404]
    assert "You have no payments" in client.get("/payments/").content.decode()


def test_others_are_sent_away(now):
    member = paying_member()
    assert member.employer
    [instalment] = instalments_of(agree(member, cents=10_000, now=now))
    for path in ("/payments/", f"/pay/{instalment.pk}/"):
        assert signed_in(make_hr(member.employer)).get(path).status_code == 404
        assert Client().get(path)["Location"] == f"/accounts/login/?next={path}"
