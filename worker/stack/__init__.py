"""The embedded local stack: a real PostgreSQL and a real Temporal server from wheels, in one folder of the user's."""
