"""How it stands with a person's data, in a word or two."""

from __future__ import annotations

from console.words import _
from domain.subject import Step, Subject


def standing_word(state: Subject) -> str:
    """How far an erasure is; without one whether the data is restricted."""
    if state.step is not Step.NONE:
        return {
            Step.REQUESTED: _("erasure requested"),
            Step.ERASED: _("erased; the keys are being destroyed"),
            Step.DESTROYED: _("erased; its keys are destroyed, what is left is being removed"),
            Step.PURGED: _("erased; the certificate waits for the next seal"),
            Step.CERTIFIED: _("erased and certified"),
        }[state.step]
    return _("restricted") if state.restricted else _("active")
