"""What a session refuses."""

from workers.kernel.errors import DomainError, Invalid


class SessionFinal(DomainError):
    """The session was completed, cancelled or missed: nothing moves it any more."""

    code = "session_final"


class Superseded(DomainError):
    """A message that the clinic wrote later was applied before this one, or somebody changed it in between."""

    code = "superseded"


class ImplausibleTime(Invalid):
    """An appointment more than a year away, or a completion that lies ahead."""

    code = "implausible_time"


class OtherCourse(DomainError):
    """The session belongs to another course than the message says."""

    code = "other_course"


class OverlappingSession(DomainError):
    """The member has another appointment at that time."""

    code = "overlapping_session"


class BreaksRule(DomainError):
    """The time breaks rules of the protocol or the clinic: `rules` says which."""

    code = "breaks_rule"


class NothingAsked(DomainError):
    """No other time is suggested for the session: it was answered before, or moved since."""

    code = "nothing_asked"


class NotMissed(DomainError):
    """The session took place or still stands: there is nothing to make up for."""

    code = "not_missed"


class CourseOver(DomainError):
    """The course has ended: nothing is added to it any more."""

    code = "course_over"


class NoTimeLeft(DomainError):
    """The rules of the treatment leave no time for another session: `rules` says which."""

    code = "no_time_left"


class CannotPlan(DomainError):
    """The protocol does not fit into the clinic's hours, or a session has no price: an operator must look."""

    code = "cannot_plan"
