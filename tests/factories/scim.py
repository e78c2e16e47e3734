"""Identity providers, and the users that they send."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.test import Client

from benefits.enrollment.rules import Person
from benefits.scim.services import tokens
from tests.conftest import NOW
from tests.factories.benefits import hr_of
from workers.kernel.actor import acting_as
from workers.kernel.ids import new_id

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
BENEFIT = "urn:ietf:params:scim:schemas:extension:benefit:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SCIM = "application/scim+json"


@dataclass(frozen=True)
class IdentityProvider:
    """A client with a token of an employer."""

    token: str

    def send(self, method: str, path: str, body: Any = None, *, media_type: str = SCIM, **headers: str) -> Any:
        """Ask /scim/v2 for `path`."""
        return Client().generic(
            method,
            f"/scim/v2{path}",
            data="" if body is None else body if isinstance(body, str) else json.dumps(body),
            content_type=media_type,
            headers={"Authorization": f"Bearer {self.token}", **headers},
        )

    def get(self, path: str, **headers: str) -> Any:
        """GET."""
        return self.send("GET", path, **headers)

    def find(self, filter: str, **parameters: Any) -> dict[str, Any]:
        """GET /Users with a filter."""
        response = Client().get(
            "/scim/v2/Users", {"filter": filter, **parameters}, headers={"Authorization": f"Bearer {self.token}"}
        )
        assert response.status_code == 200, response.content
        found: dict[str, Any] = response.json()
        return found

    def create(self, body: Any) -> Any:
        """POST /Users."""
        return self.send("POST", "/Users", body)

    def patch(self, user_id: str, *operations: dict[str, Any], **headers: str) -> Any:
        """PATCH /Users/{id}."""
        return self.send("PATCH", f"/Users/{user_id}", {"schemas": [PATCH_OP], "Operations": operations}, **headers)


def make_provider(employer_id: UUID, **options: Any) -> IdentityProvider:
    """An identity provider of an employer, with a fresh token."""
    with acting_as(hr_of(employer_id)):
        made = tokens.create(employer_id=employer_id, name="Okta", by=new_id(), now=options.pop("now", NOW))
    return IdentityProvider(made.token)


def user_body(person: Person, **other: Any) -> dict[str, Any]:
    """A user as an identity provider sends them."""
    emails = [("work", person.work_email), ("home", person.personal_email)]
    street = "\n".join(line for line in (person.address_line_1, person.address_line_2) if line)
    benefit = {
        "dateOfBirth": person.date_of_birth.isoformat(),
        "hireDate": person.hire_date.isoformat(),
        **({"endDate": person.end_date.isoformat()} if person.end_date else {}),
        **({"employeeClass": person.employee_class} if person.employee_class else {}),
        **({"workLocation": person.work_location} if person.work_location else {}),
    }
    return {
        "schemas": [CORE, ENTERPRISE, BENEFIT],
        "userName": f"{person.employee_number}@employer.example",
        "externalId": f"ext-{person.employee_number}",
        "name": {"givenName": person.first_name, "familyName": person.last_name},
        "emails": [{"type": kind, "value": value} for kind, value in emails if value],
        "addresses": [
            {
                "type": "home",
                "streetAddress": street,
                "locality": person.city,
                "region": person.state,
                "postalCode": person.postal_code,
            }
        ],
        "preferredLanguage": person.language,
        "timezone": person.timezone,
        "active": person.end_date is None,
        ENTERPRISE: {"employeeNumber": person.employee_number},
        BENEFIT: benefit,
    } | other
