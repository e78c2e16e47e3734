"""What a mail provider tells: bounces and complaints stop an address and are heard of; a person releases it."""

import base64
from typing import Any

import pytest
from django.test import Client

from tests.conftest import NOW
from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import run_workers
from workers.emails.models import Email, StoppedAddress
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.ids import new_id
from workers.outbox.draining import drain

pytestmark = pytest.mark.django_db
SECRET = "postmark:open-sesame"
BOUNCE = {
    "RecordType": "Bounce",
    "Type": "HardBounce",
    "ID": 42,
    "Email": "ada@home.example",
    "BouncedAt": "2026-03-02T15:00:00Z",
    "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
    "Metadata": {},
}


@pytest.fixture(autouse=True)
def provider(settings: Any, now: Any) -> None:
    settings.MAIL_PROVIDER = "postmark"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}


def tell(notice: Any, *, secret: str = SECRET) -> Any:
    credentials = base64.b64encode(secret.encode()).decode()
    return Client().post(
        "/webhooks/mail/", notice, content_type="application/json", headers={"Authorization": f"Basic {credentials}"}
    )


def stopped() -> list[tuple[str, str]]:
    with acting_as(WORKER):
        return [(row.address, row.reason) for row in StoppedAddress.objects.filter(released_at=None).order_by("id")]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({}, "bounced"),
        ({"Type": "BadEmailAddress"}, "bounced"),
        ({"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, "complained"),
    ],
)
def test_an_address_is_stopped_once_and_operators_hear_of_it_without_a_name(told: Any, reason: str) -> None:
    care = make_user("operator", permissions=["care"])
    for _ in range(2):
        assert tell(BOUNCE | told).status_code == 200
    assert stopped() == [("ada@home.example", reason)]
    run_workers()
    with acting_as(WORKER):
        drain("mail")
        email = Email.objects.get()
    assert email.message["to"] == care.email
    assert "ada" not in email.message["text"]


@pytest.mark.parametrize("told", [{"Type": "Transient"}, {"Type": "AutoResponder"}, {"RecordType": "Open"}])
def test_what_may_pass_stops_nothing(told: Any) -> None:
    assert tell(BOUNCE | told).status_code == 200
    assert stopped() == []


def test_the_word_about_an_email_is_kept_with_it() -> None:
    with acting_as(WORKER):
        email = Email.objects.create(
            key="k", template="t", message={"to": "a@x.example", "subject": "", "text": ""}, due_at="2026-03-02T15:00Z"
        )
    for known in (str(email.pk), str(new_id())):
        assert (
            tell({"RecordType": "Delivery", "Recipient": "a@x.example", "Metadata": {"email": known}}).status_code
            == 200
        )
    with acting_as(WORKER):
        email.refresh_from_db()
    assert email.provider_status == "delivered"


@pytest.mark.parametrize("secret", ["postmark:wrong", ":", "postmark:"])
def test_who_does_not_know_the_password_is_refused(secret: str) -> None:
    answer = tell(BOUNCE, secret=secret)
    assert (answer.status_code, answer.json()["code"]) == (400, "notice_refused")
    assert stopped() == []


@pytest.mark.parametrize(
    "body", ["[]", "{}", "{", '"x"', '{"RecordType": "Inbound"}', '{"RecordType": "Bounce", "Email": 5}']
)
def test_no_body_is_a_defect(body: str) -> None:
    assert tell(body).status_code in (200, 400)
    assert len(stopped()) <= 1


def test_without_a_provider_there_is_no_such_address(settings: Any) -> None:
    settings.MAIL_PROVIDER = ""
    assert tell(BOUNCE).status_code == 404


def test_a_person_releases_an_address_and_it_may_be_stopped_again() -> None:
    tell(BOUNCE)
    care = signed_in(make_user("operator", permissions=["care"]))
    [row] = care.get("/api/v1/operator/mail/stopped-addresses/").json()["results"]
    assert (row["address"], row["reason"]) == ("ada@home.example", "bounced")
    url = f"/api/v1/operator/mail/stopped-addresses/{row['id']}/release/"
    assert care.post(url, {}, content_type="application/json").status_code == 422, "why?"
    first = care.post(url, {"reason": "Called: it works."}, content_type="application/json").json()["released_at"]
    again = care.post(url, {"reason": "Again."}, content_type="application/json")
    assert again.json()["released_at"] == first
    assert stopped() == []
    tell(BOUNCE)
    assert stopped() == [("ada@home.example", "bounced")]


def test_on_their_page_an_address_is_released_with_a_reason_that_is_kept() -> None:
    care, page = signed_in(make_user("operator", permissions=["care"])), "/operator/mails/stopped/"
    assert "No address is stopped" in care.get(page).content.decode()
    tell(BOUNCE)
    assert "ada@home.example" in care.get(page).content.decode()
    with acting_as(WORKER):
        stopped_address = StoppedAddress.objects.get()
    about = {"stopped_address_id": str(stopped_address.pk)}
    assert care.post(page, about | {"reason": " "}).status_code == 422
    assert stopped() != []
    assert care.post(page, about | {"reason": "Called: a full mailbox."}).headers["Location"] == page
    assert "No address is stopped" in care.get(page, headers={"Accept-Language": "en"}).content.decode()
    with acting_as(WORKER):
        stopped_address.refresh_from_db()
    assert (stopped_address.release_reason, stopped_address.released_at) == ("Called: a full mailbox.", NOW)
    assert care.post(page, {"stopped_address_id": "x", "reason": "y"}).status_code == 404


def test_the_list_is_for_those_who_care() -> None:
    finance = signed_in(make_user("operator", permissions=["finance"]))
    assert finance.get("/api/v1/operator/mail/stopped-addresses/").status_code == 403
    assert finance.get("/operator/mails/stopped/").status_code == 404


def test_operators_see_every_email_before_a_member_does() -> None:
    operator = signed_in(make_user("operator"))
    shown = operator.get("/api/v1/operator/mail/previews/?language=es").json()
    assert {one["language"] for one in shown} == {"es"}
    assert {"billing/receipt", "benefits/invitation", "referrals/news"} <= {one["template"] for one in shown}
    both = operator.get("/api/v1/operator/mail/previews/?template=billing/debit_failed").json()
    assert len({one["text"] for one in both}) == 2
    assert all(one["html"].lower().startswith("<!doctype html>") for one in both)
    assert operator.get("/api/v1/operator/mail/previews/?template=billing/nothing").json() == []
