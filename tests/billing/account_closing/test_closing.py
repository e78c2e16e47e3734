"""An employee closes their account: what ends, what is erased, what stays, and when it cannot be."""

from dataclasses import replace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import IntegrityError
from django.test import Client

from benefits import facade as benefits
from benefits.accounts import services as accounts
from benefits.accounts.models import Session, User, UserRole
from benefits.enrollment.models import Member
from billing.payment_plans.models import PaymentMethod
from billing.payment_plans.services import methods
from referrals.offers.models import Offer
from referrals.requests.models import Request
from referrals.screening.models import Consent, ScreeningDraft
from tests.factories.benefits import PASSWORD, activate, make_hr, signed_in
from tests.factories.passkeys import Device, come_in, enroll
from tests.factories.payments import agree, card_of
from tests.factories.referrals import make_clinic, make_member, make_request, run_workers
from workers.emails.models import READER_GONE, Email
from workers.emails.queueing import queue_email
from workers.kernel.actor import AUTH, WORKER, acting_as
from workers.kernel.leases import Status
from workers.outbox.models import EventRecord

pytestmark = pytest.mark.django_db
PAGE, API = "/close-account/", "/api/v1/account/close/"
HOME = "ana@home.example"


@pytest.fixture
def person(now: Any) -> Any:
    """Somebody with an account at HOME, and the browser in which they have just proved who they are."""
    cache.clear()
    member = make_member()
    with acting_as(WORKER):
        row = Member.objects.get()
    user = activate(row, email=HOME)
    client = signed_in(user)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return replace(member, user=user.pk), user, client


def close(client: Client, **answer: Any) -> Any:
    return client.post(API, {"understood": True} | answer, content_type="application/json")


def test_what_is_open_ends_and_what_signs_in_is_erased(person, now):
    member, user, client = person
    device, elsewhere = Device(), signed_in(user)
    enroll(client, device)
    make_clinic()
    request = make_request(member)
    run_workers()
    card_of(member, now)
    client.post("/api/v1/screenings/draft/", {}, content_type="application/json")
    with acting_as(WORKER):
        queue_email(key="x", to=HOME, template="benefits/sign_in_changed", context={}, now=now, reader_id=member.member)
    assert "Nobody at work is told" in client.get(PAGE).content.decode()
    gone = client.post(PAGE, {"understood": "on"}, follow=True)
    assert (gone.request["PATH_INFO"], "Your account is closed" in gone.content.decode()) == ("/accounts/login/", True)
    run_workers()

    with acting_as(WORKER):
        assert Request.objects.get(pk=request.pk).status == "withdrawn"
        assert set(Offer.objects.values_list("status", "reason")) == {("cancelled", "request_withdrawn")}
        assert not Consent.objects.filter(ended_at=None).exists()
        assert not ScreeningDraft.objects.exists()
        assert benefits.get_member(member.member).email == ""
        assert EventRecord.objects.filter(type__contains="removal").count() == 1
        assert Email.objects.get(key="x").last_error == READER_GONE
        last = Email.objects.get(template="benefits/account_closed")
        assert (last.status, last.message["to"]) == (Status.READY, HOME)
    with acting_as(AUTH):
        assert not Session.objects.filter(user_id=user.pk).exists()
        assert not Authenticator.objects.filter(user_id=user.pk).exists()
        assert HOME not in User.objects.get(pk=user.pk).email
    assert {one.get("/api/v1/me/").status_code for one in (client, elsewhere)} == {401}
    for again in (Client(), Client()):
        come_in(again, device)
        again.post("/accounts/login/", {"login": HOME, "password": PASSWORD})
        assert again.get("/api/v1/me/").status_code == 401


def test_only_whoever_has_just_proved_who_they_are_closes_it(person):
    _, user, _ = person
    client = signed_in(user)
    assert close(client).json()["code"] == "reauthentication_required"
    assert client.post(PAGE, {"understood": "on"})["Location"] == f"/accounts/reauthenticate/?next={PAGE}"
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.post(PAGE, {}).status_code == 422
    assert close(client, understood=False).status_code == 422
    assert close(client).status_code == 204
    assert client.get("/api/v1/me/").status_code == 401


def test_while_something_is_to_be_paid_it_stays_open_and_nothing_ends(person, now):
    member, _, client = person
    request = make_request(member)
    agree(member, cents=10_000, now=now)
    refused = close(client)
    assert (refused.status_code, refused.json()["code"]) == (409, "payments_open")
    assert "Something is still to be paid" in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"understood": "on"}).status_code == 409
    with acting_as(WORKER):
        assert Request.objects.get(pk=request.pk).status != "withdrawn"
    assert client.get("/api/v1/me/").status_code == 200


def test_a_card_that_stripe_confirms_after_the_closing_is_removed_again(person, now):
    member, _, client = person
    with acting_as(member):
        setup = methods.request_setup(member_id=member.member, mandate_accepted=True, now=now)
    assert close(client).status_code == 204
    with acting_as(WORKER):
        methods.store(setup_id=setup.pk, stripe_id="pm_late", customer_id="cus_1", now=now)
        removal = EventRecord.objects.get(type__contains="removal")
        late = PaymentMethod.objects.get(stripe_id="pm_late")
    assert removal.data["payment_method_id"] == str(late.pk)


def test_no_later_invitation_opens_the_story_again(person, now):
    member, _, client = person
    assert close(client).status_code == 204
    with acting_as(WORKER):
        _, token = accounts.issue(
            role=UserRole.EMPLOYEE, email="trap@employer.example", employer_id=member.employer, member_id=member.member,
            now=now,
        )  # fmt: skip
    answer = Client().post(
        "/api/v1/invitations/accept/", {"token": token, "password": PASSWORD}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "invitation_not_valid")


def test_a_link_in_the_employers_hands_does_not_end_that_day(person, now):
    member, _, client = person
    with acting_as(WORKER):
        _, token = accounts.issue(
            role=UserRole.EMPLOYEE, email="trap@employer.example", employer_id=member.employer, member_id=member.member,
            now=now,
        )  # fmt: skip
    before = Client().get("/activate/", {"token": token})
    assert close(client).status_code == 204
    run_workers()
    assert Client().get("/activate/", {"token": token}).status_code == before.status_code == 200


def test_a_closed_account_is_never_let_in_again(person):
    _, user, client = person
    close(client)
    with pytest.raises(IntegrityError, match="user_closed_is_out"), acting_as(AUTH):
        User.objects.filter(pk=user.pk).update(is_active=True)


def test_nobody_else_closes_theirs(person):
    member, _, _ = person
    hr = signed_in(make_hr(member.employer))
    assert close(hr).status_code == 403
    assert hr.get(PAGE).status_code == 404
