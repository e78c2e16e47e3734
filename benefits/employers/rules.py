"""What belongs to an employer: e-mail domains that are nobody's but its own, and its quarters. Pure."""

import re
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
LONGEST_DOMAIN = 253  # RFC 1035, 2.3.4
BRAKE_PERCENT = 5  # of the roster; more terminations by absence than that are more often a wrong file than the truth
MOST_BRAKE_PERCENT = 50  # above it, a file that has lost half of its rows would go through
# Where anybody may have an address: an employer that "owned" one would own strangers.
PUBLIC_MAIL = frozenset(
    (
        *("aol.com", "att.net", "comcast.net", "fastmail.com", "gmail.com", "gmx.com", "gmx.net", "googlemail.com"),
        *("hotmail.com", "hotmail.es", "icloud.com", "live.com", "mac.com", "mail.com", "me.com", "msn.com"),
        *("outlook.com", "outlook.es", "pm.me", "proton.me", "protonmail.com", "sbcglobal.net", "tutanota.com"),
        *("verizon.net", "yahoo.com", "yahoo.es", "ymail.com", "zoho.com"),
    )
)


class Change(StrEnum):
    """What can happen to an employer's admins and settings, as its history names it."""

    ADMIN_INVITED = "admin_invited"
    ADMIN_INVITATION_REVOKED = "admin_invitation_revoked"
    ADMIN_PERMISSIONS = "admin_permissions_changed"
    ADMIN_DISABLED = "admin_disabled"
    ADMINS_SIGNED_OUT = "admins_signed_out"
    DOMAIN_ADDED = "domain_added"
    DOMAIN_REMOVED = "domain_removed"
    BRAKE_SET = "brake_set"


def domain_of(email: str) -> str:
    """Return what follows an address's last @, in lower case."""
    return email.rpartition("@")[2].strip().lower().rstrip(".")


def wrong_domain(domain: str) -> str:
    """Return what is wrong with an e-mail domain, or an empty string. It is compared in its ASCII form (RFC 5890)."""
    if len(domain) > LONGEST_DOMAIN or not _DOMAIN.fullmatch(domain):
        return "A domain is what follows the @, in lower case and ASCII, like acme.example."
    if domain in PUBLIC_MAIL:
        return "Anybody can have an address there: name a domain that is the employer's alone."
    return ""


SETTLED_AFTER = timedelta(days=14)  # by then clinics have reported what took place


def quarter_of(day: date) -> date:
    """Return the first day of the calendar quarter that a day lies in."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def quarter_after(quarter: date) -> date:
    """Return the first day of the quarter after the one that begins on a day."""
    return date(quarter.year + quarter.month // 10, (quarter.month + 2) % 12 + 1, 1)


def settled_at(quarter: date) -> datetime:
    """Return when the figures of a quarter are settled, UTC."""
    return datetime.combine(quarter_after(quarter), time(), tzinfo=UTC) + SETTLED_AFTER
