"""Webhooks as administrators look after them: endpoints, their secrets, and the log of deliveries."""
