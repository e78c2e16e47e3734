"""What will be due: a due timer becomes an event."""
