"""A public suite judges the service: scim2-tester, by RFC 7643 and RFC 7644 (https://scim2-tester.readthedocs.io)."""

from functools import partialmethod
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server, filling
from scim2_tester.utils import ResourceManager

from tests.factories.benefits import make_employer, make_plan
from tests.factories.scim import BENEFIT, ENTERPRISE, make_provider

pytestmark = pytest.mark.usefixtures("committed_db", "now")


# What a client fills in that has read docs/scim.md: of a ZIP code a schema cannot say more than that it is text.
EXAMPLES = {
    "date_of_birth": "1985-05-17",
    "hire_date": "2020-03-01",
    "end_date": "2030-12-31",
    "region": "CA",
    "postal_code": "94110",
    "preferred_language": "es",
    "timezone": "America/Chicago",
    "type": "home",
    "active": True,
}


# What a member cannot be without is refused, and not removed; three facts have a value whatever is removed, which the
# standard calls a default (RFC 7643, 7); an employee number never changes, so neither does the extension that holds it.
KEPT = (
    *(
        f"check_remove_attribute: Failed to remove attribute '{name}'"
        for name in ("name", "addresses", ENTERPRISE, BENEFIT, f"{BENEFIT}:dateOfBirth", f"{BENEFIT}:hireDate")
    ),
    *(
        f"check_remove_attribute: PATCH modify() did not remove attribute '{name}'"
        for name in ("preferredLanguage", "timezone", "active")
    ),
    f"check_replace_attribute: Failed to replace attribute '{ENTERPRISE}",
    f"check_add_attribute: Failed to add attribute '{ENTERPRISE}",
    "object_replacement: The attempted modification is not compatible with the target attribute's mutability",
)


def example(path: Any) -> Any:
    """The example of an attribute, where there is one."""
    binding = path.resolve()
    return EXAMPLES.get(binding.target_field_name) if binding else None


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> WSGISCIMClient:
    monkeypatch.setattr(filling, "get_random_example_value", example)
    whole = partialmethod(ResourceManager.create_and_register, fill_all=True)  # new people are described whole
    monkeypatch.setattr(ResourceManager, "create_and_register", whole)
    employer = make_employer()
    make_plan(employer.pk)
    token = make_provider(employer.pk).token
    headers = {"Authorization": f"Bearer {token}"}
    return WSGISCIMClient(get_wsgi_application(), base_url="http://testserver/scim/v2", headers=headers)


def test_the_public_suite_finds_nothing_wrong(service: Any) -> None:
    results = check_server(service)
    found = [f"{one.title}: {one.reason}" for one in results if one.status not in (Status.SUCCESS, Status.SKIPPED)]
    surprises = [one for one in found if not one.startswith(KEPT)]
    assert not surprises, "\n".join(surprises)
    assert len([one for one in results if one.status == Status.SUCCESS]) > 20
