"""What happens next, and when: one durable workflow per case, one module per stage."""

from workflows.case import CaseWorkflow
from workflows.stages import STAGES

WORKFLOWS = [CaseWorkflow]
"""What a worker registers."""

__all__ = ["STAGES", "WORKFLOWS", "CaseWorkflow"]
