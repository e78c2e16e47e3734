"""A request's life, played at random: offers, answers, silence, withdrawals, clinics lost and found, cover that ends.

Whatever happens: never two clinics, never none without somebody being told, and the books agree with the offers.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from benefits.enrollment.models import Enrollment
from referrals.clinics.models import Clinic
from referrals.clinics.services import set_status, update_capacity
from referrals.offers import services as offers
from referrals.offers.models import Offer
from referrals.offers.rules import DECLINE_REASONS, OPEN, TAKEN
from referrals.requests import services as requests
from referrals.requests.models import Request
from referrals.requests.rules import BLOCKING, FINAL, FOR_A_PERSON, PENDING
from referrals.routing.models import ClinicRecord
from tests.conftest import NOW
from tests.factories.benefits import changing_roster, make_user
from tests.factories.referrals import OPERATOR, make_clinic, make_member, make_request, make_screening, run_workers
from workers.emails.models import Email
from workers.kernel import clock
from workers.kernel.actor import WORKER, Actor, acting_as
from workers.kernel.errors import DomainError
from workers.outbox.models import Job
from workers.timers.firing import fire_due

CLINICS, PLACES = 4, 2


class Life(RuleBasedStateMachine):
    """One member, four clinics; the workers may be behind or have caught up."""

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        clock.freeze(NOW)
        self.is_settled = True

    def teardown(self) -> None:
        """Take it all back."""
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)
        clock.freeze(None)

    @initialize(is_urgent=st.booleans())
    def begin(self, is_urgent: bool) -> None:
        """A member asks."""
        self.clinics = [
            make_clinic(number, latitude=40.79 - number / 50, open_slots=PLACES) for number in range(CLINICS)
        ]
        self.member = make_member()
        make_user("employee", email="z@home.example", employer_id=self.member.employer, member_id=self.member.member)
        make_user("operator")
        make_request(self.member, screening=make_screening(self.member, suicidality=is_urgent))
        self.is_settled = False

    # what may happen

    @rule()
    def work(self) -> None:
        """The workers catch up."""
        fire_due()
        run_workers()
        self.is_settled = True

    @rule(clinic=st.integers(0, CLINICS - 1), which=st.integers(0, 3), reason=st.sampled_from(DECLINE_REASONS))
    def decline(self, clinic: int, which: int, reason: str) -> None:
        """A clinic declines some offer, its own or another's, open or not."""
        if offer := self._offer(which):
            self._try(WORKER, offers.decline, offer_id=offer.pk, clinic_id=self._of(offer, clinic), reason=reason)

    @rule(clinic=st.integers(0, CLINICS - 1), which=st.integers(0, 3), came_in_time=st.booleans())
    def accept(self, clinic: int, which: int, came_in_time: bool) -> None:
        """A clinic accepts some offer, its own or another's, open or not, worked off at once or late."""
        if offer := self._offer(which):
            came_at = offer.made_at if came_in_time else None
            self._try(WORKER, offers.accept, offer_id=offer.pk, clinic_id=self._of(offer, clinic), answered_at=came_at)

    @rule(hours=st.sampled_from([1, 8, 30, 100]))
    def wait(self, hours: int) -> None:
        """Time passes."""
        clock.freeze(clock.now() + timedelta(hours=hours))
        self.is_settled = False

    @rule(clinic=st.integers(0, CLINICS - 1), status=st.sampled_from(["suspended", "active"]))
    def stand(self, clinic: int, status: str) -> None:
        """A clinic is suspended, or reinstated."""
        self._try(OPERATOR, set_status, clinic_id=self.clinics[clinic].pk, status=status)

    @rule(clinic=st.integers(0, CLINICS - 1), slots=st.integers(0, PLACES))
    def report(self, clinic: int, slots: int) -> None:
        """A clinic tells what it can take."""
        self._try(WORKER, update_capacity, clinic_id=self.clinics[clinic].pk, open_slots=slots)

    @rule()
    def withdraw(self) -> None:
        """The member takes the request back."""
        self._as_member(requests.withdraw)

    @rule()
    def change_clinic(self) -> None:
        """The member leaves the clinic."""
        self._as_member(requests.change_clinic)

    @rule(routes=st.sampled_from([("im",), ("sublingual", "im"), ("iv",)]))
    def wish(self, routes: tuple[str, ...]) -> None:
        """The member wishes otherwise; no clinic here gives iv."""
        wishes = requests.Preferences(near="10025", max_distance_km=50.0, routes=routes)
        self._as_member(requests.change_wishes, preferences=wishes)

    @rule()
    def release(self) -> None:
        """An operator lets routing have another try."""
        self._try(OPERATOR, requests.release, request_id=self._newest().pk)

    @rule(clinic=st.integers(0, CLINICS - 1))
    def reassign(self, clinic: int) -> None:
        """An operator picks a clinic."""
        about = {"request_id": self._newest().pk, "clinic_id": self.clinics[clinic].pk, "author_id": self.member.user}
        self._try(OPERATOR, offers.reassign, **about, why="They know each other.")

    @rule()
    @precondition(lambda self: clock.now() > NOW + timedelta(days=3))
    def lose_cover(self) -> None:
        """The plan ends; what hears of it is the check at the next step, as when the news is late."""
        with changing_roster(self.member.employer):
            Enrollment.objects.update(ends_on=NOW.date())

    @rule()
    def ask_again(self) -> None:
        """The member asks while a request stands, or when none does."""
        try:
            with transaction.atomic():
                make_request(self.member, screening=make_screening(self.member))
        except DomainError:
            return
        self.is_settled = False

    # what always holds

    @invariant()
    def never_two_clinics(self) -> None:
        """At most one request stands in the way of another, and at most one clinic has it."""
        with acting_as(WORKER):
            assert Request.objects.filter(status__in=BLOCKING).count() <= 1
            for request in Request.objects.all():
                taken = list(Offer.objects.filter(request=request, status__in=TAKEN))
                assert len(taken) <= 1
                if request.status == "accepted":
                    assert [offer.clinic_id for offer in taken] == [request.clinic_id]
                if request.status in PENDING:
                    assert taken == []

    @invariant()
    def the_books_agree(self) -> None:
        """Records count what the offers are, and no clinic has more people than places."""
        with acting_as(WORKER):
            for clinic in Clinic.objects.all():
                record = ClinicRecord.objects.filter(pk=clinic.pk).first()
                of_clinic = Offer.objects.filter(clinic=clinic)
                assert (record.open_offers if record else 0) == of_clinic.filter(status__in=OPEN).count()
                assert (record.silences if record else 0) == of_clinic.filter(status="failed").count()
                assert clinic.open_slots >= 0

    @invariant()
    def nobody_is_forgotten(self) -> None:
        """Once the workers caught up: a clinic is asked, has accepted, or somebody was told and an alarm is set."""
        if not self.is_settled:
            return
        with acting_as(WORKER):
            assert not Job.objects.exclude(status=0).exists()
            for request in Request.objects.all():
                self._is_somebodys(request)

    def _is_somebodys(self, request: Request) -> None:
        waiting = Offer.objects.filter(request=request, status__in=OPEN).count()
        if request.status == "offered":
            assert waiting >= 1
        else:
            assert waiting == 0
        assert request.status != "open"
        if request.status in FOR_A_PERSON:
            assert request.due_by is not None
        told = set(Email.objects.values_list("template", flat=True))
        if request.status == "unplaced":
            assert {"referrals/news", "referrals/operator_list"} <= told
        if request.status in ("accepted", "lapsed"):
            assert "referrals/news" in told

    # how

    def _newest(self) -> Request:
        with acting_as(WORKER):
            return Request.objects.latest("id")

    def _offer(self, which: int) -> Offer | None:
        with acting_as(WORKER):
            return Offer.objects.order_by("-id")[which : which + 1].first()

    def _of(self, offer: Offer, clinic: int) -> Any:
        """Mostly the clinic that was asked; now and then another."""
        return self.clinics[0].pk if clinic == 0 else offer.clinic_id

    def _as_member(self, service: Any, **about: Any) -> None:
        request = self._newest()
        self._try(self.member, service, request_id=request.pk, member_id=request.member_id, **about)

    def _try(self, actor: Actor, service: Any, **about: Any) -> None:
        """Call a service; a refusal is an answer, too, and changes nothing."""
        try:
            with acting_as(actor):
                service(**about, now=clock.now())
        except DomainError:
            return
        self.is_settled = False


@pytest.mark.django_db
def test_a_requests_life() -> None:
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    profile = settings(max_examples=10, stateful_step_count=16, suppress_health_check=checks)
    run_state_machine_as_test(Life, settings=profile)


def test_what_is_final_is_final() -> None:
    assert not set(FINAL) & set(BLOCKING)
