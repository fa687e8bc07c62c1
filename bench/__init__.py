"""How fast it is: Casefold against a bare Temporal workflow and raw inserts, on the same servers, run by hand."""
