"""Where is it, and which store is that? Pure: address text and policies in, a place, a store and the reasons out.

`locate.py` what an address names, by `shared/divisions` (`lists.py`: which lists) and the chain's own names (`own.py`);
`index.py` the areas of every kind (polygon, circle, township, postcode, county, city, province) compiled once, with
`shapes.py` the polygons; `choose.py` picks the store, `words.py` says why. `check.py` what is wrong with the areas:
`overlap.py` those in one another's way, `unused.py` those that never serve anybody.
"""

from services.routing.territory.check import check_territories
from services.routing.territory.choose import StoreChoice, choose_store
from services.routing.territory.index import Claim, Index, Place, Served, index
from services.routing.territory.locate import Located, locate

__all__ = [
    "Claim",
    "Index",
    "Located",
    "Place",
    "Served",
    "StoreChoice",
    "check_territories",
    "choose_store",
    "index",
    "locate",
]
