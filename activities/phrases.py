"""What a notice says, in Chinese and English: one template for each kind of notice, filled with facts of the case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.policy import Sheet
from domain.words import Arrangement, Ending, Language, NoticeKind, Urgency


@dataclass(frozen=True)
class Phrase:
    """Subject and body; the words in braces are facts, collected by `activities.notify`."""

    subject: str
    body: str


ZH, EN, K = Language.ZH, Language.EN, NoticeKind

PHRASES: Mapping[tuple[NoticeKind, Language], Phrase] = {
    (K.ACKNOWLEDGEMENT, ZH): Phrase(
        "我们已收到您的{title}（{case}）",
        "{name}，您好：\n\n您的{title}已登记，编号 {case}。我们会认真处理，并随时告知您进展。",
    ),
    (K.ACKNOWLEDGEMENT, EN): Phrase(
        "We have received your {title} ({case})",
        "Dear {name},\n\nyour {title} is registered as {case}. We will handle it, and tell you how it goes on.",
    ),
    (K.HEAD_TOLD, ZH): Phrase(
        "{case}：{title}，请牵头处理",
        "{title} {case} 涉及贵部门。请确认并牵头调查。\n当前阶段：{stage}；紧急程度：{urgency}。",
    ),
    (K.HEAD_TOLD, EN): Phrase(
        "{case}: a {title} for your department",
        "The {title} {case} concerns your department. Please take the lead.\nStage: {stage}. Urgency: {urgency}.",
    ),
    (K.QUESTION, ZH): Phrase("{case}：请您答复", "关于 {case}，请在 {due} 之前答复：\n\n{text}"),
    (K.QUESTION, EN): Phrase("{case}: a question for you", "About {case}; please answer by {due}:\n\n{text}"),
    (K.HAND_OVER, ZH): Phrase(
        "{case}：有一个案件交给您", "{case}（{title}）已提交给您。请接受或退回，并说明理由。\n\n{text}"
    ),
    (K.HAND_OVER, EN): Phrase(
        "{case}: a case is offered to you",
        "{case} ({title}) is offered to you. Please accept it or send it back with a reason.\n\n{text}",
    ),
    (K.PROGRESS, ZH): Phrase("{case} 的进展", "{name}，您好：\n\n{text}"),
    (K.PROGRESS, EN): Phrase("How {case} stands", "Dear {name},\n\n{text}"),
    (K.PROPOSAL, ZH): Phrase(
        "{case} 的处理方案", "{name}，您好：\n\n我们的方案如下：\n\n{text}\n\n请告诉我们您是否同意。"
    ),
    (K.PROPOSAL, EN): Phrase(
        "Our proposal for {case}",
        "Dear {name},\n\nthis is what we propose:\n\n{text}\n\nPlease tell us whether you agree.",
    ),
    (K.REMINDER, ZH): Phrase("{case}：等待您的答复", "{name}，您好：\n\n我们在等待您对以下方案的答复：\n\n{text}"),
    (K.REMINDER, EN): Phrase(
        "{case}: we are waiting for your answer",
        "Dear {name},\n\nwe are still waiting for your view of this proposal:\n\n{text}",
    ),
    (K.WRITTEN_RESULT, ZH): Phrase(
        "{case} 的处理结果",
        "{name}，您好：\n\n您的{title} {case} 已处理完毕。\n结果：{ending}\n\n{text}\n\n"
        "如您不同意，可以要求重新处理，或向有关部门反映。",
    ),
    (K.WRITTEN_RESULT, EN): Phrase(
        "The result of {case}",
        "Dear {name},\n\nthe handling of your {title} {case} is complete.\nResult: {ending}\n\n{text}\n\n"
        "If you do not agree, you may ask us to look at it again, or turn to an outside body.",
    ),
    (K.SURVEY, ZH): Phrase(
        "{case}：请您评价",
        "{name}，您好：\n\n请为 {case} 的处理过程、处理结果和服务态度各打 1 至 5 分。答复截止：{due}。",
    ),
    (K.SURVEY, EN): Phrase(
        "{case}: how did we do?",
        "Dear {name},\n\nplease rate the process, the result and our attitude in {case}, from 1 to 5 each, by {due}.",
    ),
    (K.ESCALATION, ZH): Phrase(
        "{case}：“{clock}”已逾期",
        "{title} {case} 的“{clock}”时限已于 {due} 届满，逾期 {late}。请督促处理。\n"
        "当前阶段：{stage}；紧急程度：{urgency}。",
    ),
    (K.ESCALATION, EN): Phrase(
        "{case}: late ({clock})",
        "The time limit “{clock}” of the {title} {case} passed at {due}; it is late by {late}. Please see to it.\n"
        "Stage: {stage}. Urgency: {urgency}.",
    ),
    (K.REPORTED_UPWARD, ZH): Phrase(
        "{case}：请给予支持",
        "{title} {case} 已上报给您，请给予关注和资源支持。\n当前阶段：{stage}；紧急程度：{urgency}。\n\n{text}",
    ),
    (K.REPORTED_UPWARD, EN): Phrase(
        "{case}: a case that needs your support",
        "The {title} {case} is reported to you, so that more resources can be given to it.\n"
        "Stage: {stage}. Urgency: {urgency}.\n\n{text}",
    ),
    (K.APPROVAL, ZH): Phrase(
        "{case}：方案待您审批", "{title} {case} 的以下方案需要审批。请批准，或说明不批准的理由。\n\n{text}"
    ),
    (K.APPROVAL, EN): Phrase(
        "{case}: a proposal to approve",
        "This proposal for the {title} {case} needs approval. Please give it, or say why not.\n\n{text}",
    ),
    (K.SUBSTITUTE, ZH): Phrase(
        "{case}：现由您负责",
        "{title} {case} 已按替岗安排转到您这里，现由您负责。\n当前阶段：{stage}；紧急程度：{urgency}。",
    ),
    (K.SUBSTITUTE, EN): Phrase(
        "{case}: it is with you now",
        "By the plan of substitutes the {title} {case} has come to you; you answer for it now.\n"
        "Stage: {stage}. Urgency: {urgency}.",
    ),
}


def phrase_of(kind: NoticeKind, language: Language, sheet: Sheet) -> Phrase:
    """What such a notice says: the sheet's own words, where it has some, otherwise the program's."""
    usual = PHRASES[kind, language]
    own = sheet.phrases.get(kind, {}).get(language, {})
    return Phrase(own.get("subject", usual.subject), own.get("body", usual.body))


ENDINGS: Mapping[Ending, Mapping[Language, str]] = {
    Ending.RESOLVED: {ZH: "已解决", EN: "resolved"},
    Ending.WITHDRAWN: {ZH: "已撤回", EN: "withdrawn"},
    Ending.REFERRED: {ZH: "已转交其他机构", EN: "referred to an outside body"},
    Ending.NO_ANSWER: {ZH: "未收到您的答复", EN: "closed without your answer"},
    Ending.UNFOUNDED: {ZH: "投诉不成立", EN: "the complaint is not upheld"},
    Ending.NOT_ELIGIBLE: {ZH: "不符合受理条件", EN: "the application is not eligible"},
}

ARRANGEMENTS: Mapping[Arrangement, Mapping[Language, str]] = {
    Arrangement.RETURN: {ZH: "退货", EN: "return"},
    Arrangement.EXCHANGE: {ZH: "换货", EN: "exchange"},
    Arrangement.REPAIR: {ZH: "维修", EN: "repair"},
    Arrangement.REFUND: {ZH: "退款", EN: "refund"},
}

UNITS: Mapping[Language, tuple[str, str, str]] = {
    ZH: ("{number}天", "{number}小时", "{number}分钟"),
    EN: ("{number}d", "{number}h", "{number}m"),
}
"""Days, hours and minutes."""

ROUND: Mapping[Language, str] = {ZH: "{clock}（第{round}轮）", EN: "{clock}, round {round}"}
"""A time limit of which each round has its own."""

CUSTOMER: Mapping[Language, str] = {ZH: "尊敬的客户", EN: "customer"}
"""How a customer is addressed who gave no name."""

PAGE: Mapping[Language, str] = {
    ZH: "随时查看进展、答复我们或补充材料：\n{page}\n此链接仅供您本人使用，请勿转发。",
    EN: "See how it stands, answer us or send us more:\n{page}\nThe link is for you alone: do not pass it on.",
}
"""Where customers find their own page."""

STAGES: Mapping[str, Mapping[Language, str]] = {
    "receive": {ZH: "受理", EN: "receive"},
    "investigate": {ZH: "调查", EN: "investigate"},
    "propose": {ZH: "方案", EN: "propose"},
    "confirm": {ZH: "确认", EN: "confirm"},
    "close": {ZH: "结案", EN: "close"},
    "review": {ZH: "复盘", EN: "review"},
}
"""The stages that a letter may name; one that is not here is named by its code."""

URGENCIES: Mapping[Urgency, Mapping[Language, str]] = {
    Urgency.ORDINARY: {ZH: "一般", EN: "ordinary"},
    Urgency.URGENT: {ZH: "紧急", EN: "urgent"},
    Urgency.SAFETY: {ZH: "涉及安全", EN: "safety"},
}
