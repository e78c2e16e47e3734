"""Reminders of evidence and of renewal."""

from datetime import timedelta

import pytest

from billing.sliding_scale.services.declaring import send_evidence
from billing.sliding_scale.services.reviewing import confirm_evidence
from tests.factories.billing import declared
from tests.factories.payments import paying_member
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.outbox.draining import drain
from workers.timers.firing import fire_due

DAY = timedelta(days=1)


@pytest.fixture
def member(committed_db):
    return paying_member()


def _mails_at(instant) -> list[str]:
    clock.freeze(instant)
    fire_due()
    drain("billing")
    with acting_as(WORKER):
        return list(Email.objects.order_by("id").values_list("template", flat=True))


def test_evidence_is_asked_for_a_week_before_it_is_due(member, now):
    declared(member, now, income_cents=1)
    assert _mails_at(now + 23 * DAY - timedelta(seconds=1)) == []
    assert _mails_at(now + 23 * DAY) == ["billing/income_evidence"]
    with acting_as(WORKER):
        mail = Email.objects.get()
    assert mail.message["subject"] == "A document is due by April 1, 2026"
    assert mail.drop_after == now + 30 * DAY


def test_who_sent_evidence_or_declared_anew_is_not_reminded(member, now):
    first = declared(member, now, income_cents=1)
    with acting_as(member):
        send_evidence(declaration_id=first.pk, member_id=first.member_id, kind="w2", reference="upload", now=now)
    assert _mails_at(now + 23 * DAY) == []


def test_a_renewal_is_asked_for_a_month_before_a_year_is_over(member, now):
    declaration = declared(member, now, income_cents=1)
    with acting_as(Actor(role=Role.OPERATOR)):
        confirm_evidence(declaration_id=declaration.pk, evidence="w2", now=now)
    assert _mails_at(now + 334 * DAY) == []
    assert _mails_at(now + 335 * DAY) == ["billing/income_renewal"]


def test_only_the_declaration_that_counts_is_asked_about(member, now):
    declared(member, now, income_cents=1)
    declared(member, now + DAY, income_cents=2)
    assert _mails_at(now + 23 * DAY) == ["billing/income_evidence"]
