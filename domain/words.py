"""The words of the field that commands and events share: closed lists, in the order people meet them."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """The stages of a case (受理 · 调查 · 方案 · 确认 · 结案 · 复盘).

    A sheet's path lists those that its kind walks.
    """

    RECEIVE = "receive"
    INVESTIGATE = "investigate"
    PROPOSE = "propose"
    CONFIRM = "confirm"
    CLOSE = "close"
    REVIEW = "review"


class Channel(StrEnum):
    """How the customer reached us (I-01)."""

    ONLINE_CHAT = "online_chat"
    HOTLINE = "hotline"
    ONLINE_MESSAGE = "online_message"
    COMPLAINT_FORM = "complaint_form"
    AFTER_SALES_FORM = "after_sales_form"
    EMAIL = "email"
    WALK_IN = "walk_in"
    SOCIAL = "social"
    LETTER = "letter"
    OTHER = "other"


class Urgency(StrEnum):
    """How fast a case must move (I-10)."""

    ORDINARY = "ordinary"
    URGENT = "urgent"
    SAFETY = "safety"


class Complexity(StrEnum):
    """How hard a case is (I-10)."""

    ORDINARY = "ordinary"
    COMPLEX = "complex"
    MAJOR = "major"


class Language(StrEnum):
    """The language the customer is written to in."""

    ZH = "zh"
    EN = "en"


class Arrangement(StrEnum):
    """What an after-sales customer wishes for, and what is arranged (I-04, A-04)."""

    RETURN = "return"
    EXCHANGE = "exchange"
    REPAIR = "repair"
    REFUND = "refund"


class Outcome(StrEnum):
    """What was decided about a complaint or application."""

    UPHELD = "upheld"
    PARTLY_UPHELD = "partly_upheld"
    NOT_UPHELD = "not_upheld"


class PartQuality(StrEnum):
    """Where a spare part comes from; the customer is told (A-02)."""

    ORIGINAL = "original"
    EQUIVALENT = "equivalent"


class Direction(StrEnum):
    """Which way goods travel (A-04)."""

    TO_US = "to_us"
    TO_CUSTOMER = "to_customer"


class Ending(StrEnum):
    """How a case ends. Only ``resolved`` means that the customer agreed (C-05)."""

    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    REFERRED = "referred"
    NO_ANSWER = "no_answer"
    UNFOUNDED = "unfounded"
    NOT_ELIGIBLE = "not_eligible"


class ScanVerdict(StrEnum):
    """Why a file went into quarantine: the scanner found something, or did not come to an end."""

    INFECTED = "infected"
    FAILED = "failed"


class NoticeKind(StrEnum):
    """What a notice tells, and so which phrases it is written with."""

    ACKNOWLEDGEMENT = "acknowledgement"
    HEAD_TOLD = "head_told"
    QUESTION = "question"
    HAND_OVER = "hand_over"
    PROGRESS = "progress"
    PROPOSAL = "proposal"
    REMINDER = "reminder"
    WRITTEN_RESULT = "written_result"
    SURVEY = "survey"
    ESCALATION = "escalation"
    REPORTED_UPWARD = "reported_upward"
    APPROVAL = "approval"
    SUBSTITUTE = "substitute"


class Audience(StrEnum):
    """Whom a notice is for."""

    CUSTOMER = "customer"
    STAFF = "staff"
