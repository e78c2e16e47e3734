"""Running the engine: heartbeats, what is stuck, and what operators did about it."""
