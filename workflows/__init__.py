"""What happens next, and when: one durable workflow per case, one module per stage; one per policy; one per erasure."""

from workflows.case import CaseWorkflow
from workflows.policy import PolicyWorkflow
from workflows.stages import STAGES
from workflows.subject import SubjectWorkflow

WORKFLOWS = [CaseWorkflow, PolicyWorkflow, SubjectWorkflow]
"""What a worker registers."""

__all__ = ["STAGES", "WORKFLOWS", "CaseWorkflow", "PolicyWorkflow", "SubjectWorkflow"]
