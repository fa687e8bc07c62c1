"""What happens next, and when: one durable workflow per case, per policy, per erasure and per endpoint of webhooks."""

from workflows.case import CaseWorkflow
from workflows.policy import PolicyWorkflow
from workflows.stages import STAGES
from workflows.subject import SubjectWorkflow
from workflows.webhook import WebhookWorkflow

WORKFLOWS = [CaseWorkflow, PolicyWorkflow, SubjectWorkflow]
"""What a worker for cases registers; webhooks have one of their own."""

__all__ = ["STAGES", "WORKFLOWS", "CaseWorkflow", "PolicyWorkflow", "SubjectWorkflow", "WebhookWorkflow"]
