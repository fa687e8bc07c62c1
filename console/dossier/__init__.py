"""Dossiers: one case as a folder that a stranger can read, and check without this program."""
