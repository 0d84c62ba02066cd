"""The pages: each view translates a request and decides nothing."""
