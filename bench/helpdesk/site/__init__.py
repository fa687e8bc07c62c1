"""A site with django-helpdesk in it, as its documentation says; run by the environment that the benchmark makes."""
