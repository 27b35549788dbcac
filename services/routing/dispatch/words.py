"""Says in Chinese and English why a ticket got this technician, or nobody: from what decided, never more than that."""

import math
from collections.abc import Iterable, Mapping
from typing import Literal

from services.routing.dispatch.candidates import FILTERS, Call, FilterName, level_of
from services.routing.dispatch.criteria import CRITERIA, CriterionName
from services.routing.dispatch.group import Candidate, Weighed
from services.routing.dispatch.members import Member
from services.routing.dispatch.phrases import ALSO, FILTER_PHRASES, NOBODY, TURNED
from services.routing.dispatch.score import Scale, leads

Words = dict[Literal["zh", "en"], str]
Pair = tuple[str, str]
"""The same in Chinese and in English."""

_NAMES: dict[CriterionName, Pair] = {one.name: (one.zh, one.en) for one in CRITERIA}
_ORDER = {one.name: at for at, one in enumerate(CRITERIA)}
SAME = 1e-6
"""Scores are rounded to this; a smaller advantage is none."""
HOUR_S = 3600
MINUTE_S = 60


def chosen_words(weighed: Weighed, scale: Scale) -> Words:
    """Why the first of the candidates was chosen: what put them before the second, or that nobody else was left."""
    first = weighed.best_first[0]
    name, member = first.member.name, first.member
    holds = (f"手上 {member.load}/{member.capacity} 单", f"holds {member.load} of {member.capacity}")
    rest = _removed(weighed.removed_counts)
    if weighed.left_count == 1:
        why = ("唯一可派的师傅", "the only one left")
    else:
        why = _advantage(first, weighed.best_first[1], weighed.left_count, scale)
    dropped = _dropped(scale.call)
    return {
        "zh": f"派给{name}：{why[0]}，{holds[0]}{dropped[0]}{rest[0]}",
        "en": f"given to {name}: {why[1]}, {holds[1]}{dropped[1]}{rest[1]}",
    }


def exchanged_words(weighed: Weighed, chosen: Candidate, call: Call) -> Words:
    """Why somebody was chosen who is not the first: an exchange with another ticket of the batch gained more."""
    first, member = weighed.best_first[0], chosen.member
    points, rest, dropped = (
        (f"{first.score:.2f}", f"{chosen.score:.2f}"),
        _removed(weighed.removed_counts),
        _dropped(call),
    )
    return {
        "zh": (
            f"派给{member.name}：与同批工单互换后总分更高（单看本单{first.member.name} {points[0]}，"
            f"{member.name} {points[1]}），手上 {member.load}/{member.capacity} 单{dropped[0]}{rest[0]}"
        ),
        "en": (
            f"given to {member.name}: an exchange with another ticket of this batch scores more for both together (for "
            f"this one alone {first.member.name} has {points[0]}, {member.name} {points[1]}), holds {member.load} of "
            f"{member.capacity}{dropped[1]}{rest[1]}"
        ),
    }


def left_open_words(weighed: Weighed, scale: Scale) -> Words:
    """Why nobody was chosen although somebody could: the mode leaves the choice to a person."""
    count, mode, rest = weighed.left_count, scale.call.terms.mode, _removed(weighed.removed_counts)
    best = weighed.best_first[0].member.name
    if mode == "pull":
        return {
            "zh": f"抢单：{count} 位师傅可接，先接先得{rest[0]}",
            "en": f"open to {count} technicians: whoever takes it first has it{rest[1]}",
        }
    return {
        "zh": f"由调度员指派：{count} 位候选，建议{best}{rest[0]}",
        "en": f"for a dispatcher to choose: {count} candidates, {best} comes first{rest[1]}",
    }


def nobody_words(last: FilterName | None, also: Iterable[FilterName], removed: Mapping[str, int]) -> Words:
    """Why nobody could be chosen: the last filter that took somebody, and what else hinders whoever is nearest.

    Without that second part the words would promise that changing the first fact is enough.
    """
    why, rest = NOBODY[last], _removed(removed)
    more = [ALSO[name] for name in also]
    also_zh = "，而且" + "、".join(zh for zh, _ in more) if more else ""
    also_en = ", and " + " and ".join(en for _, en in more) if more else ""
    return {"zh": f"暂无人可派：{why[0]}{also_zh}{rest[0]}", "en": f"nobody for now: {why[1]}{also_en}{rest[1]}"}


def decisive(first: Member, second: Member, scale: Scale) -> list[CriterionName]:
    """The criteria that put the first before the second: were these equal, the second would be no worse.

    The fewest of them, the weightiest first; where the scores differ in rounding only, the one that made it.
    """
    ordered = sorted(leads(first, second, scale), key=lambda one: (-one[1], _ORDER[one[0]]))
    rest, found = sum([lead for _, lead in ordered]), list[CriterionName]()
    for name, lead in ordered:
        if lead <= 0 or (found and rest <= SAME):
            break
        found.append(name)
        rest -= lead
    return found


def _advantage(first: Candidate, second: Candidate, count: int, scale: Scale) -> Pair:
    """What put the first before the second: affinity, turn, score, or the first of the tie-breaks that differs."""
    one, other = first.member, second.member
    if first.tier != second.tier:
        zh, en = _NAMES[scale.affinities[first.tier]]
        return f"{count} 位候选中{zh}", f"{en}, which goes before the score, of {count} candidates"
    if scale.call.terms.mode == "round_robin":
        return _turn(one, other, count)
    if first.score != second.score:
        why = [_compared(name, one, other, scale) for name in decisive(one, other, scale)]
        zh, en = "、".join(zh for zh, _ in why), " and ".join(en for _, en in why)
        points = f"{first.score:.2f}", f"{second.score:.2f}"
        return (
            f"{count} 位候选中得分最高（{points[0]}，其次 {points[1]}）：{zh}",
            f"best score ({points[0]}, next {points[1]}) of {count} candidates: {en}",
        )
    zh, en = _tie(one, other, f"{first.score:.2f}")
    return f"{count} 位候选中{zh}", f"{en} of {count} candidates"


def _tie(one: Member, other: Member, points: str) -> Pair:
    if one.idle_s != other.idle_s:
        return f"同分（{points}）中空闲最久", f"longest idle among the equal best ({points})"
    return f"同分（{points}）且空闲一样久，按编号在前", f"first by id among the equal best ({points}), equally idle,"


def _turn(one: Member, other: Member, count: int) -> Pair:
    """Whose turn it is, and by what."""
    if one.turn != other.turn:
        zh, en = TURNED["turn"]
    else:
        zh, en = TURNED["idle" if one.idle_s != other.idle_s else "id"]
    return f"{count} 位候选中轮到：{zh}", f"next in turn of {count} candidates: {en}"


def _compared(name: CriterionName, one: Member, other: Member, scale: Scale) -> Pair:
    """A criterion with both values, so that a reader sees how much it was."""
    zh, en = _NAMES[name]
    call = scale.call
    ours, theirs = _value(name, one, call), _value(name, other, call)
    if ours is None or theirs is None:
        return zh, en
    return f"{zh}（{ours[0]}，其次 {theirs[0]}）", f"{en} ({ours[1]}, next {theirs[1]})"


def _value(name: CriterionName, member: Member, call: Call) -> Pair | None:
    """A member's value in this criterion, as a person would say it; None where the criterion says it all."""
    match name:
        case "free":
            free = max(0, member.capacity - member.load)
            return f"{free}/{member.capacity}", f"{free} of {member.capacity} free"
        case "load":
            return f"{member.load}", f"{member.load}"
        case "idle":
            return _time(member.idle_s)
        case "distance":
            km = call.km_of(member)
            return ("未知", "unknown") if km is None else (f"{km:.1f} 公里", f"{km:.1f} km")
        case "skill":
            return _breadth(member)
        case _:
            return None


def _breadth(member: Member) -> Pair:
    """How much a member can do: skills, and all their levels together where there are any above 1."""
    count, levels = len(member.skills), sum(level_of(member, one) for one in member.skills)
    if levels == count:
        return f"{count} 项技能", f"{count} skills"
    return f"{count} 项技能共 {levels} 级", f"{count} skills of {levels} levels"


def _time(idle_s: float) -> Pair:
    if idle_s == math.inf:
        return "尚未派过", "never had any"
    if idle_s >= HOUR_S:
        return f"{idle_s / HOUR_S:.1f} 小时", f"{idle_s / HOUR_S:.1f} h"
    return f"{idle_s / MINUTE_S:.0f} 分钟", f"{idle_s / MINUTE_S:.0f} min"


def _dropped(call: Call) -> Pair:
    """Which wished-for skills were given up, where that is so."""
    if not call.terms.dropped:
        return "", ""
    names = "、".join(sorted(call.terms.dropped)), ", ".join(sorted(call.terms.dropped))
    return f"，久等后放宽技能：{names[0]}", f", after so long a wait without {names[1]}"


def _removed(counts: Mapping[str, int]) -> Pair:
    parts_zh = [f"{counts[name]} 位{FILTER_PHRASES[name][0]}" for name in FILTERS if name in counts]
    parts_en = [f"{counts[name]} {FILTER_PHRASES[name][1]}" for name in FILTERS if name in counts]
    if not parts_zh:
        return "", ""
    return f"（另有 {'、'.join(parts_zh)}）", f" ({', '.join(parts_en)})"
