"""The mail server that keeps every mail it is given, for tests to read and for people to look at."""
