"""The operator's page about the engine."""

from typing import Any

from config.health import measure
from workers.kernel.web import Page


class Engine(Page):
    """What waits in every queue, and what a person has to look at."""

    template_name = "engine.html"
    roles = ("operator",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Counts per queue, and the timers."""
        counts = measure()
        queues = {name: value for name, value in counts.items() if isinstance(value, dict)}
        return super().get_context_data(counts=counts, queues=queues, **kwargs)
