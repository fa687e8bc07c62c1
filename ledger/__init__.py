"""What happened: the append-only ledger on PostgreSQL, and the one door into it."""
