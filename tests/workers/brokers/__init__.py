"""Real brokers, killed and restarted empty, under real workers."""
