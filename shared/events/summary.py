"""One line about an event, in Chinese and English, for histories, conflicts and the console.

Made when read, never stored: names of stores and people are joined by the caller (`names`: id → name), an id that
has none is shown as it is. Values that may be about a person are shown as they are in the data; a sealed one is
shown as sealed.
"""

from collections.abc import Callable, Mapping
from typing import Any

Names = Mapping[str, str]
Summary = dict[str, str]
Data = Mapping[str, Any]

CHANNELS = {
    "store": ("门店", "the store counter"),
    "phone": ("电话", "the phone"),
    "chat": ("在线客服", "online chat"),
    "weibo": ("微博", "Weibo"),
    "email": ("电子邮件", "e-mail"),
}
RECIPIENTS = {
    "customer": ("客户", "the customer"),
    "store": ("门店", "the store"),
    "technician": ("维修师", "the technician"),
}
PRIORITIES = {
    "low": ("低", "low"),
    "normal": ("普通", "normal"),
    "high": ("高", "high"),
    "urgent": ("紧急", "urgent"),
    "major": ("重大", "major"),
}
WAITING_FOR = {"customer": ("客户", "the customer"), "third_party": ("第三方", "a third party")}
TEMPLATES = {
    "opened": ("工单已受理", "the ticket is open"),
    "assigned": ("已派给维修师", "a technician was chosen"),
    "replied": ("有回复", "there is a reply"),
    "resolved": ("工单已解决", "the ticket is resolved"),
}
NOT_TOLD = {
    "no_address": ("没有可用的邮箱", "no mail address"),
    "refused": ("对方邮箱拒收", "the other side refused it"),
    "gave_up": ("多次尝试未成，已放弃", "given up after several attempts"),
    "outcome_unknown": ("是否送达不明", "whether it arrived is unknown"),
    "too_old": ("事情已过时", "too old to be news"),
}
EXCERPT_CHARS = 60


def summarise(event_type: str, data: Data, names: Names | None = None) -> Summary:
    """`{"zh": …, "en": …}` for the newest version of `data`; a type without a line of its own is named as it is."""
    line = LINES.get(event_type)
    if line is None:
        return {"zh": event_type, "en": event_type}
    chinese, english = line(data, names or {})
    return {"zh": chinese, "en": english}


Line = Callable[[Data, Names], tuple[str, str]]


def opened(data: Data, _: Names) -> tuple[str, str]:
    """Who, through which channel, said what."""
    chinese, english = CHANNELS[data["contact"]["channel"]]
    who = shown(data["customer"]["name"]) or shown(data["customer"]["phone"])
    said = excerpt(data["description"])
    return (
        f"{who or '客户'}经{chinese}反映：{said}（{data['ticket_number']}）",
        f"{who or 'A customer'} reported through {english}: {said} ({data['ticket_number']})",
    )


def followed_up(data: Data, _: Names) -> tuple[str, str]:
    """The customer came back."""
    chinese, english = CHANNELS[data["contact"]["channel"]]
    said = excerpt(data["description"])
    return f"客户经{chinese}补充：{said}", f"The customer followed up through {english}: {said}"


def routed(data: Data, names: Names) -> tuple[str, str]:
    """Which store, which priority, by which words."""
    words = data["decision"]["words"]
    chinese, english = PRIORITIES[data["priority"]]
    if data["store_id"] is None:
        return f"未找到门店：{words.get('zh', '')}", f"No store was found: {words.get('en', '')}"
    store = named(data["store_id"], names)
    return (
        f"分派至{store}，优先级{chinese}：{words.get('zh', '')}",
        f"Routed to {store}, priority {english}: {words.get('en', '')}",
    )


def queued(data: Data, names: Names) -> tuple[str, str]:
    """Where it waits, and why."""
    words = data["decision"]["words"]
    queue = data["queue"].removeprefix("store:")
    chinese = "调度员" if queue == "dispatcher" else named(queue, names)
    english = "the dispatcher" if queue == "dispatcher" else named(queue, names)
    return f"在{chinese}排队：{words.get('zh', '')}", f"Waits in the queue of {english}: {words.get('en', '')}"


def assigned(data: Data, names: Names) -> tuple[str, str]:
    """Who was chosen, and why."""
    words = data["decision"]["words"]
    technician, store = named(data["technician_id"], names), named(data["store_id"], names)
    return (
        f"派给{store}的{technician}：{words.get('zh', '')}",
        f"Offered to {technician} of {store}: {words.get('en', '')}",
    )


def declined(data: Data, names: Names) -> tuple[str, str]:
    """Who said no."""
    technician = named(data["technician_id"], names)
    return with_reason(f"{technician}拒单", f"{technician} declined", data)


def offer_expired(data: Data, names: Names) -> tuple[str, str]:
    """Whose time was over."""
    technician = named(data["technician_id"], names)
    if data["reason"] == "off_duty":
        return f"{technician}已下班，派单收回", f"{technician} went off duty; the offer was withdrawn"
    return f"{technician}逾时未接单", f"{technician} did not accept in time"


def waited(data: Data, _: Names) -> tuple[str, str]:
    """For whom it waits."""
    chinese, english = WAITING_FOR[data["waiting_for"]]
    return f"暂停，等待{chinese}", f"Waits for {english}"


def priority_set(data: Data, _: Names) -> tuple[str, str]:
    """Which priority a person chose."""
    chinese, english = PRIORITIES[data["priority"]]
    return with_reason(f"优先级改为{chinese}", f"Priority set to {english}", data)


def told(chinese_verb: str, english_verb: str) -> Line:
    """A line about one notification."""

    def line(data: Data, names: Names) -> tuple[str, str]:
        chinese, english = RECIPIENTS[data["recipient"]]
        who = named(data["recipient_id"], names) if data["recipient_id"] and data["recipient"] != "customer" else ""
        about_zh, about_en = both(TEMPLATES, str(data["template"]).partition("@")[0])
        why_zh, why_en = both(NOT_TOLD, data.get("reason") or "")
        return (
            f"{chinese_verb}{chinese}{who}：{about_zh}" + (f"（{why_zh}）" if why_zh else ""),
            f"{english_verb} {english}{' ' + who if who else ''}: {about_en}" + (f" ({why_en})" if why_en else ""),
        )

    return line


def said(chinese: str, english: str) -> Line:
    """A line around a text."""
    return lambda data, _: (f"{chinese}：{excerpt(data['text'])}", f"{english}: {excerpt(data['text'])}")


def plain(chinese: str, english: str) -> Line:
    """A line that is always the same, with the reason if there is one."""
    return lambda data, _: with_reason(chinese, english, data)


LINES: Mapping[str, Line] = {
    "ticket.opened": opened,
    "ticket.followed_up": followed_up,
    "ticket.routed": routed,
    "ticket.queued": queued,
    "ticket.assigned": assigned,
    "ticket.accepted": lambda data, names: (
        f"{named(data['technician_id'], names)}已接单",
        f"{named(data['technician_id'], names)} accepted",
    ),
    "ticket.declined": declined,
    "ticket.offer_expired": offer_expired,
    "ticket.started": plain("开始处理", "Work began"),
    "ticket.waited": waited,
    "ticket.resumed": plain("恢复处理", "Work goes on"),
    "ticket.resolved": plain("已解决", "Resolved"),
    "ticket.closed": plain("已关闭", "Closed"),
    "ticket.reopened": plain("重新打开", "Reopened"),
    "ticket.cancelled": plain("已取消", "Cancelled"),
    "ticket.replied": said("回复客户", "Reply to the customer"),
    "ticket.noted": said("内部备注", "Internal note"),
    "ticket.priority_set": priority_set,
    "deadline.warned": plain("预警：接单时限已过半", "Early warning: half of the time to accept is over"),
    "notification.sent": told("已通知", "Told"),
    "notification.failed": told("未能通知", "Could not tell"),
    "notification.suppressed": told("未再通知", "Did not tell"),
    "policy.published": lambda data, _: (
        f"规则{data['kind']}/{data['name']}第{data['version']}版生效",
        f"Rule {data['kind']}/{data['name']} version {data['version']} holds",
    ),
}


def named(identifier: Any, names: Names) -> str:
    """The name of an id, or the id."""
    return names.get(str(identifier), str(identifier))


def shown(value: Any) -> str:
    """A personal value, or that it is sealed."""
    return "🔒" if isinstance(value, Mapping) else str(value or "")


def excerpt(value: Any) -> str:
    """The beginning of a text, on one line."""
    text = " ".join(shown(value).split())
    return text if len(text) <= EXCERPT_CHARS else text[: EXCERPT_CHARS - 1] + "…"


def with_reason(chinese: str, english: str, data: Data) -> tuple[str, str]:
    """The line with the reason that a person gave, in their words, if there is one."""
    reason = excerpt(data.get("reason"))
    return (f"{chinese}（{reason}）", f"{english} ({reason})") if reason else (chinese, english)


def both(words: Mapping[str, tuple[str, str]], word: str) -> tuple[str, str]:
    """A program's word in both languages; one that a newer program wrote is shown as it is."""
    return words.get(word, (word, word))
