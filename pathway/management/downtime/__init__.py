"""The downtime pack: what has to be on paper, or on a disk without a server, when the service is away."""
