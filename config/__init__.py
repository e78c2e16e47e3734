"""Settings, URLs, HTTP manners, and the local stack."""
