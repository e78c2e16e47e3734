"""The operators' overview: figures that count on by themselves, e-mails as they read, what happened to a thing."""

import pytest
from django.test import Client

from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import make_clinic
from workers.kernel.actor import WORKER, acting_as
from workers.outbox.models import EventRecord

pytestmark = pytest.mark.django_db
POLL = {"HX-Request": "true"}


@pytest.fixture
def operator(now):
    return signed_in(make_user("operator"))


def text(answer):
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def test_the_figures_count_on_by_themselves_and_rest_after_ten_minutes(operator):
    page = text(operator.get("/operator/"))
    for panel in ("referrals", "money", "engine"):
        assert f'hx-get="/panels/live-{panel}/?polls=1"' in page
    last = text(operator.get("/panels/live-engine/?polls=40", headers=POLL))
    assert "hx-get" not in last
    assert "resting" in last
    assert "hx-get" in text(operator.get("/panels/live-engine/?polls=nonsense"))


def test_a_poll_of_somebody_signed_out_loads_the_page_anew(now):
    answer = Client().get("/panels/live-engine/", headers=POLL)
    assert (answer.status_code, answer["HX-Refresh"]) == (401, "true")


def test_who_lacks_a_permission_is_shown_no_figures_of_it(now):
    page = text(signed_in(make_user("operator", permissions=[])).get("/operator/"))
    assert "live-engine" in page
    assert "live-money" not in page
    assert "live-referrals" not in page


def test_an_email_reads_in_both_languages_and_as_it_is_sent(operator):
    assert "billing/receipt" in text(operator.get("/operator/mails/"))
    page = text(operator.get("/operator/mails/?template=billing/receipt"))
    assert 'lang="en"' in page
    assert 'lang="es"' in page
    sent = operator.get("/operator/mails/html/?template=billing/receipt&language=es&sample=0")
    assert "default-src 'none'" in sent["Content-Security-Policy"]
    assert "sandbox" in sent["Content-Security-Policy"]
    for odd in ("?template=no/such", "?template=billing/receipt&sample=99", "?template=billing/receipt&language=xx"):
        assert operator.get(f"/operator/mails/html/{odd}").status_code == 404


def test_what_happened_to_one_thing_is_found_by_its_id(operator):
    clinic, other = make_clinic(), make_clinic(1)
    with acting_as(WORKER):
        event = EventRecord.objects.filter(aggregate_id=clinic.pk).earliest("id")
    page = text(operator.get(f"/operator/engine/events/?about={clinic.pk}"))
    assert f"/operator/engine/events/{event.pk}/" in page
    assert str(other.pk) not in page
    assert event.type in text(operator.get(f"/operator/engine/events/?type={event.type}"))
    walk = text(operator.get(f"/operator/engine/events/{event.pk}/"))
    assert "It happened" in walk
    assert 'aria-current="true"' in walk
