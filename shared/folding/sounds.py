"""Which characters sound the same, without tones: keyboards that take sounds offer one for another (洲 for 州)."""

from functools import lru_cache
from importlib.resources import files

SOUNDS = files("shared.folding") / "sounds.tsv"


def sound_of(character: str) -> str:
    """The commonest sound of a simplified character without its tone; what is not in the table sounds like itself."""
    return _sounds().get(character, character)


@lru_cache(maxsize=1)
def _sounds() -> dict[str, str]:
    lines = (line.split("\t") for line in SOUNDS.read_text(encoding="utf-8").split("\n") if not line.startswith("#"))
    return {one: fields[0] for fields in lines for one in fields[-1]}
