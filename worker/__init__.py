"""The processes: worker, relay, projector, their settings and wiring, and the embedded local stack."""
