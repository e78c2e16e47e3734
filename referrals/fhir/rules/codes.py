"""Code systems of R4, and which of their codes say what we mean (https://hl7.org/fhir/R4/terminologies.html)."""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
NPI = "http://hl7.org/fhir/sid/us-npi"
URI = "urn:ietf:rfc:3986"
LANGUAGES = "urn:ietf:bcp:47"

# A request for care as ServiceRequest.status (https://hl7.org/fhir/R4/valueset-request-status.html).
SERVICE_REQUEST_STATUS: Mapping[str, str] = {
    "review": "on-hold",
    "open": "active",
    "offered": "active",
    "unplaced": "active",
    "accepted": "active",
    "completed": "completed",
    "withdrawn": "revoked",
    "moved": "revoked",
    "lapsed": "revoked",
}

# An HTTP status as OperationOutcome.issue.code (https://hl7.org/fhir/R4/valueset-issue-type.html).
ISSUE_TYPE: Mapping[int, str] = {
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    409: "conflict",
    429: "throttled",
}


def concept(system: str, code: str, display: str, text: str = "") -> Json:
    """Return a CodeableConcept of one code."""
    said = {"coding": [{"system": system, "code": code, "display": display}]}
    return said | ({"text": text} if text else {})


def terminology(name: str, code: str, display: str, text: str = "") -> Json:
    """The same, of one of HL7's own systems."""
    return concept(f"{TERMINOLOGY}/{name}", code, display, text)


def coding(name: str, code: str, display: str) -> Json:
    """Return a Coding of one of HL7's own systems."""
    return {"system": f"{TERMINOLOGY}/{name}", "code": code, "display": display}


REFERRAL = concept("http://snomed.info/sct", "3457005", "Patient referral")
FULFILL = concept("http://hl7.org/fhir/CodeSystem/task-code", "fulfill", "Fulfill the focal request")
PROVIDER = terminology("organization-type", "prov", "Healthcare Provider")
OTHER_ORGANIZATION = terminology("organization-type", "other", "Other")
HEALTH_PLAN = terminology("v3-ActCode", "EHCPOL", "extended healthcare")
SELF = terminology("subscriber-relationship", "self", "Self")
PRIVACY = terminology("consentscope", "patient-privacy", "Privacy Consent")
CONSENT = concept("http://loinc.org", "59284-0", "Consent Document")
AUTHORIZATION = "hipaa-auth"
TREATMENT = coding("v3-ActReason", "TREAT", "treatment")
RECIPIENT = terminology("v3-ParticipationType", "IRCP", "information recipient")
RESTRICTED = coding("v3-Confidentiality", "R", "restricted")
SUBSTANCE_USE = coding("v3-ActCode", "ETH", "substance abuse information sensitivity")
TEST_DATA = coding("v3-ActReason", "HTEST", "test health data")
