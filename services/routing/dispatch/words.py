"""Says in Chinese and English why a ticket got this technician, or nobody."""

from collections.abc import Mapping
from typing import Literal

from services.routing.dispatch.candidates import FILTERS, Member
from services.routing.dispatch.score import Ranked

Words = dict[Literal["zh", "en"], str]

_FILTER_ZH = {"skills": "技能不符", "on_duty": "不在班", "already_asked": "本轮已询问", "capacity": "已满"}
_FILTER_EN = {
    "skills": "lack the skills",
    "on_duty": "are off duty",
    "already_asked": "were asked",
    "capacity": "are full",
}
_NOBODY_ZH = {
    "nobody_eligible": "没有在班且具备所需技能的师傅",
    "all_declined": "本轮可派的师傅都已拒绝或超时",
    "no_capacity": "可派的师傅都已满负荷",
}
_NOBODY_EN = {
    "nobody_eligible": "nobody on duty has the skills needed",
    "all_declined": "all who could do it were asked in this round and did not take it",
    "no_capacity": "all who could do it have as much as they can hold",
}


def chosen_words(ranked: Ranked, removed: Mapping[str, list[str]], names: Mapping[str, str]) -> Words:
    """Why the first of the ranked was chosen: what it has over the second, or that nobody else was left."""
    first = ranked.best_first[0]
    name, score = names[first.id], ranked.scores[first.id]
    load_zh = f"手上 {first.load}/{first.capacity} 单"
    load_en = f"holds {first.load} of {first.capacity}"
    if len(ranked.best_first) == 1:
        return {
            "zh": f"派给{name}：唯一可派的师傅，{load_zh}{_removed_zh(removed)}",
            "en": f"given to {name}: the only one left, {load_en}{_removed_en(removed)}",
        }
    second = ranked.best_first[1]
    count = len(ranked.best_first)
    by_zh, by_en = _advantage(first, second, score, ranked.scores[second.id])
    return {
        "zh": f"派给{name}：{count} 位候选中{by_zh}，{load_zh}{_removed_zh(removed)}",
        "en": f"given to {name}: {by_en} of {count} candidates, {load_en}{_removed_en(removed)}",
    }


def nobody_words(reason: str, removed: Mapping[str, list[str]]) -> Words:
    """Why nobody was chosen."""
    return {
        "zh": f"暂无人可派：{_NOBODY_ZH[reason]}{_removed_zh(removed)}",
        "en": f"nobody for now: {_NOBODY_EN[reason]}{_removed_en(removed)}",
    }


def _advantage(first: Member, second: Member, first_score: float, second_score: float) -> tuple[str, str]:
    """What put the first before the second: the score, or the first of the tie-breaks that differs."""
    if first_score != second_score:
        return (
            f"得分最高（{first_score:.2f}，其次 {second_score:.2f}）",
            f"best score ({first_score:.2f}, next {second_score:.2f})",
        )
    if first.load != second.load:
        return f"同分（{first_score:.2f}）中手上最少", f"least loaded among the equal best ({first_score:.2f})"
    if first.idle_s != second.idle_s:
        return f"同分（{first_score:.2f}）中空闲最久", f"longest idle among the equal best ({first_score:.2f})"
    return f"各项相同（{first_score:.2f}），按编号在前", f"equal in all ({first_score:.2f}), first by id"


def _removed_zh(removed: Mapping[str, list[str]]) -> str:
    parts = [f"{len(removed[name])} 位{_FILTER_ZH[name]}" for name in FILTERS if name in removed]
    return f"（另有 {'、'.join(parts)}）" if parts else ""


def _removed_en(removed: Mapping[str, list[str]]) -> str:
    parts = [f"{len(removed[name])} {_FILTER_EN[name]}" for name in FILTERS if name in removed]
    return f" ({', '.join(parts)})" if parts else ""
