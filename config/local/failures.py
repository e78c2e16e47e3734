"""What stops the local stack from starting: one plain sentence, shown without a traceback."""


class CannotStart(Exception):
    """The stack cannot start; the message is one sentence saying why and what to install, set or stop. Exit code 2."""
