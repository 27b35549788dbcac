"""The sentences about filters and turns, in Chinese and English: data for `words.py`."""

from typing import Final, Literal

from services.routing.dispatch.candidates import FilterName

FILTER_PHRASES: Final[dict[FilterName, tuple[str, str]]] = {
    "dependency": ("须等前一单完成", "must wait for another ticket"),
    "store": ("属于其他门店", "belong to another store"),
    "territory": ("不负责该地区", "do not go to that place"),
    "excluded": ("不派给该顾客", "are not sent to this customer"),
    "skills": ("技能不符", "lack the skills"),
    "parts": ("没有所需配件", "lack the parts"),
    "on_duty": ("不在班", "are off duty"),
    "shift": ("不在班次内", "are outside their shift"),
    "leave": ("请假中", "are on leave"),
    "radius": ("距离太远", "are too far away"),
    "already_asked": ("本轮已询问", "were asked"),
    "declined": ("近期已拒绝", "declined it not long ago"),
    "fairness": ("自动派单已达上限", "had their share for now"),
    "capacity": ("已满", "are full"),
}
"""After a number: "2 are full"."""

NOBODY: Final[dict[FilterName | None, tuple[str, str]]] = {
    None: ("本店没有师傅", "the store has no technician"),
    "dependency": ("前一单尚未完成", "another ticket must be finished first"),
    "store": ("没有本店的师傅", "nobody works for this store"),
    "territory": ("没有负责该地区的师傅", "nobody goes to that place"),
    "excluded": ("没有可派给该顾客的师傅", "nobody may be sent to this customer"),
    "skills": ("没有具备所需技能的师傅", "nobody has the skills needed"),
    "parts": ("没有带齐配件的师傅", "nobody has the parts needed"),
    "on_duty": ("没有在班且具备所需技能的师傅", "nobody on duty has the skills needed"),
    "shift": ("可派的师傅都不在班次内", "all who could do it are outside their shift"),
    "leave": ("可派的师傅都在请假", "all who could do it are on leave"),
    "radius": ("可派的师傅都太远", "all who could do it are too far away"),
    "already_asked": (
        "本轮可派的师傅都已拒绝或超时",
        "all who could do it were asked in this round and did not take it",
    ),
    "declined": ("可派的师傅近期都拒绝过", "all who could do it declined it not long ago"),
    "fairness": ("可派的师傅自动派单都已达上限", "all who could do it had their share for now"),
    "capacity": ("可派的师傅都已满负荷", "all who could do it have as much as they can hold"),
}
"""By the last filter that took somebody; None: there was nobody to take."""

ALSO: Final[dict[FilterName, tuple[str, str]]] = {
    **{name: (zh, f"also {en}") for name, (zh, en) in FILTER_PHRASES.items()},
}
"""What else stands in the way of whoever is nearest."""

TURNED: Final[dict[Literal["turn", "idle", "id"], tuple[str, str]]] = {
    "turn": ("本批次中最早派到", "longest since the last choice of this batch"),
    "idle": ("最久没有新单", "longest without new work"),
    "id": ("同样久，按编号在前", "equally long without new work, first by id"),
}
