"""The interfaces of requests: the member's own, and the operator's."""
