"""When this happened, do that: one service call each. `changes` has what follows when something ends or changes,
`courses` what follows from a course's plan.

What asks clinics, or takes an answer, changes clinics' counts and places, which every batch would want: `apart`, and
what asks many clinics changes them last.
"""

from collections.abc import Sequence

from referrals.clinic_access.services import clients as clinic_access
from referrals.clinic_updates.services import applying as clinic_updates
from referrals.clinics import services as clinics
from referrals.clinics.services import credentials
from referrals.courses.services import closing, notices, planning
from referrals.events import (
    ApiClientChanged,
    AttentionNeeded,
    ClinicMessageReceived,
    ClinicSuspended,
    CredentialLapseDue,
    CredentialReminderDue,
    OfferAccepted,
    OfferAnswerDue,
    OfferClosed,
    OfferMade,
    RequestOpened,
    RequestUnplaced,
    RequestWithdrawn,
    SandboxAnswerDue,
)
from referrals.events.courses import CourseClosed, CoursePlanned, OutcomeDue, SessionChanged, SessionReminderDue
from referrals.offer_links import services as offer_links
from referrals.offers import services as offers
from referrals.outcomes.services import asking
from referrals.reactions import changes as changes
from referrals.reactions import courses as courses
from referrals.reactions import quarters as quarters
from referrals.reminders.services import appointments
from referrals.reminders.services import reminding as reminders
from referrals.requests import services as requests
from referrals.sandbox import services as sandbox
from workers.deliveries.events import EndpointDisabled
from workers.events import Envelope, Heard, reacts_to, reacts_to_all


@reacts_to(ClinicMessageReceived, apart=True)
def apply_clinic_message(event: ClinicMessageReceived, envelope: Envelope) -> None:
    """A clinic's message takes effect, or is refused."""
    clinic_updates.apply(
        receipt_id=event.receipt_id,
        clinic_id=event.clinic_id,
        message_id=event.message_id,
        received_at=envelope.occurred_at,
        now=envelope.now,
    )


@reacts_to_all(OfferAccepted)
def plan_course(batch: Sequence[Heard[OfferAccepted]]) -> None:
    """The course begins with a plan."""
    accepted = [planning.Accepted(offer_id=one.event.offer_id, trace=one.envelope.trace) for one in batch]
    planning.plan_courses(accepted, now=max(one.envelope.now for one in batch))


@reacts_to_all(CoursePlanned)
def confirm_referral(batch: Sequence[Heard[CoursePlanned]]) -> None:
    """The clinic learns the course and the proposed sessions."""
    planned = [
        notices.Changed(course_id=one.event.course_id, event_id=one.envelope.event_id, trace=one.envelope.trace)
        for one in batch
    ]
    notices.tell_clinics(planned, confirm=True, now=max(one.envelope.now for one in batch))


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


@reacts_to(CredentialReminderDue, lane="mail")
def remind_of_credential(event: CredentialReminderDue, envelope: Envelope) -> None:
    """A licence or cover is renewed before it lapses."""
    credentials.remind(credential_id=event.credential_id, days_left=event.days_left, now=envelope.now)


@reacts_to(CredentialLapseDue)
def suspend_lapsed_clinic(event: CredentialLapseDue, envelope: Envelope) -> None:
    """A clinic without what has to be in force gets no new offers."""
    credentials.lapse(credential_id=event.credential_id, now=envelope.now)


@reacts_to(ClinicSuspended, lane="mail")
def tell_of_suspension(event: ClinicSuspended, envelope: Envelope) -> None:
    """A clinic learns why no offers come any more."""
    clinics.tell_of_suspension(
        clinic_id=event.clinic_id, reason=event.reason, event_id=envelope.event_id, now=envelope.now
    )


@reacts_to(AttentionNeeded, lane="mail")
def alert_operators(event: AttentionNeeded, envelope: Envelope) -> None:
    """An urgent answer is seen by a person."""
    requests.alert_operators(case_id=event.case_id, alarm=0, now=envelope.now)


@reacts_to_all(RequestOpened, apart=True)
def ask_first_clinic(batch: Sequence[Heard[RequestOpened]]) -> None:
    """Routing begins."""
    opened = [offers.Unasked(request_id=one.event.request_id, trace=one.envelope.trace) for one in batch]
    offers.offer_all(opened, now=max(one.envelope.now for one in batch))


@reacts_to_all(OfferMade)
def send_offer(batch: Sequence[Heard[OfferMade]]) -> None:
    """The clinic is told."""
    made = [
        offers.Made(offer_id=one.event.offer_id, event_id=one.envelope.event_id, trace=one.envelope.trace)
        for one in batch
    ]
    offers.send(made, now=max(one.envelope.now for one in batch))


@reacts_to(OfferAnswerDue, apart=True)
def expire_offer(event: OfferAnswerDue, envelope: Envelope) -> None:
    """Silence is an answer too."""
    offers.expire(offer_id=event.offer_id, now=envelope.now)


@reacts_to_all(OfferClosed, apart=True)
def ask_next_clinic(batch: Sequence[Heard[OfferClosed]]) -> None:
    """A request that is still wanted goes to the next clinic, or to a person."""
    closed = [offers.Unasked(request_id=one.event.request_id, trace=one.envelope.trace) for one in batch]
    offers.offer_all(closed, now=max(one.envelope.now for one in batch))


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


@reacts_to(SessionChanged, lane="mail")
def mail_calendar_entry(event: SessionChanged, envelope: Envelope) -> None:
    """An appointment stands in the member's calendar, moves there, or is taken back."""
    appointments.tell_of_appointment(session_id=event.session_id, status=event.status, now=envelope.now)


@reacts_to_all(CoursePlanned)
def ask_before_course(batch: Sequence[Heard[CoursePlanned]]) -> None:
    """Where somebody stood before is what everything later is compared with."""
    planned = {one.event.course_id: one.envelope.trace for one in batch}
    asking.plan_courses(planned, now=max(one.envelope.now for one in batch))


@reacts_to(SessionChanged)
def ask_after_session(event: SessionChanged, envelope: Envelope) -> None:
    """The day after a dosing is asked about."""
    asking.plan_after_session(session_id=event.session_id, now=envelope.now)


@reacts_to(CourseClosed)
def ask_after_course(event: CourseClosed, envelope: Envelope) -> None:
    """What stays is asked about months later."""
    asking.plan_after_course(course_id=event.course_id, now=envelope.now)


@reacts_to(OutcomeDue, lane="mail")
def mail_questions(event: OutcomeDue, envelope: Envelope) -> None:
    """The moment of a few questions has come."""
    asking.ask(outcome_id=event.outcome_id, now=envelope.now)


@reacts_to(OfferMade, lane="mail")
def mail_offer_links(event: OfferMade, envelope: Envelope) -> None:
    """A clinic without software is asked by e-mail."""
    offer_links.mail_links(offer_id=event.offer_id, now=envelope.now)


@reacts_to(ApiClientChanged, lane="mail")
def tell_staff_of_client(event: ApiClientChanged, envelope: Envelope) -> None:
    """Access for software that nobody of the clinic set up is noticed."""
    clinic_access.tell_staff(
        client_id=event.client_id, change=event.change, event_id=envelope.event_id, now=envelope.now
    )


@reacts_to(SandboxAnswerDue)
def expire_sandbox_offer(event: SandboxAnswerDue, envelope: Envelope) -> None:
    """Silence ends a test offer as it ends a real one."""
    sandbox.expire(offer_id=event.offer_id, now=envelope.now)
