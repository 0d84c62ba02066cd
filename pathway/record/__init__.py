"""What is stored: people, cases, steps, events, clocks, alerts."""
