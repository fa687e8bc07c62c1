"""Tamper evidence: a Merkle tree over all entries, checkpoints that are signed and leave the database, proofs."""
