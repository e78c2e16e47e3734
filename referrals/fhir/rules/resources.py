"""One function per resource. Their elements, cardinalities and bindings are those of https://hl7.org/fhir/R4/."""

from datetime import UTC, datetime
from uuid import UUID, uuid5

from referrals.fhir.rules import codes
from referrals.fhir.rules.codes import Json
from referrals.fhir.rules.facts import Agreed, Asked, Person, Practice, Referral


def bundle(referral: Referral, *, now: datetime) -> Json:
    """Return a referral as a Bundle of type collection, the request first."""
    practices = {practice.id: practice for practice in (referral.benefit, *_clinics(referral))}
    resources = [
        _service_request(referral),
        *(_task(referral, asked) for asked in referral.asked),
        _patient(referral.person, referral.benefit),
        *([_coverage(referral)] if referral.is_covered else []),
        *(_consent(referral, agreed) for agreed in referral.agreed),
        *(_organization(practice) for practice in practices.values()),
    ]
    return {
        "resourceType": "Bundle",
        "id": str(_derived(referral, "bundle")),
        "meta": {"lastUpdated": instant(now), "security": _labels(referral)},
        "identifier": _identifier(referral.id),
        "type": "collection",
        "timestamp": instant(now),
        "entry": [{"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource} for resource in resources],
    }


def outcome(*, status: int, code: str, text: str) -> Json:
    """Return a refusal as an OperationOutcome; `code` is ours, the issue's is FHIR's."""
    issue = {
        "severity": "error",
        "code": codes.ISSUE_TYPE.get(status, "invalid" if status < 500 else "exception"),
        "details": {"text": text},
        "diagnostics": code,
    }
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def instant(moment: datetime) -> str:
    """Return an instant as FHIR writes it, with its zone."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _service_request(referral: Referral) -> Json:
    """What the member wants. A proposal: no clinician ordered it."""
    resource: Json = {
        "resourceType": "ServiceRequest",
        "id": str(referral.id),
        "meta": {"security": _labels(referral)},
        "identifier": [_identifier(referral.id)],
        "status": codes.SERVICE_REQUEST_STATUS[referral.status],
        "intent": "proposal",
        "category": [codes.REFERRAL],
        "priority": "urgent" if referral.is_urgent else "routine",
        "code": {"text": "Ketamine-assisted therapy"},
        "subject": _reference(referral.person.id),
        "authoredOn": instant(referral.opened_at),
        "requester": _reference(referral.person.id),
    }
    if referral.agreed:
        resource["supportingInfo"] = [_reference(_consent_id(referral, agreed)) for agreed in referral.agreed]
    if referral.wanted:
        resource["orderDetail"] = [{"text": text} for text in referral.wanted]
    if referral.taken_by:
        resource["performer"] = [_reference(referral.taken_by.id)]
    if referral.is_covered:
        resource["insurance"] = [_reference(_derived(referral, "coverage"))]
    return resource


def _task(referral: Referral, asked: Asked) -> Json:
    """The offer to one clinic: fulfil the request, by a time."""
    resource: Json = {
        "resourceType": "Task",
        "id": str(asked.id),
        "meta": {"security": _labels(referral)},
        "identifier": [_identifier(asked.id)],
        "status": asked.status,
        "intent": "order",
        "priority": "urgent" if referral.is_urgent else "routine",
        "code": codes.FULFILL,
        "focus": _reference(referral.id),
        "for": _reference(referral.person.id),
        "authoredOn": instant(asked.made_at),
        "lastModified": instant(asked.changed_at),
        "requester": _reference(referral.benefit.id),
        "owner": _reference(asked.clinic.id),
        "restriction": {"repetitions": 1, "period": {"end": instant(asked.respond_by)}},
    }
    if asked.reason:
        resource["statusReason"] = {"text": asked.reason}
    return resource


def _patient(person: Person, benefit: Practice) -> Json:
    resource: Json = {
        "resourceType": "Patient",
        "id": str(person.id),
        "active": True,
        "name": [{"use": "official", "family": person.last_name, "given": [person.first_name]}],
        "birthDate": person.date_of_birth.isoformat(),
        "address": [{"use": "home", "state": person.state, "postalCode": person.postal_code, "country": "US"}],
        "communication": [
            {"language": {"coding": [{"system": codes.LANGUAGES, "code": person.language}]}, "preferred": True}
        ],
        "managingOrganization": _reference(benefit.id),
    }
    if person.email:
        resource["telecom"] = [{"system": "email", "value": person.email, "use": "home"}]
    return resource


def _coverage(referral: Referral) -> Json:
    """That the benefit covers the member. Whose employer pays is nobody's business here."""
    person = _reference(referral.person.id)
    return {
        "resourceType": "Coverage",
        "id": str(_derived(referral, "coverage")),
        "status": "active",
        "type": codes.HEALTH_PLAN,
        "subscriber": person,
        "beneficiary": person,
        "relationship": codes.SELF,
        "payor": [_reference(referral.benefit.id)],
    }


def _consent(referral: Referral, agreed: Agreed) -> Json:
    """What the member agreed to under which text; substance use is denied unless they agreed to that as well."""
    provision: Json = {
        "type": "permit",
        "period": {"start": instant(agreed.at), "end": instant(agreed.until)},
        "purpose": [codes.TREATMENT],
    }
    recipients = [{"role": codes.RECIPIENT, "reference": _reference(clinic.id)} for clinic in _clinics(referral)]
    if recipients:
        provision["actor"] = recipients
    if agreed.is_substance_use:
        provision["securityLabel"] = [codes.SUBSTANCE_USE]
    elif not any(other.is_substance_use for other in referral.agreed):
        provision["provision"] = [{"type": "deny", "securityLabel": [codes.SUBSTANCE_USE]}]
    return {
        "resourceType": "Consent",
        "id": str(_consent_id(referral, agreed)),
        "status": "active",
        "scope": codes.PRIVACY,
        "category": [codes.CONSENT],
        "patient": _reference(referral.person.id),
        "dateTime": instant(agreed.at),
        "organization": [_reference(referral.benefit.id)],
        "policyRule": codes.terminology(
            "consentpolicycodes", codes.AUTHORIZATION, "HIPAA Authorization", agreed.version
        ),
        "provision": provision,
    }


def _organization(practice: Practice) -> Json:
    resource: Json = {
        "resourceType": "Organization",
        "id": str(practice.id),
        "active": True,
        "type": [codes.PROVIDER if practice.npi else codes.OTHER_ORGANIZATION],
        "name": practice.name,
    }
    if practice.npi:
        resource["identifier"] = [{"system": codes.NPI, "value": practice.npi}]
        address = {"use": "work", "line": [practice.street], "city": practice.city, "state": practice.state}
        resource["address"] = [address | {"postalCode": practice.postal_code, "country": "US"}]
    return resource


def _clinics(referral: Referral) -> list[Practice]:
    return list({asked.clinic.id: asked.clinic for asked in referral.asked}.values())


def _labels(referral: Referral) -> list[Json]:
    return [codes.RESTRICTED, *([codes.TEST_DATA] if referral.is_test else [])]


def _identifier(id: UUID) -> Json:
    return {"system": codes.URI, "value": f"urn:uuid:{id}"}


def _reference(id: UUID) -> Json:
    return {"reference": f"urn:uuid:{id}"}


def _derived(referral: Referral, name: str) -> UUID:
    """An id that is the same at every reading, and says nothing of our own."""
    return uuid5(referral.id, name)


def _consent_id(referral: Referral, agreed: Agreed) -> UUID:
    return _derived(referral, f"consent/{agreed.kind}/{agreed.version}")
