"""Finance and clinics on their pages: what is to decide, what differs, who is behind, what a clinic is paid."""

import pytest

from billing.ledger.rules import Account
from billing.reconciliation.models import Difference
from billing.reconciliation.rules import DifferenceKind
from billing.reconciliation.services import matching
from billing.words import WORDS
from billing.work_items.models import WorkItem
from billing.work_items.services import open_item
from tests.factories import books
from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import make_clinic
from workers.kernel.actor import WORKER, acting_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(now):
    return signed_in(make_user("operator"))


def text(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def test_an_item_is_closed_with_words_once(operator, now):
    with acting_as(WORKER):
        open_item(kind="dispute", key="d1", reference="dp_1", amount_cents=12_345, now=now)
        item = WorkItem.objects.get()
    page = text(operator.get("/operator/work-items/"))
    assert "$123.45" in page
    assert "A payer objects at their bank" in page
    path = "/operator/work-items/"
    assert "This field is required" in text(operator.post(path, {"item_id": item.pk}), 422)
    done = operator.post(path, {"item_id": item.pk, "resolution": "Evidence sent."}, follow=True)
    assert "Nothing to decide" in text(done)
    again = operator.post(path, {"item_id": item.pk, "resolution": "Again."}, follow=True)
    assert "Somebody closed it meanwhile" in text(again)
    assert operator.post(path, {"item_id": "x", "resolution": "y"}).status_code == 404


def test_a_difference_is_resolved_against_an_account(operator, now):
    with acting_as(WORKER):
        matching.note(DifferenceKind.MISSING_IN_LEDGER, "txn_1", expected_cents=0, found_cents=500, now=now)
        difference = Difference.objects.get()
    path = "/operator/differences/"
    assert "$5.00" in text(operator.get(path))
    spanish = text(operator.get(path, headers={"Accept-Language": "es"}))
    assert "Busque el objeto en el panel de Stripe." in spanish
    assert "Look the object up" not in spanish
    assert '<option value="bad_debt">Dado por perdido</option>' in spanish
    told = {"difference_id": difference.pk, "reason": "Made by hand in the dashboard."}
    assert "Name the account that bears it" in text(operator.post(path, told), 422)
    assert "agree" in text(operator.post(path, told | {"account": "stripe_fees"}, follow=True))
    with acting_as(WORKER):
        assert Difference.objects.get().status == "resolved"


def test_every_account_has_words():
    assert set(WORDS["account"]) == set(Account)


def test_who_lacks_finance_finds_no_desk_of_money(now):
    client = signed_in(make_user("operator", permissions=["care"]))
    for page in ("work-items", "dunning", "differences"):
        assert client.get(f"/operator/{page}/").status_code == 404


def test_a_clinic_reads_its_own_month_session_by_session(now):
    clinic = make_clinic()
    books.deliver(clinic.pk, 17_500)
    statement = books.statement_of(clinic.pk)
    staff = signed_in(make_user("clinic_staff", clinic_id=clinic.pk))
    assert f"/clinic/statements/{statement}/" in text(staff.get("/clinic/statements/"))
    page = text(staff.get(f"/clinic/statements/{statement}/"))
    assert page.count("$175.00") >= 2
    other = signed_in(make_user("clinic_staff", clinic_id=make_clinic(5).pk))
    assert other.get(f"/clinic/statements/{statement}/").status_code == 404
    assert "No statement yet" in text(other.get("/clinic/statements/"))
