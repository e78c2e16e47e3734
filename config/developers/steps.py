"""First steps with the API, as data: what to do, the commands that do it, and what comes back.

A test reads the page and runs every command of it against a real server (tests/config/developers/).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from workers.deliveries.verification import samples_of

_DATA = Path(__file__).parent / "data"
_JSON = '-H "Content-Type: application/json"'
_SCIM = '-H "Content-Type: application/scim+json"'
_AS_CLINIC = '-H "Authorization: Bearer $KEY"'
_AS_EMPLOYER = '-H "Authorization: Bearer $TOKEN"'
_ASK = "curl -sS --fail-with-body"
_OURS = "{our address}"  # in commands: what `at` fills in


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to do. `command` is for a shell, or the contents of `file` where that is named.

    What stands between quotes as "your …" or "the …" is to be filled in; `page` names a URL where it is found.
    """

    code: str
    title: Any
    words: Any
    command: str
    file: str = ""
    page: str = ""
    page_words: Any = ""


def at(base_url: str, steps: Iterable[Step]) -> list[Step]:
    """Return the steps as they are done at a server, named by its address in their commands."""
    return [replace(step, command=step.command.replace(_OURS, base_url)) for step in steps]


_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_BENEFIT = "urn:ietf:params:scim:schemas:extension:benefit:2.0:User"
_PERSON = f"""{_ASK} -X POST "$BENEFIT/scim/v2/Users" \\
  {_AS_EMPLOYER} {_SCIM} -d '{{
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User",
    "{_ENTERPRISE}",
    "{_BENEFIT}"],
  "userName": "test-1@example.com", "active": true,
  "name": {{"givenName": "Test", "familyName": "Person"}},
  "addresses": [{{"type": "home", "region": "NY", "postalCode": "10001"}}],
  "{_ENTERPRISE}": {{"employeeNumber": "TEST-1"}},
  "{_BENEFIT}": {{"dateOfBirth": "1988-05-17", "hireDate": "2024-01-02"}}
}}'"""
_MEMBERS = f"""{_ASK} -X POST "$BENEFIT/api/v1/member-changes/" \\
  {_AS_EMPLOYER} {_JSON} \\
"""
_ROW = '"date_of_birth": "1988-05-17", "postal_code": "10001", "state": "NY",\n    "hire_date": "2024-01-02"'
_BULK = f"""{_MEMBERS}  -H "Idempotency-Key: payroll-2024-05" -d '{{"members": [
  {{"employee_number": "TEST-1", "first_name": "Test", "last_name": "Renamed",
    {_ROW}, "employment_status": "active"}},
  {{"employee_number": "TEST-2", "first_name": "Other", "last_name": "Person",
    {_ROW}, "employment_status": "active"}}
]}}'"""
_END = f"""{_MEMBERS}  -H "Idempotency-Key: payroll-2024-06" -d '{{"members": [
  {{"employee_number": "TEST-1", "first_name": "Test", "last_name": "Renamed",
    {_ROW}, "employment_status": "ended", "end_date": "2024-06-30"}},
  {{"employee_number": "TEST-2", "first_name": "Other", "last_name": "Person",
    {_ROW}, "employment_status": "ended", "end_date": "2024-06-30"}}
]}}'"""

# A clinic's software: from a key to an accepted test offer.
CLINICS = (
    Step(
        code="key",
        title=_("Get a key"),
        words=_(
            "Make a key that may use the sandbox. It is shown once. Test offers are about nobody, are counted "
            "nowhere, and are answered as real ones are."
        ),
        page="page-api-clients",
        page_words=_("Make a key"),
        command=f'export BENEFIT="{_OURS}"\nexport KEY="your key"\n'
        f'{_ASK} "$BENEFIT/api/v1/clinic/sandbox/offers/" {_AS_CLINIC}',
    ),
    Step(
        code="oauth",
        title=_("Or exchange credentials for tokens"),
        words=_(
            "An OAuth 2 client does the same with tokens that last an hour (RFC 6749, 4.4). Send the access_token "
            "of the answer in place of the key."
        ),
        command='export CLIENT_ID="your client_id"\nexport CLIENT_SECRET="your client’s secret"\n'
        f'{_ASK} "$BENEFIT/api/v1/oauth/token" -u "$CLIENT_ID:$CLIENT_SECRET" \\\n'
        "  -d grant_type=client_credentials",
    ),
    Step(
        code="verify",
        title=_("Verify what we send"),
        words=_(
            "Every message is signed (Standard Webhooks). Save this as verify.py; each webhook address has the "
            "same in Node.js and PHP."
        ),
        file="verify.py",
        command=next(source for code, _name, source in samples_of("hmac") if code == "py"),
    ),
    Step(
        code="receive",
        title=_("Receive messages"),
        words=_(
            "Save this as receive.py and start it with the secret of your webhook address: WEBHOOK_SECRET=whsec_… "
            "python3 receive.py. Addresses are public ones with https; on your own computer a tunnel to port 8080 "
            "makes one."
        ),
        page="page-new-endpoint",
        page_words=_("Register a webhook address"),
        file="receive.py",
        command=(_DATA / "receive.py.txt").read_text(encoding="utf-8"),
    ),
    Step(
        code="offer",
        title=_("Make a test offer"),
        words=_(
            "Your receiver prints referral.offered with “test”: true. The same Idempotency-Key again makes no "
            "second offer: the first answer is repeated."
        ),
        command=f'{_ASK} -X POST "$BENEFIT/api/v1/clinic/sandbox/offers/" \\\n'
        f"  {_AS_CLINIC} {_JSON} \\\n"
        '  -H "Idempotency-Key: first-test-offer" -d \'{"answer_seconds": 900}\'',
    ),
    Step(
        code="accept",
        title=_("Accept it"),
        words=_(
            "With the id of the answer. Your receiver prints referral.confirmed. A real offer is accepted in the "
            "same way, by a key that may accept and decline."
        ),
        command=f'export OFFER="the id"\n{_ASK} -X POST "$BENEFIT/api/v1/clinic/offers/$OFFER/accept/" \\\n'
        f"  {_AS_CLINIC} {_JSON} -d '{{}}'",
    ),
    Step(
        code="read",
        title=_("Read the referral"),
        words=_("What a clinic learns once it has accepted; here about a person who does not exist."),
        command=f'export REFERRAL="the referral_id"\n{_ASK} "$BENEFIT/api/v1/clinic/referrals/$REFERRAL/" {_AS_CLINIC}',
    ),
    Step(
        code="client",
        title=_("Get typed code"),
        words=_(
            "The OpenAPI document describes every operation. From it “pipx run openapi-python-client generate "
            "--path openapi.json” makes a typed Python client; other languages have generators, too."
        ),
        command=f'{_ASK} "$BENEFIT/api/v1/schema/" {_AS_CLINIC} \\\n'
        '  -H "Accept: application/vnd.oai.openapi+json" -o openapi.json',
    ),
)

# An HR system: a token, one person by SCIM, several at once, and all taken back.
EMPLOYERS = (
    Step(
        code="token",
        title=_("Get a token"),
        words=_(
            "Whoever keeps the roster makes one; it is shown once. For Entra, Okta and the like the address "
            "(tenant URL) is what stands below up to /scim/v2, and nothing else is needed from here."
        ),
        page="page-scim-tokens",
        page_words=_("Make a token"),
        command=f'export BENEFIT="{_OURS}"\nexport TOKEN="your token"\n'
        f'{_ASK} "$BENEFIT/scim/v2/ServiceProviderConfig" {_AS_EMPLOYER}',
    ),
    Step(
        code="person",
        title=_("Add a person"),
        words=_(
            "There is one roster, the real one: this adds a made-up person, who has no e-mail address and is "
            "invited nowhere, and the last step ends them."
        ),
        command=_PERSON,
    ),
    Step(
        code="find",
        title=_("Find them"),
        words=_("By any attribute that the description of the service names."),
        command=f'{_ASK} -G "$BENEFIT/scim/v2/Users" {_AS_EMPLOYER} \\\n'
        "  --data-urlencode 'filter=userName eq \"test-1@example.com\"'",
    ),
    Step(
        code="bulk",
        title=_("Change up to 1,000 people at once"),
        words=_(
            "In a census’s columns: all of it or nothing, unless you say skip_rows_with_errors. Send an "
            "Idempotency-Key of your own with each change: when you do not know whether it arrived, send it again "
            "with the same key, and it happens once. Errors name the member by their place."
        ),
        command=_BULK,
    ),
    Step(
        code="end",
        title=_("End them"),
        words=_("With a last day of employment; what they did before stays in the history."),
        command=_END,
    ),
)
