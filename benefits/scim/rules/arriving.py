"""What identity providers send that the standard does not say, brought into its form before it is read.

- Microsoft Entra writes booleans as the strings "True" and "False", operations as "Add" and "Replace", and wraps a
  single value in a list (https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups).
- Okta leaves the path out and names the attributes in the value, as it does to deactivate somebody:
  {"op": "replace", "value": {"active": false}} (https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20/).
- Both write whole extensions, and dotted names, as keys of such a value.
"""

from collections.abc import Iterator
from typing import Any

_TRUTH = {"true": True, "false": False}
MOST_OPERATIONS = 100


def find_nul(value: Any, path: str = "") -> str | None:
    """Return the path of a text with a NUL character, which PostgreSQL stores nowhere; None where there is none."""
    if isinstance(value, str):
        return path if "\0" in value else None
    if isinstance(value, list):
        return next((found for one in value if (found := find_nul(one, path)) is not None), None)
    if not isinstance(value, dict):
        return None
    below = ((find_nul(name, path), find_nul(one, f"{path}.{name}".lstrip("."))) for name, one in value.items())
    return next((found for pair in below for found in pair if found is not None), None)


def plain_user(document: Any) -> Any:
    """Return a user's document with `active` as a boolean; whatever is no object stays for the schema to refuse."""
    if not isinstance(document, dict):
        return document
    return {key: _truth(value) if _is_active(key) else value for key, value in document.items()}


def plain_patch(document: Any) -> Any:
    """Return a PatchOp's document with one attribute per operation and `active` as a boolean."""
    if not isinstance(document, dict):
        return document
    key = next((key for key in document if key.lower() == "operations"), "")
    operations = document.get(key)
    if not isinstance(operations, list):
        return document
    rest = {name: value for name, value in document.items() if name != key}
    return rest | {"Operations": [plain for operation in operations for plain in _plain(operation)]}


def _plain(operation: Any) -> Iterator[Any]:
    if not isinstance(operation, dict):
        yield operation
        return
    fields = {key.lower(): value for key, value in operation.items()}
    path, value = fields.get("path"), fields.get("value")
    if path or not isinstance(value, dict):
        yield {key: item for key, item in fields.items() if key != "value"} | _valued(path, fields)
        return
    for target, item in _targets(value):
        yield {"op": fields.get("op"), "path": target, "value": _truth(item) if _is_active(target) else item}


def _valued(path: Any, fields: dict[str, Any]) -> dict[str, Any]:
    if "value" not in fields:
        return {}
    return {"value": _truth(fields["value"]) if isinstance(path, str) and _is_active(path) else fields["value"]}


def _targets(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The attributes that a value names; those of an extension, which is named by its URN, one by one.

    What no client changes is left out: "schemas" and "id" stand in it because a whole resource was sent.
    """
    for key, item in value.items():
        if key.lower() in ("schemas", "id", "meta"):
            continue
        if key.lower().startswith("urn:") and isinstance(item, dict):
            yield from ((f"{key}:{inner}", one) for inner, one in item.items())
        else:
            yield key, item


def _is_active(name: str) -> bool:
    return name.lower().rpartition(":")[2] == "active"


def _truth(value: Any) -> Any:
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        value = value[0].get("value")
    return _TRUTH.get(value.strip().lower(), value) if isinstance(value, str) else value
