"""What happens next, and when: one durable workflow per case, one module per stage; and one per policy."""

from workflows.case import CaseWorkflow
from workflows.policy import PolicyWorkflow
from workflows.stages import STAGES

WORKFLOWS = [CaseWorkflow, PolicyWorkflow]
"""What a worker registers."""

__all__ = ["STAGES", "WORKFLOWS", "CaseWorkflow", "PolicyWorkflow"]
