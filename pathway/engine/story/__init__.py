"""One case as a story file tells it: read, replayed under simulated time, compared with what it expects."""
