"""Webhooks and e-mails leave for real servers: the clinics' simulator verifies signatures, the mailbox takes mail."""

from datetime import timedelta

import httpx
import pytest

from tests.simulators.running import running
from workers.deliveries.models import Attempt, Delivery, Endpoint
from workers.deliveries.post import post
from workers.deliveries.queueing import BadEndpointUrl, queue_delivery, register_endpoint
from workers.deliveries.sending import DISABLE_AFTER, WAITS
from workers.deliveries.sending import send_due as send_deliveries
from workers.deliveries.signing import new_secret
from workers.emails.models import Email
from workers.emails.queueing import queue_email
from workers.emails.sending import send_due as send_emails
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.kernel.leases import Status

OPERATOR = Actor(role=Role.OPERATOR)


@pytest.fixture(scope="module")
def clock_file(tmp_path_factory):
    return tmp_path_factory.mktemp("clock") / "offset"


@pytest.fixture(scope="module")
def clinics_url(clock_file):
    with running("clinics", "--port", "0", "--clock-file", str(clock_file)) as [url]:
        yield url


@pytest.fixture(autouse=True)
def shared_clock(clock_file, settings):
    """Our clock and the clinics' are moved together, as in the local stack."""
    settings.CLOCK_FILE = str(clock_file)


@pytest.fixture(scope="module")
def mailbox_urls():
    with running("mailbox", "--smtp-port", "0", "--http-port", "0") as urls:
        yield urls


@pytest.fixture
def clinic(clinics_url, committed_db):
    """A function that registers a clinic of a behaviour with both sides, and returns our endpoint."""

    def register(behaviour, *, secret=None):
        key = f"c{new_id().hex}"
        with acting_as(OPERATOR):
            endpoint = register_endpoint(owner_id=new_id(), url=f"{clinics_url}/clinics/{key}/webhooks")
        body = {
            "key": key,
            "behaviour": behaviour,
            "signing_secret": secret or endpoint.signing_secrets[0],
            "inbound_secret": endpoint.inbound_secrets[0],
            "answer_url": f"{clinics_url}/control/health",
        }
        httpx.post(f"{clinics_url}/control/clinics", json=body).raise_for_status()
        return endpoint

    return register


def log_of(endpoint):
    """What the clinic's server says it received and sent."""
    return httpx.get(endpoint.url.replace("/clinics/", "/control/clinics/").replace("/webhooks", "/log")).json()


def queue(endpoint, now=None):
    with acting_as(WORKER):
        at = now or clock.now()
        queue_delivery(owner_id=endpoint.owner_id, type="endpoint.test", data={}, event_id=new_id(), now=at)


def delivery_of(endpoint):
    with acting_as(WORKER):
        return Delivery.objects.get(endpoint=endpoint)


def test_a_delivery_arrives_once_and_its_signature_verifies(clinic):
    endpoint = clinic("silent")
    queue(endpoint)
    assert send_deliveries() == 1
    assert send_deliveries() == 0
    [entry] = [e for e in log_of(endpoint) if e["type"] == "endpoint.test"]
    assert (entry["status"], entry["id"]) == (200, f"msg_{delivery_of(endpoint).pk.hex}")
    assert delivery_of(endpoint).status == Status.DONE


def test_a_wrong_secret_is_refused_and_tried_again(clinic):
    endpoint = clinic("silent", secret=new_secret())
    queue(endpoint)
    send_deliveries()
    delivery = delivery_of(endpoint)
    assert (delivery.status, delivery.last_error, delivery.attempts) == (Status.READY, "HTTP 401", 1)


def test_a_failing_endpoint_is_tried_until_it_answers(clinic):
    endpoint = clinic("500_first")
    queue(endpoint)
    for wait in (timedelta(), *WAITS[:2]):
        clock.move(wait)
        send_deliveries()
    assert delivery_of(endpoint).status == Status.DONE
    with acting_as(WORKER):
        tries = Attempt.objects.filter(delivery__endpoint=endpoint).order_by("number")
        assert [attempt.status_code for attempt in tries] == [500, 500, 200]
        assert Endpoint.objects.get(pk=endpoint.pk).failing_since is None


def test_an_endpoint_that_fails_for_five_days_is_disabled(clinic):
    endpoint = clinic("down")
    queue(endpoint)
    send_deliveries()
    clock.move(DISABLE_AFTER)
    send_deliveries()
    with acting_as(WORKER):
        stored = Endpoint.objects.get(pk=endpoint.pk)
    assert (stored.is_active, stored.disabled_reason) == (False, "Every attempt failed for five days.")
    assert delivery_of(endpoint).status == Status.DEAD


def test_an_endpoint_that_is_gone_is_disabled_at_once(clinic):
    endpoint = clinic("gone")
    queue(endpoint)
    send_deliveries()
    with acting_as(WORKER):
        assert not Endpoint.objects.get(pk=endpoint.pk).is_active
    assert delivery_of(endpoint).status == Status.DEAD


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "http://10.0.0.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::a00:1]/",
        "http://[2002:a00:1::]/",
        "http://[fec0::1]/",
        "http://[fd00::1]/",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
        "http://localhost:1/",
    ],
)
def test_addresses_that_are_not_public_are_refused_before_connecting(url, settings):
    settings.WEBHOOKS_ALLOW_LOOPBACK = False
    answer = post(url, headers={}, body=b"{}")
    assert (answer.status_code, answer.error_class) == (None, "RefusedAddress")


@pytest.mark.parametrize("url", ["http://clinic.example/", "ftp://clinic.example/", "https://u:p@clinic.example/", "x"])
def test_endpoints_are_https_without_credentials(url, settings, as_worker):
    settings.WEBHOOKS_ALLOW_LOOPBACK = False
    with pytest.raises(BadEndpointUrl):
        register_endpoint(owner_id=new_id(), url=url)


@pytest.fixture
def mailbox(mailbox_urls, committed_db, settings):
    smtp, http = (httpx.URL(url) for url in mailbox_urls)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = smtp.host, smtp.port
    httpx.delete(http.join("/messages"))
    httpx.delete(http.join("/control/faults"))
    return http


def queue_mail(now, *, key="k1", to="a@home.example", **more):
    with acting_as(WORKER):
        queue_email(
            key=key,
            to=to,
            template="benefits/invitation",
            context={"first_name": "Zoë"},
            now=now,
            **more,
        )


def test_an_email_queued_twice_under_one_key_arrives_once(mailbox):
    queue_mail(clock.now())
    queue_mail(clock.now())
    send_emails()
    [mail] = httpx.get(mailbox.join("/messages")).json()
    with acting_as(WORKER):
        email = Email.objects.get()
    assert mail["to"] == ["a@home.example"]
    assert mail["headers"]["Message-ID"] == [f"<{email.pk}@benefit.example>"]
    assert (email.status, email.last_error) == (Status.DONE, "")


def test_a_key_longer_than_its_column_still_means_one_email(mailbox):
    for _ in range(2):
        with acting_as(WORKER):
            queue_email(key="k" * 500, to="a@home.example", template="benefits/invitation", context={}, now=clock.now())
    send_emails()
    assert len(httpx.get(mailbox.join("/messages")).json()) == 1


def test_a_refused_email_is_tried_again(mailbox):
    httpx.post(mailbox.join("/control/faults"), json={"fault": "refuse_451", "next": 1}).raise_for_status()
    queue_mail(clock.now())
    send_emails()
    assert httpx.get(mailbox.join("/messages")).json() == []
    clock.move(timedelta(minutes=1))
    send_emails()
    assert len(httpx.get(mailbox.join("/messages")).json()) == 1


def test_an_email_past_its_moment_is_dropped(mailbox):
    queue_mail(clock.now(), drop_after=clock.now() - timedelta(seconds=1))
    send_emails()
    assert httpx.get(mailbox.join("/messages")).json() == []
    with acting_as(WORKER):
        assert Email.objects.get().last_error == "dropped: too late"


@pytest.mark.parametrize("address", ["a[@x.com", "(a@x.com", "a:b@x.com", "a@[x.com", f"a@{'b' * 70}.com"])
def test_an_address_that_is_none_holds_up_no_other_email(mailbox, address):
    """An employer's file may name any address: with it the batch stopped, and came to the same place again."""
    queue_mail(clock.now(), key="bad", to=address)
    queue_mail(clock.now(), key="good")
    send_emails()
    with acting_as(WORKER):
        bad, good = Email.objects.order_by("key")
    assert (good.status, good.last_error) == (Status.DONE, "")
    assert (bad.status, bad.sent_at, bad.lease_until) == (Status.READY, None, None)
    assert bad.last_error != ""
