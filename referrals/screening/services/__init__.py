"""Agreeing, answering step by step or at once, reading what was answered, and calling those who need a call."""
