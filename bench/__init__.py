"""How fast it is, run by hand: `python -m bench` holds it against a bare Temporal workflow and raw inserts on the same
servers, `python -m bench.helpdesk` against django-helpdesk over HTTP."""
