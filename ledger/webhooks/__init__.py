"""Outgoing webhooks: who is told of entries over HTTP, what is on its way to them, and what became of it."""
