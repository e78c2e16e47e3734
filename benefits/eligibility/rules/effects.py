"""What a row does to the roster, and why one is refused; and when so many terminations need a second admin."""

from typing import Any

from workers.kernel.words import gettext_noop as _

EFFECTS = ("added", "changed", "ended", "reinstated", "unchanged", "ignored")
WRITES = ("added", "changed", "ended", "reinstated")  # `ignored` ends the employment of somebody who never was here

# Why a row that is right by itself cannot be, as the roster is: (column, remedy).
REFUSALS = {
    "merged": (
        "employee_number",
        _("This number was merged into another one: use that one, or a number of their own for somebody new."),
    ),
    "unknown_subscriber": (
        "subscriber_number",
        _("No employee has this number: name the employee through whom they are covered, in this file or before."),
    ),
    "subscriber_ended": (
        "subscriber_number",
        _("The employee through whom they are covered is not employed any more: end their cover, too."),
    ),
    "other_person": (
        "employee_number",
        _(
            "The roster has another person under this number, by name and date of birth. For somebody new give a "
            "number of their own; to correct a person, change the name and the date of birth one after the other."
        ),
    ),
}


def refusal(row: int, why: str) -> dict[str, Any]:
    """Return a refused row's error, as JSON."""
    column, message = REFUSALS[why]
    return {"row": row, "column": column, "code": why, "message": message}


def needs_second_admin(*, absent: int, roster: int, brake_percent: int) -> bool:
    """Whether ending the cover of `absent` of `roster` members by absence takes two admins (employers.Employer)."""
    return absent * 100 > roster * brake_percent
