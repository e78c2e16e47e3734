"""One file per comparison; each is found by its place here."""
