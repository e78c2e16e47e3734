"""When something happened here, do this."""

from benefits.accounts import operators
from benefits.accounts.models import HrPermission
from benefits.eligibility import services as eligibility
from benefits.employers import services as employers
from benefits.employers.rules import quarter_after
from benefits.enrollment import services as enrollment
from benefits.events import (
    AccountClosed,
    ApplicationAsked,
    ChangeSetArrived,
    ChangeSetUndone,
    EnrollmentsStarted,
    IdentityClaimed,
    LetterLocked,
    MemberContactChanged,
    MemberContactSettled,
    MemberDied,
    MemberInvitationAsked,
    QuarterOver,
    UndoingAsked,
    X12FileArrived,
)
from benefits.letters import services as letters
from benefits.x12 import services as x12
from workers.emails.events import AddressStopped
from workers.events import Envelope, reacts_to
from workers.kernel.actor import Actor, Role, acting_as


@reacts_to(EnrollmentsStarted, apart=True)  # up to a hundred people: enough for a transaction
def invite_to_activate(event: EnrollmentsStarted, envelope: Envelope) -> None:
    """Whoever is covered gets an invitation."""
    enrollment.invite_all(member_ids=event.member_ids, now=envelope.now)


@reacts_to(MemberContactChanged)
def invite_at_the_new_address(event: MemberContactChanged, envelope: Envelope) -> None:
    """An invitation that went to an old address is replaced, after a while."""
    enrollment.follow_contact(member_id=event.member_id, now=envelope.now)


@reacts_to(MemberContactSettled)
def invite_at_the_settled_address(event: MemberContactSettled, envelope: Envelope) -> None:
    """Nobody at the former address objected."""
    enrollment.invite(member_id=event.member_id, now=envelope.now)


@reacts_to(AddressStopped, lane="mail")
def tell_operators_of_stopped_address(event: AddressStopped, envelope: Envelope) -> None:
    """Somebody looks for another way to reach a person whom no e-mail reaches."""
    operators.tell_of_stopped_address(reason=event.reason, event_id=envelope.event_id, now=envelope.now)


@reacts_to(MemberInvitationAsked)
def invite_again(event: MemberInvitationAsked, envelope: Envelope) -> None:
    """A link was lost, or is too old."""
    enrollment.invite(member_id=event.member_id, now=envelope.now)


@reacts_to(MemberDied)
def stop_mail(event: MemberDied, envelope: Envelope) -> None:
    """Nobody is there to read it: what was not sent is taken back, of every app, and invitations are closed."""
    enrollment.stop_mail(member_id=event.member_id, now=envelope.now)


@reacts_to(AccountClosed)
def stop_mail_of_closed(event: AccountClosed, envelope: Envelope) -> None:
    """Whoever went is written to no more: what was not sent is taken back, of every app."""
    enrollment.stop_mail_of_closed(member_id=event.member_id)


@reacts_to(IdentityClaimed)
def judge_claim(event: IdentityClaimed, envelope: Envelope) -> None:
    """Whoever entered a letter's code is mailed a link, if what they said fits."""
    letters.judge(claim_id=event.claim_id, now=envelope.now)


@reacts_to(LetterLocked, lane="mail")
def tell_operators_of_locked_letter(event: LetterLocked, envelope: Envelope) -> None:
    """Somebody guesses, or HR has a wrong date of birth: a person looks."""
    letters.tell_of_lock(letter_id=event.letter_id, now=envelope.now)


@reacts_to(QuarterOver)
def await_next_quarter(event: QuarterOver, envelope: Envelope) -> None:
    """The next quarter will end, too."""
    employers.await_quarter(employer_id=event.employer_id, quarter=quarter_after(event.quarter))


# Change-sets. What may take most of a lease has a lane of its own, where nobody waits behind it, and is `external`: no
# other job shares its transaction, which is its own. Each looks at its change-set's status first, so that a second call
# does nothing.


@reacts_to(ChangeSetArrived, lane="files", external=True)
def read_file(event: ChangeSetArrived, envelope: Envelope) -> None:
    """A large file is read, checked and compared."""
    with acting_as(_hr_of(event)):
        eligibility.read_upload(change_set_id=event.change_set_id, now=envelope.now)


@reacts_to(ApplicationAsked, lane="files", external=True)
def apply_change_set(event: ApplicationAsked, envelope: Envelope) -> None:
    """The roster follows a large change-set."""
    with acting_as(_hr_of(event)):
        eligibility.run_application(change_set_id=event.change_set_id, now=envelope.now)


@reacts_to(UndoingAsked, lane="files", external=True)
def undo_change_set(event: UndoingAsked, envelope: Envelope) -> None:
    """The roster goes back to before a large change-set."""
    with acting_as(_hr_of(event)):
        eligibility.run_undoing(change_set_id=event.change_set_id, now=envelope.now)


@reacts_to(ChangeSetUndone)
def restore_contacts(event: ChangeSetUndone, envelope: Envelope) -> None:
    """Addresses from before an undone change-set count again."""
    enrollment.restore_contacts(
        change_set_id=event.change_set_id,
        employer_id=event.employer_id,
        applied_at=event.applied_at,
        now=envelope.now,
    )


@reacts_to(X12FileArrived, lane="files", external=True)
def read_834(event: X12FileArrived, envelope: Envelope) -> None:
    """A large 834 is judged, answered and staged."""
    with acting_as(_hr_of(event)):
        x12.read(file_id=event.file_id, now=envelope.now)


def _hr_of(event: ChangeSetArrived | ApplicationAsked | UndoingAsked | X12FileArrived) -> Actor:
    """A worker does for an employer what its HR admin asked for, with their right over people and no more."""
    permissions = (HrPermission.PEOPLE.value,)
    return Actor(role=Role.HR, employer=event.employer_id, user=event.asked_by, permissions=permissions)
