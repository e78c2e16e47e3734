"""What a clinic says, at an address of its own for each type, answered at once: the words are those of the webhooks."""

import builtins
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework import permissions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.clinic_updates.api.updates import UpdateOutput
from referrals.clinic_updates.rules import Channel, WrongData, read_data
from referrals.clinic_updates.services.applying import answer
from referrals.messages import TYPES
from workers.kernel import clock
from workers.kernel.api import lacks, only, scoped
from workers.kernel.errors import DomainError, Invalid

# Scopes by the first word of a type. A key of the sandbox answers test offers, where a real one is for others.
_SCOPES = {
    "referral": ("offers:answer", "sandbox:use"),
    "session": ("sessions:write",),
    "capacity": ("capacity:write",),
}


class NotTaken(DomainError):
    """A yes that could not be: the offer is closed by it and stays closed, for the `reason` that it has now.

    no_slot_left: the clinic's last place was taken before.
    """

    code = "offer_not_taken"
    keeps_effects = True


class Answer(APIView):
    """One type of message about one offer, session, or the clinic itself."""

    type: ClassVar[str] = ""

    def get_permissions(self) -> list[permissions.BasePermission]:
        """The clinic's staff, or its software by the scope of the type."""
        scopes = _SCOPES[self.type.partition(".")[0]]
        return [(only("clinic_staff") | scoped(*scopes))()]  # type: ignore[list-item] # of either

    def say(self, request: Request, **ids: UUID) -> Response:
        """200 with the outcome; 404 for another clinic's; 409 with the present `state` where it is too late."""
        user: Any = request.user
        tests_only = self.type.startswith("referral.") and lacks(request, "offers:answer")
        update = answer(
            clinic_id=user.clinic_id,
            data=_read(self.type, request.data, ids),
            channel=Channel.API,
            now=clock.now(),
            tests_only=tests_only,
        )
        if update.code:
            now_stands = {"reason": update.code, "state": update.state, "version": update.version}
            raise NotTaken(f"The offer is {update.state}: {update.code}.", **now_stands)
        return Response(UpdateOutput(update).data)


def _read(type: str, body: Any, ids: dict[str, UUID]) -> Any:
    """Raises Invalid."""
    if not isinstance(body, dict):
        raise Invalid("The body is a JSON object.")
    if named := sorted(set(body) & set(ids)):
        raise Invalid(f"{', '.join(named)}: the address names it, not the body.")
    try:
        return read_data(type, body | {name: str(value) for name, value in ids.items()})
    except WrongData as error:
        raise Invalid(str(error)) from None


def answer_view(message: str, *, names: str = "", method: str = "post") -> builtins.type[Answer]:
    """Return the view of a type of message, at an address that names what it is about: `offer_id`, `session_id`."""
    struct = TYPES[message]

    def handler(self: Answer, request: Request, **ids: UUID) -> Response:
        return self.say(request, **ids)

    handler.__doc__ = (struct.__doc__ or "").partition("\n")[0]
    described = extend_schema(
        operation_id=f"clinic_{message.replace('.', '_')}",
        request={"application/json": _schema(struct, names)},
        responses=UpdateOutput,
    )(handler)
    about = {"type": message, method: described, "__doc__": handler.__doc__, "__module__": __name__}
    return type(struct.__name__, (Answer,), about)


def _schema(struct: Any, names: str) -> dict[str, Any]:
    """The JSON Schema of a message's data, without what the address names."""
    _, components = msgspec.json.schema_components([struct])
    schema = dict(components[struct.__name__])
    schema["properties"] = {name: value for name, value in schema["properties"].items() if name != names}
    schema["required"] = [name for name in schema["required"] if name != names]
    return {name: value for name, value in schema.items() if value != []}
