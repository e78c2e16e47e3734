"""Judges of FHIR R4: HL7's JSON Schema, the R4B models of `fhir.resources`, and the codes of required bindings.

The models ignore codes, the schema those inside codings and whether a required one is there. The code lists are
R4's (4.0.1), each from the page named after it below https://hl7.org/fhir/R4/.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from jsonschema import Draft6Validator

Json = dict[str, Any]

SCHEMA: Json = json.loads(Path(__file__).with_name("r4.schema.json").read_text())
_DEFINED = SCHEMA["definitions"]

REQUIRED: dict[str, str] = {  # codes with spaces between
    # valueset-bundle-type.html
    "Bundle.type": (
        "document message transaction transaction-response batch batch-response history searchset collection"
    ),
    # valueset-request-status.html
    "ServiceRequest.status": "draft active on-hold revoked completed entered-in-error unknown",
    # valueset-request-intent.html
    "ServiceRequest.intent": (
        "proposal plan directive order original-order reflex-order filler-order instance-order option"
    ),
    # valueset-request-priority.html
    "ServiceRequest.priority": "routine urgent asap stat",
    # valueset-task-status.html
    "Task.status": (
        "draft requested received accepted rejected ready cancelled in-progress on-hold failed completed "
        "entered-in-error"
    ),
    # valueset-task-intent.html
    "Task.intent": ("unknown proposal plan order original-order reflex-order filler-order instance-order option"),
    "Task.priority": "routine urgent asap stat",
    # valueset-name-use.html
    "Patient.name.use": "usual official temp nickname anonymous old maiden",
    # valueset-contact-point-system.html and -use.html
    "Patient.telecom.system": "phone fax email pager url sms other",
    "Patient.telecom.use": "home work temp old mobile",
    # valueset-address-use.html
    "Patient.address.use": "home work temp old billing",
    "Organization.address.use": "home work temp old billing",
    # valueset-fm-status.html
    "Coverage.status": "active cancelled draft entered-in-error",
    # valueset-consent-state-codes.html and valueset-consent-provision-type.html
    "Consent.status": "draft proposed active rejected inactive entered-in-error",
    "Consent.provision.type": "deny permit",
    "Consent.provision.provision.type": "deny permit",
    # valueset-issue-severity.html and valueset-issue-type.html
    "OperationOutcome.issue.severity": "fatal error warning information",
    "OperationOutcome.issue.code": (
        "invalid structure required value invariant security login unknown expired forbidden suppressed processing "
        "not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension too-costly "
        "business-rule conflict transient lock-error no-store exception timeout incomplete throttled informational"
    ),
}
# Elements of the type `code` or with a required binding; whatever of these a resource has is judged.
CODED = ("status", "intent", "priority", "use", "system", "type", "severity", "code")
# Codes of HL7's systems that we use, as those systems spell them.
KNOWN: dict[str, set[str]] = {
    "http://hl7.org/fhir/CodeSystem/task-code": {
        "approve",
        "fulfill",
        "abort",
        "replace",
        "change",
        "suspend",
        "resume",
    },
    "http://terminology.hl7.org/CodeSystem/organization-type": {
        "prov",
        "dept",
        "team",
        "govt",
        "ins",
        "pay",
        "edu",
        "reli",
        "crs",
        "cg",
        "bus",
        "other",
    },
    "http://terminology.hl7.org/CodeSystem/consentscope": {"adr", "research", "patient-privacy", "treatment"},
    "http://terminology.hl7.org/CodeSystem/subscriber-relationship": {
        "child",
        "parent",
        "spouse",
        "common",
        "other",
        "self",
        "injured",
    },
    "http://terminology.hl7.org/CodeSystem/v3-Confidentiality": {"U", "L", "M", "N", "R", "V"},
    "http://terminology.hl7.org/CodeSystem/v3-ActReason": {"TREAT", "HTEST"},
    "http://terminology.hl7.org/CodeSystem/v3-ActCode": {"EHCPOL", "ETH"},
    "http://terminology.hl7.org/CodeSystem/v3-ParticipationType": {"IRCP"},
    "http://terminology.hl7.org/CodeSystem/consentpolicycodes": {"hipaa-auth"},
    "http://loinc.org": {"59284-0"},
    "http://snomed.info/sct": {"3457005"},
    "urn:ietf:bcp:47": {"en", "es"},
}


def judge(resource: Json) -> None:
    """Raise for what R4 does not allow: structure and cardinality by the models and the schema, codes by the lists."""
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    wrong = [*not_in_schema(resource), *wrong_codes(resource), *unknown_codings(resource), *broken_references(resource)]
    if wrong:
        raise AssertionError(f"R4 does not allow: {', '.join(wrong)}")


def not_in_schema(resource: Json) -> list[str]:
    """What HL7's schema refuses; each resource by itself, so that it is known in which."""
    inside = [entry["resource"] for entry in resource.get("entry", ())]
    own = resource | {"entry": [{"fullUrl": entry["fullUrl"]} for entry in resource["entry"]]} if inside else resource
    name = resource["resourceType"]
    judge = Draft6Validator({"$ref": f"#/definitions/{name}", "definitions": _DEFINED})
    found = [f"{name}{error.json_path[1:]}: {error.message[:200]}" for error in judge.iter_errors(own)]
    return found + [line for each in inside for line in not_in_schema(each)]


def published_codes(path: str) -> list[str]:
    """The codes that the schema lists for an element, "Task.status"; none where it lists none."""
    kind, *names = path.split(".")
    node: Json = _DEFINED[kind]
    for name in names:
        node = node["properties"][name]
        node = node.get("items", node)
        if "$ref" in node:
            node = _DEFINED[node["$ref"].rpartition("/")[2]]
    return list(node.get("enum", ()))


def wrong_codes(resource: Json) -> list[str]:
    """The codes of required bindings that R4 has not."""
    inside = [entry["resource"] for entry in resource.get("entry", ())]
    own = {name: value for name, value in resource.items() if name != "entry"}
    found = [
        f"{path}={value}"
        for path, value in _leaves(own, resource["resourceType"])
        if path in REQUIRED and value not in REQUIRED[path].split()
    ]
    return found + [line for each in inside for line in wrong_codes(each)]


def unjudged(resource: Json) -> set[str]:
    """Elements that look coded and are in no list above: so that no new one goes unnoticed."""
    inside = [entry["resource"] for entry in resource.get("entry", ())]
    own = {name: value for name, value in resource.items() if name != "entry"}
    paths = {path for path, _ in _leaves(own, resource["resourceType"]) if path.rpartition(".")[2] in CODED}
    free = {path for path in paths if ".coding." in path or ".identifier." in path or path.endswith(_CODINGS)}
    return (paths - free - set(REQUIRED)).union(*(unjudged(each) for each in inside))


_CODINGS = (  # of Coding elements, judged by their system
    *(f"security.{part}" for part in ("system", "code")),
    *(f"purpose.{part}" for part in ("system", "code")),
    *(f"securityLabel.{part}" for part in ("system", "code")),
)


def unknown_codings(node: Any) -> list[str]:
    """Codings of systems or with codes that are not listed above."""
    return [
        f"{each['system']}|{each['code']}"
        for each in _dicts(node)
        if "code" in each and "system" in each and each["code"] not in KNOWN.get(each["system"], ())
    ]


def broken_references(bundle: Json) -> list[str]:
    """References in a bundle that lead to none of its entries."""
    if bundle["resourceType"] != "Bundle":
        return []
    known = {entry["fullUrl"] for entry in bundle["entry"]}
    assert len(known) == len(bundle["entry"])
    return [
        each["reference"]
        for each in _dicts(bundle)
        if isinstance(each.get("reference"), str) and each["reference"] not in known
    ]


def _dicts(node: Any) -> Iterator[Json]:
    if isinstance(node, dict):
        yield node
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from _dicts(child)


def _leaves(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _leaves(value, f"{path}.{name}")
    elif isinstance(node, list):
        for value in node:
            yield from _leaves(value, path)
    else:
        yield path, node
