"""What the codes of treatment are called for people; docs/facts.md, "Course of treatment" and "Protocols"."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from referrals.clinics.rules import Format, Gender, Protocol, Route, SessionKind
from referrals.requests.rules import Kind, Must, Times

KIND_WORDS: Mapping[str, Any] = {
    Kind.ASSISTED_THERAPY: _("Therapy together with ketamine"),
    Kind.INFUSION: _("Infusions, therapy afterwards"),
}
ROUTE_WORDS: Mapping[str, Any] = {
    Route.IV: _("Infusion into a vein"),
    Route.IM: _("Injection into a muscle"),
    Route.SUBLINGUAL: _("Lozenge under the tongue"),
    Route.NASAL: _("Nasal spray"),
}
PROTOCOL_WORDS: Mapping[str, Any] = {
    Protocol.CONCURRENT: _("Therapy during the session or right after it"),
    Protocol.SEPARATED: _("Therapy one or two days after the session"),
    Protocol.SEQUENTIAL: _("A series of sessions, then weeks of therapy"),
}
FORMAT_WORDS: Mapping[str, Any] = {
    Format.INDIVIDUAL: _("Alone with the therapist"),
    Format.GROUP: _("In a small group"),
}
GENDER_WORDS: Mapping[str, Any] = {
    Gender.FEMALE: _("A woman"),
    Gender.MALE: _("A man"),
    Gender.NON_BINARY: _("A non-binary person"),
}
TIMES_WORDS: Mapping[str, Any] = {
    Times.WEEKDAY_MORNING: _("Weekdays, mornings"),
    Times.WEEKDAY_AFTERNOON: _("Weekdays, afternoons"),
    Times.WEEKDAY_EVENING: _("Weekdays, evenings"),
    Times.SATURDAY: _("Saturdays"),
    Times.SUNDAY: _("Sundays"),
}
MUST_WORDS: Mapping[str, Any] = {
    Must.DISTANCE: _("The distance"),
    Must.PROTOCOL: _("How therapy and sessions lie in time"),
    Must.FORMAT: _("Alone or in a group"),
    Must.THERAPIST_GENDER: _("Who the therapist is"),
    Must.TIMES: _("The times"),
}
SESSION_WORDS: Mapping[str, Any] = {
    SessionKind.CONSULTATION: _("Medical consultation"),
    SessionKind.PREPARATION: _("Preparation"),
    SessionKind.DOSING: _("Treatment session"),
    SessionKind.INTEGRATION: _("Integration"),
    SessionKind.FOLLOW_UP: _("Follow-up"),
}


def language_name(code: str) -> str:
    """Return what a language is called in the reader's; its code where Django does not know it."""
    try:
        return str(get_language_info(code)["name_translated"]).capitalize()
    except KeyError:
        return code
