"""The demonstration: two invented organisations, their people, and cases that the engine plays through."""
