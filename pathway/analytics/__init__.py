"""How well it was done: control charts and the reasons of delay, read from what happened; nothing here is written."""
