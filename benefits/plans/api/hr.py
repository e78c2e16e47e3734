"""An employer's admins read what was agreed, and what they proposed."""

from django.db.models import QuerySet
from rest_framework.generics import ListAPIView

from benefits.plans import queries
from benefits.plans.api.terms import BenefitPlanOutput
from benefits.plans.models import Plan
from workers.kernel.api import only


class OwnPlans(ListAPIView[Plan]):
    """GET: the employer's agreed plans and its own proposals (`proposed_at`), every version, the newest first."""

    permission_classes = (only("hr_admin"),)
    serializer_class = BenefitPlanOutput

    def get_queryset(self) -> QuerySet[Plan]:
        """Row-level security leaves the employer's own, without operators' drafts."""
        return queries.list_plans()
