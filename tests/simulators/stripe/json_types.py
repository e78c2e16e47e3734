"""The shapes that travel: JSON objects as plain dicts, instants as whole Unix seconds."""

from typing import Any

# A Stripe object: open by nature, since the shape is the SDK's business and not repeated here.
Json = dict[str, Any]
