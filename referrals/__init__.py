"""From asking for care to having had it: clinics, screening, requests, routing, offers, courses."""
