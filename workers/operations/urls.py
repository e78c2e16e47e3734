"""The addresses of the engine's operators."""

from django.urls import URLPattern, path

from workers.operations import api
from workers.status import QUEUES

_BASE = "api/v1/operator/engine/"


def _queue(name: str) -> list[URLPattern]:
    return [
        path(f"{_BASE}{name}/", api.Stuck.as_view(queue=name)),
        path(f"{_BASE}{name}/replay/", api.Replay.as_view(queue=name)),
        path(f"{_BASE}{name}/drop/", api.Drop.as_view(queue=name)),
    ]


urlpatterns = [
    path(_BASE, api.Engine.as_view()),
    *(pattern for name in QUEUES for pattern in _queue(name)),
    path(f"{_BASE}events/<uuid:event_id>/", api.EventWalk.as_view()),
    path(f"{_BASE}interventions/", api.Interventions.as_view()),
]
