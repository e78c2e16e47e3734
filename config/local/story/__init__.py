"""The demo's story: what each person does, told through the doors they would use, and read back from who owns it."""
