"""The tracker: what is expected, what is stored, what the steps are, what happens, and who is told."""
