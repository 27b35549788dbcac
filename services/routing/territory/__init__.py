"""Where is it, and which store is that? Pure: address text and policies in, a place, a store and the reasons out.

`divisions.py` the names of places, compiled once; `locate.py` reads an address; `areas.py` which store serves which
division, compiled once; `choose.py` picks the store; `words.py` says why.
"""

from services.routing.territory.choose import StoreChoice, choose_store
from services.routing.territory.locate import Located, locate

__all__ = ["Located", "StoreChoice", "choose_store", "locate"]
