"""Casefold beside django-helpdesk: the same work over HTTP, on the same PostgreSQL, in the same run."""
