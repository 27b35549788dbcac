"""Polygons in a tree: which hold a point, and which overlap. Imported where there are polygons: shapely takes 19 MB."""

from collections.abc import Iterator, Sequence
from typing import Final

from shapely import STRtree, make_valid
from shapely.geometry import Point as Spot
from shapely.geometry import Polygon as Shape

from services.routing.geodesy.datum import Point, to_wgs84
from shared.policies.places import Polygon

OVERLAP_MIN: Final = 1e-10
"""Square degrees, about a square metre: neighbours that share a border do not overlap."""


class Shapes:
    """Polygons on WGS-84, each known by its place in the list that they were made from."""

    def __init__(self, polygons: Sequence[Polygon]) -> None:
        """Compile them; one that crosses itself is made sound."""
        self.shapes = [_shape(polygon) for polygon in polygons]
        self.tree = STRtree(self.shapes)

    def around(self, point: Point) -> list[int]:
        """Those that hold the point, their borders included, the smallest first."""
        hits = self.tree.query(Spot(point), predicate="intersects")
        return sorted(map(int, hits), key=lambda at: (self.shapes[at].area, at))

    def overlaps(self) -> Iterator[tuple[int, int]]:
        """Each pair that shares more than a border."""
        for at, shape in enumerate(self.shapes):
            for other in sorted(map(int, self.tree.query(shape, predicate="intersects"))):
                if other > at and shape.intersection(self.shapes[other]).area > OVERLAP_MIN:
                    yield at, other


def _shape(polygon: Polygon) -> Shape:
    outline, *holes = [[to_wgs84(position, polygon.datum) for position in ring] for ring in polygon.coordinates]
    return make_valid(Shape(outline, holes))
