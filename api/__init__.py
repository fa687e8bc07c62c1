"""For programs: HTTP (to come)."""
