"""Programs that measures run beside the project: load, receivers, bare loops."""
