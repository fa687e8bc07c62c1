"""Files of evidence: as they are sealed, looked at, scanned, stored and compared; most of it needs PostgreSQL."""
