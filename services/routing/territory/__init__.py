"""Where is it, and which store is that? Pure: address text and policies in, a place, a store and the reasons out.

`divisions.py` the names of places, compiled once; `locate.py` reads an address; `areas.py` which store serves which
division, compiled once; `choose.py` picks the store; `words.py` says why. `index.py` holds areas of every kind
(polygon, circle, township, postcode, county, city, province), `shapes.py` the polygons, `datum.py` brings points onto
one datum, `overlap.py` tells areas that are in one another's way.
"""

from services.routing.territory.choose import StoreChoice, choose_store
from services.routing.territory.index import Claim, Index, Place, Served, index
from services.routing.territory.locate import Located, locate
from services.routing.territory.overlap import check_territories

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
