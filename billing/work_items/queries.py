"""Reading work items; the caller acts as an operator or a worker."""

from django.db.models import F, QuerySet

from billing.work_items.models import WorkItem


def list_items(*, is_open: bool | None = None, kind: str = "") -> QuerySet[WorkItem]:
    """Return work items, the most urgent first: by when they are due, then by age."""
    items = WorkItem.objects.order_by(F("due_at").asc(nulls_last=True), "opened_at", "pk")
    if is_open is not None:
        items = items.filter(closed_at__isnull=is_open)
    return items.filter(kind=kind) if kind else items
