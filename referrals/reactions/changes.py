"""When something ended or changed: minds, cover, clinics, courses; and when nothing happened for too long."""

from collections.abc import Sequence

from benefits.events import EnrollmentEnded, MemberTimeZoneChanged
from referrals.courses.services import closing, following
from referrals.events import (
    AttentionOverdue,
    ClinicCapacityChanged,
    ClinicSigned,
    ClinicSuspended,
    OfferClosed,
    RequestChanged,
    RequestCoverCheckDue,
    RequestLapsed,
    RequestMoved,
    RequestOverdue,
    RequestReturned,
    ScreeningConsentWithdrawn,
)
from referrals.events.courses import CourseClosed, SessionChanged
from referrals.offers import services as offers
from referrals.offers.rules import Mover, Reason
from referrals.reminders.services import reminding
from referrals.requests import services as requests
from workers.events import Envelope, Heard, reacts_to, reacts_to_all


@reacts_to(RequestChanged)
def void_offers(event: RequestChanged, envelope: Envelope) -> None:
    """Who was asked for other wishes is told that they are void; routing begins anew."""
    offers.cancel_offers(request_id=event.request_id, reason=Reason.WISHES_CHANGED, only_open=True, now=envelope.now)


@reacts_to(RequestLapsed)
def cancel_uncovered_offers(event: RequestLapsed, envelope: Envelope) -> None:
    """No clinic is asked for somebody who is not covered."""
    offers.cancel_offers(
        request_id=event.request_id, reason=Reason.COVER_ENDED, by=Mover.SYSTEM, only_open=True, now=envelope.now
    )


@reacts_to(RequestMoved)
def end_offer_of_changed_clinic(event: RequestMoved, envelope: Envelope) -> None:
    """The clinic that the member leaves is told, and has its place back."""
    offers.cancel_offers(request_id=event.request_id, reason=Reason.CLINIC_CHANGED, now=envelope.now)


@reacts_to(RequestMoved)
def cancel_course_of_changed_clinic(event: RequestMoved, envelope: Envelope) -> None:
    """What is still to come at the clinic that the member leaves is called off."""
    closing.cancel_course(request_id=event.request_id, now=envelope.now)


@reacts_to(ClinicCapacityChanged)
def follow_capacity(event: ClinicCapacityChanged, envelope: Envelope) -> None:
    """Places that are gone are not offered; new ones go to those who found nobody."""
    offers.follow_capacity(clinic_id=event.clinic_id, now=envelope.now)


@reacts_to_all(OfferClosed)
def place_at_closed(batch: Sequence[Heard[OfferClosed]]) -> None:
    """The place that an offer held goes to somebody whom the want of it kept."""
    offer_ids = [one.event.offer_id for one in batch]
    offers.follow_closed(offer_ids=offer_ids, now=max(one.envelope.now for one in batch))


@reacts_to(ClinicSigned)
def place_at_new_clinic(event: ClinicSigned, envelope: Envelope) -> None:
    """A new clinic may be the one that somebody waits for."""
    offers.follow_capacity(clinic_id=event.clinic_id, now=envelope.now)


@reacts_to(ClinicSuspended)
def withdraw_from_clinic(event: ClinicSuspended, envelope: Envelope) -> None:
    """A clinic that may not take anybody is not waited for."""
    offers.withdraw_from_clinic(clinic_id=event.clinic_id, now=envelope.now)


@reacts_to(SessionChanged)
def begin_care(event: SessionChanged, envelope: Envelope) -> None:
    """Care has begun when its first session is agreed."""
    following.begin_care(course_id=event.course_id, status=event.status, now=envelope.now)


@reacts_to(CourseClosed)
def end_referral(event: CourseClosed, envelope: Envelope) -> None:
    """A referral ends with its course."""
    offers.follow_course_end(request_id=event.request_id, outcome=event.outcome, now=envelope.now)


@reacts_to(ScreeningConsentWithdrawn)
def withdraw_unconsented(event: ScreeningConsentWithdrawn, envelope: Envelope) -> None:
    """Whose answers nobody may use is not offered to clinics by them."""
    requests.withdraw_unconsented(member_id=event.member_id, now=envelope.now)


@reacts_to(EnrollmentEnded)
def watch_cover(event: EnrollmentEnded, envelope: Envelope) -> None:
    """What no clinic has accepted ends with the cover."""
    requests.watch_cover(member_id=event.member_id, ends_on=event.ends_on, now=envelope.now)


@reacts_to(MemberTimeZoneChanged)
def follow_clocks(event: MemberTimeZoneChanged, envelope: Envelope) -> None:
    """Reminders come at the hours of where the member lives now."""
    reminding.follow_clocks(member_id=event.member_id, now=envelope.now)


@reacts_to(RequestCoverCheckDue)
def lapse_uncovered(event: RequestCoverCheckDue, envelope: Envelope) -> None:
    """The last day of cover is over."""
    requests.lapse_uncovered(request_id=event.request_id, now=envelope.now)


@reacts_to(RequestOverdue, lane="mail")
def escalate(event: RequestOverdue, envelope: Envelope) -> None:
    """A request that nobody looked after is somebody's business again."""
    requests.escalate(request_id=event.request_id, alarm=event.alarm, event_id=envelope.event_id, now=envelope.now)


@reacts_to(AttentionOverdue, lane="mail")
def alert_operators_again(event: AttentionOverdue, envelope: Envelope) -> None:
    """An urgent case that nobody took up is spoken of until somebody does."""
    requests.alert_operators(case_id=event.case_id, alarm=event.alarm, now=envelope.now)


@reacts_to(RequestLapsed, lane="mail")
def tell_member_of_lapse(event: RequestLapsed, envelope: Envelope) -> None:
    """The member hears that there is news."""
    requests.tell_member(request_id=event.request_id, event_id=envelope.event_id, now=envelope.now)


@reacts_to(RequestReturned, lane="mail")
def tell_member_of_return(event: RequestReturned, envelope: Envelope) -> None:
    """The member hears that a person looks for a way."""
    requests.tell_member(request_id=event.request_id, event_id=envelope.event_id, now=envelope.now)


@reacts_to(RequestReturned, lane="mail")
def tell_operators_of_return(event: RequestReturned, envelope: Envelope) -> None:
    """Somebody is told whenever a clinic gives a member up."""
    requests.tell_operators(request_id=event.request_id, event_id=envelope.event_id, now=envelope.now)
