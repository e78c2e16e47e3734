"""What identity providers send that the standard does not say."""

import pytest

from benefits.scim.rules.arriving import plain_patch, plain_user
from tests.factories.scim import ENTERPRISE, PATCH_OP


def operations(*given):
    return plain_patch({"schemas": [PATCH_OP], "Operations": list(given)})["Operations"]


@pytest.mark.parametrize(("said", "meant"), [("False", False), ("True", True), ("false", False), (False, False)])
def test_entras_booleans_are_booleans(said, meant):
    assert plain_user({"userName": "a", "Active": said}) == {"userName": "a", "Active": meant}
    assert operations({"op": "Replace", "path": "active", "value": said})[0]["value"] is meant


def test_entra_wraps_a_value_in_a_list():
    given = {"op": "Replace", "path": "active", "value": [{"$ref": None, "value": "False"}]}
    assert operations(given)[0]["value"] is False


def test_okta_names_attributes_in_the_value():
    given = {"op": "replace", "value": {"active": "false", "name": {"givenName": "Ana"}, "id": "1", "schemas": []}}
    assert operations(given) == [
        {"op": "replace", "path": "active", "value": False},
        {"op": "replace", "path": "name", "value": {"givenName": "Ana"}},
    ]


def test_extensions_are_taken_apart():
    given = {"op": "add", "value": {ENTERPRISE: {"employeeNumber": "1"}, f"{ENTERPRISE}:department": "x"}}
    assert [one["path"] for one in operations(given)] == [f"{ENTERPRISE}:employeeNumber", f"{ENTERPRISE}:department"]


def test_a_removal_has_no_value():
    assert operations({"op": "remove", "path": "emails"}) == [{"op": "remove", "path": "emails"}]


@pytest.mark.parametrize(
    "given", [None, 1, "x", [], {"Operations": 1}, {"operations": [1, None]}, {"Operations": [{}]}]
)
def test_whatever_else_comes_is_left_to_the_schema(given):
    plain_user(given)
    plain_patch(given)
