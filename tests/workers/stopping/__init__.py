"""A worker process that is told to stop, or whose reaction hangs."""
