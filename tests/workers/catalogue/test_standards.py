"""The documents are what they say they are, by the standards' own validators."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import pytest
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from workers.catalogue.asyncapi import write_asyncapi
from workers.catalogue.entries import Kind
from workers.catalogue.survey import Item, survey

ASYNCAPI = Path(__file__).parent / "asyncapi" / "3.0.0.json"
ITEMS = survey()


def named(items: list[Item]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("item", items, ids=lambda item: item.entry.key)


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    return dict(json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True))))


@pytest.fixture(scope="module")
def asyncapi() -> dict[str, Any]:
    return dict(json.loads(json.dumps(write_asyncapi(ITEMS))))


@named(ITEMS)
def test_schemas_are_json_schemas_and_examples_fit(item: Item) -> None:
    Draft202012Validator.check_schema(item.schema)
    Draft202012Validator(item.schema, format_checker=FormatChecker()).validate(item.example)


@named(ITEMS)
def test_examples_are_read_by_the_declared_type(item: Item) -> None:
    payload = item.example if item.entry.kind is Kind.EVENT else item.example["data"]
    decoded = msgspec.convert(payload, item.entry.declared)
    assert msgspec.to_builtins(decoded) == payload


def test_the_served_schema_is_openapi_with_webhooks(openapi: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(openapi).validate()
    ours = [item for item in ITEMS if item.entry.kind is Kind.OUTBOUND]
    assert list(openapi["webhooks"]) == [item.entry.name for item in ours]
    for item in ours:
        body = openapi["webhooks"][item.entry.name]["post"]["requestBody"]["content"]["application/json"]
        schema = body["schema"] | {"components": openapi["components"]}
        Draft202012Validator(schema, format_checker=FormatChecker()).validate(body["example"])


def test_the_validators_see_what_is_wrong(openapi: dict[str, Any], asyncapi: dict[str, Any]) -> None:
    """Else the tests around would pass for anything."""
    openapi, asyncapi = deepcopy(openapi), deepcopy(asyncapi)
    del openapi["webhooks"]["referral.offered"]["post"]["responses"]["2XX"]["description"]
    assert not OpenAPIV31SpecValidator(openapi).is_valid()
    asyncapi["operations"]["referrals.plan_course"]["action"] = "hear"
    assert not Draft7Validator(json.loads(ASYNCAPI.read_text())).is_valid(asyncapi)
    formats = {"properties": {"at": {"format": "date-time"}, "id": {"format": "uuid"}}}
    for wrong in ({"at": "yesterday"}, {"id": "7"}):
        assert not Draft202012Validator(formats, format_checker=FormatChecker()).is_valid(wrong)


def test_the_asyncapi_document_is_one(asyncapi: dict[str, Any]) -> None:
    Draft7Validator(json.loads(ASYNCAPI.read_text())).validate(asyncapi)
    assert sorted(asyncapi["components"]["messages"]) == sorted(_id(item) for item in ITEMS)


def test_every_reference_of_the_asyncapi_document_leads_somewhere(asyncapi: dict[str, Any]) -> None:
    """The published schema cannot say this; a channel's message is named as the channel names it."""
    for reference in references(asyncapi):
        target: Any = asyncapi
        for part in reference.removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]


def references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for inner in value for found in references(inner)]
    if not isinstance(value, dict):
        return []
    own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
    return own + [found for inner in value.values() for found in references(inner)]


def _id(item: Item) -> str:
    return item.entry.name if item.entry.kind is Kind.EVENT else item.entry.key.replace("/", ".")
