"""Letters with a code, by which somebody without an e-mail address at work claims who they are."""
