"""What stops the local stack from starting: one plain sentence, shown without a traceback."""


class CannotStart(Exception):
    """Exit code 2. The message is one sentence saying why, and what to install, set or stop."""


class StoryBroke(Exception):
    """A step of the demo's story did not happen; the message says which."""
