"""Where divisions lie, about: good for which of two is nearer, not for routes. Read without the names."""

from functools import lru_cache

from shared.divisions.codes import above, number, written
from shared.divisions.files import lines

COUNTY_DIGITS = 6


def centre(code: str) -> tuple[float, float] | None:
    """Latitude and longitude in degrees of a division, of about 2020; of a younger one that of its city or province."""
    known = _centres()
    province, city, county = above(number(code))
    return next((known[one] for one in (written(county), written(city), written(province)) if one in known), None)


@lru_cache(maxsize=1)
def _centres() -> dict[str, tuple[float, float]]:
    return {row[0]: (float(row[4]), float(row[5])) for row in lines("divisions.tsv") if row[4]}
