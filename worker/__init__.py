"""The processes: worker, relay, projector, fan-out, their settings and wiring, and the embedded local stack."""
