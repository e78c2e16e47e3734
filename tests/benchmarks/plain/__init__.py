"""Tables of a project without an engine, for peers."""
