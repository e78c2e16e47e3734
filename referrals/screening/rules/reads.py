"""Why somebody who is not the member may read answers."""

from enum import StrEnum


class ReadReason(StrEnum):
    """The reason that a read is recorded with. Codes and not free text: a sentence could tell what the answers say."""

    CALL_MEMBER = "call_member"  # somebody has to call, and what about
    MEMBER_ASKED = "member_asked"  # the member asked about their own answers
    CLINICIAN_REVIEW = "clinician_review"  # a clinician of the benefit looks before a clinic is asked
    COMPLAINT = "complaint"
    AUDIT = "audit"
    TREATMENT = "treatment"  # the clinic that accepted


BY_OPERATORS = tuple(reason for reason in ReadReason if reason != ReadReason.TREATMENT)
