"""The clinic simulator, driven as a process."""
