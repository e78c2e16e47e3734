"""`GET /api/v1/referrals/{id}/fhir`: a Bundle, or an OperationOutcome."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.fhir.rules.resources import bundle, outcome
from referrals.fhir.services import export
from workers.kernel import clock
from workers.kernel.api import lacks, only, scoped

FHIR_JSON = "application/fhir+json"
_RESOURCE = {"type": "object", "required": ["resourceType"], "properties": {"resourceType": {"type": "string"}}}
_REFUSALS = {(status, FHIR_JSON): _RESOURCE for status in (401, 403, 404, 406)}


class FhirRenderer(JSONRenderer):
    """JSON by FHIR's own name."""

    media_type = FHIR_JSON
    format = "fhir+json"


class FhirReferral(APIView):
    """A referral as FHIR R4 (4.0.1)."""

    permission_classes = (
        only("employee", "clinic_staff")
        | only("operator", permission="care")
        | scoped("referrals:read", "sandbox:use"),
    )
    renderer_classes = (FhirRenderer, JSONRenderer)

    @extend_schema(
        operation_id="referrals_fhir",
        responses={(200, FHIR_JSON): _RESOURCE, **_REFUSALS},
    )
    def get(self, request: Request, request_id: UUID) -> Response:
        """A Bundle of ServiceRequest, Task per offer, Patient, Coverage, Consent and Organizations.

        To a clinic 404 before it accepts and for another's. Each reading is recorded. With the scope `sandbox:use`
        alone those of test offers.
        """
        now = clock.now()
        tests_only = lacks(request, "referrals:read")
        referral = export(request_id=request_id, reader=request.user, now=now, tests_only=tests_only)
        return Response(bundle(referral, now=now), content_type=FHIR_JSON)

    def handle_exception(self, exc: Exception) -> Response:
        """Refuse in FHIR's words."""
        response = super().handle_exception(exc)
        said: Any = response.data
        response.data = outcome(status=response.status_code, code=said["code"], text=said["detail"])
        response.content_type = FHIR_JSON
        return response
