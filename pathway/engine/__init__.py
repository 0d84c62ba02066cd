"""What happens: the only writer of states, events, clocks and alerts."""
