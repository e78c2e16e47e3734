"""When this happened, do that: one service call each."""

from referrals.clinic_updates import services as clinic_updates
from referrals.clinics import services as clinics
from referrals.courses.services import closing, notices, planning
from referrals.events import (
    ClinicMessageReceived,
    CourseClosed,
    CoursePlanned,
    OfferAccepted,
    OfferAnswerDue,
    OfferClosed,
    OfferMade,
    RequestOpened,
    RequestUnplaced,
    RequestWithdrawn,
    ScreeningSubmitted,
    SessionChanged,
    SessionReminderDue,
)
from referrals.offers import services as offers
from referrals.reminders import services as reminders
from referrals.requests import services as requests
from referrals.screening import services as screening
from workers.deliveries.events import EndpointDisabled
from workers.events import Envelope, reacts_to


@reacts_to(ClinicMessageReceived)
def apply_clinic_message(event: ClinicMessageReceived, envelope: Envelope) -> None:
    """A clinic's message takes effect, or is refused."""
    clinic_updates.apply(
        receipt_id=event.receipt_id, clinic_id=event.clinic_id, message_id=event.message_id, now=envelope.now
    )


@reacts_to(OfferAccepted)
def plan_course(event: OfferAccepted, envelope: Envelope) -> None:
    """The course begins with a plan."""
    planning.plan_course(offer_id=event.offer_id, now=envelope.now)


@reacts_to(CoursePlanned)
def confirm_referral(event: CoursePlanned, envelope: Envelope) -> None:
    """The clinic learns the course and the proposed sessions."""
    notices.tell_clinic(course_id=event.course_id, event_id=envelope.event_id, confirm=True, now=envelope.now)


@reacts_to(RequestWithdrawn)
def cancel_course(event: RequestWithdrawn, envelope: Envelope) -> None:
    """What is still to come of the course is called off."""
    closing.cancel_course(request_id=event.request_id, now=envelope.now)


@reacts_to(CourseClosed)
def tell_clinic_of_end(event: CourseClosed, envelope: Envelope) -> None:
    """The clinic sees how every session ended, those called off by the member too."""
    notices.tell_clinic(course_id=event.course_id, event_id=envelope.event_id, confirm=False, now=envelope.now)


@reacts_to(EndpointDisabled, lane="mail")
def tell_of_disabled_endpoint(event: EndpointDisabled, envelope: Envelope) -> None:
    """A clinic whose system does not answer learns it from somebody else."""
    clinics.tell_of_disabled_endpoint(
        clinic_id=event.owner_id, endpoint_id=event.endpoint_id, event_id=envelope.event_id, now=envelope.now
    )


@reacts_to(ScreeningSubmitted, lane="mail")
def alert_operators(event: ScreeningSubmitted, envelope: Envelope) -> None:
    """An urgent screening is seen by a person."""
    screening.alert_operators(screening_id=event.screening_id, now=envelope.now)


@reacts_to(RequestOpened)
def ask_first_clinic(event: RequestOpened, envelope: Envelope) -> None:
    """Routing begins."""
    offers.offer_next(request_id=event.request_id, now=envelope.now)


@reacts_to(OfferMade)
def send_offer(event: OfferMade, envelope: Envelope) -> None:
    """The clinic is told."""
    offers.send(offer_id=event.offer_id, event_id=envelope.event_id, now=envelope.now)


@reacts_to(OfferAnswerDue)
def expire_offer(event: OfferAnswerDue, envelope: Envelope) -> None:
    """Silence is an answer too."""
    offers.expire(offer_id=event.offer_id, now=envelope.now)


@reacts_to(OfferClosed)
def ask_next_clinic(event: OfferClosed, envelope: Envelope) -> None:
    """A request that is still wanted goes to the next clinic, or to a person."""
    offers.offer_next(request_id=event.request_id, now=envelope.now)


@reacts_to(OfferClosed)
def tell_clinic_offer_closed(event: OfferClosed, envelope: Envelope) -> None:
    """A clinic learns that its answer is no longer awaited."""
    offers.tell_clinic_of_end(offer_id=event.offer_id, event_id=envelope.event_id, now=envelope.now)


@reacts_to(RequestWithdrawn)
def cancel_offers(event: RequestWithdrawn, envelope: Envelope) -> None:
    """No clinic is asked, or goes on treating, for a request that was taken back."""
    offers.cancel_offers(request_id=event.request_id, now=envelope.now)


@reacts_to(OfferAccepted, lane="mail")
def tell_member_of_acceptance(event: OfferAccepted, envelope: Envelope) -> None:
    """The member hears that there is news."""
    requests.tell_member(request_id=event.request_id, event_id=envelope.event_id, now=envelope.now)


@reacts_to(RequestUnplaced, lane="mail")
def tell_member_of_delay(event: RequestUnplaced, envelope: Envelope) -> None:
    """The member hears that a person looks for a way."""
    requests.tell_member(request_id=event.request_id, event_id=envelope.event_id, now=envelope.now)


@reacts_to(RequestUnplaced, lane="mail")
def tell_operators_of_unplaced(event: RequestUnplaced, envelope: Envelope) -> None:
    """Somebody is told whenever nobody is left to ask."""
    requests.tell_operators(request_id=event.request_id, event_id=envelope.event_id, now=envelope.now)


@reacts_to(SessionChanged)
def begin_reminders(event: SessionChanged, envelope: Envelope) -> None:
    """A new appointment is reminded of."""
    reminders.begin(session_id=event.session_id, now=envelope.now)


@reacts_to(SessionReminderDue, lane="mail")
def send_reminder(event: SessionReminderDue, envelope: Envelope) -> None:
    """The moment of a reminder has come."""
    reminders.send(session_id=event.session_id, rule=event.rule, generation=event.generation, now=envelope.now)
