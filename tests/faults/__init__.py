"""Faults: whole Casefolds as real processes, killed, kept away, wiped and rolled back; then everything is counted."""
