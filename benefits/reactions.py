"""When something happened here, do this."""

from benefits.enrollment import services as enrollment
from benefits.events import EnrollmentStarted, MemberContactChanged
from workers.events import Envelope, reacts_to


@reacts_to(EnrollmentStarted)
def invite_to_activate(event: EnrollmentStarted, envelope: Envelope) -> None:
    """Who is covered gets an invitation."""
    enrollment.invite(member_id=event.member_id, now=envelope.now)


@reacts_to(MemberContactChanged)
def invite_at_the_new_address(event: MemberContactChanged, envelope: Envelope) -> None:
    """An invitation that went to an old address is replaced."""
    enrollment.invite(member_id=event.member_id, now=envelope.now)
