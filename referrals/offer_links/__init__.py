"""One-time links by e-mail, by which a clinic without software answers an offer."""
