"""Distances along the great circle, and the box around a circle."""

from math import asin, cos, radians, sin, sqrt

EARTH_DIAMETER_KM = 12_742.0  # twice the mean radius of 6,371 km (IUGG)
KM_A_MILE = 1.609344  # people in the United States think in miles; the directory counts kilometres
KM_PER_DEGREE = 111.0  # of a great circle: 111.19 on this sphere, rounded down so that the box is a little too wide

Point = tuple[float, float]
Box = tuple[tuple[float, float], tuple[float, float]]


def distance_km(here: Point, there: Point) -> float:
    """Return the kilometres between two points (latitude, longitude in degrees): haversine (Sinnott 1984)."""
    (y1, x1), (y2, x2) = (tuple(map(radians, point)) for point in (here, there))
    half_chord = sin((y2 - y1) / 2) ** 2 + cos(y1) * cos(y2) * sin((x2 - x1) / 2) ** 2
    return EARTH_DIAMETER_KM * asin(min(1.0, sqrt(half_chord)))


def on_sphere(latitude: float, longitude: float) -> tuple[float, float, float]:
    """Return a point (degrees) on the unit sphere: the chord between two grows with the way along the surface."""
    y, x = radians(latitude), radians(longitude)
    return cos(y) * cos(x), cos(y) * sin(x), sin(y)


def box(latitude: float, longitude: float, within_km: float) -> Box:
    """Return ranges of latitude and of longitude that hold the circle.

    All longitudes where it holds a pole or crosses the date line.
    """
    degrees = within_km / KM_PER_DEGREE
    narrowest = cos(radians(min(abs(latitude) + degrees, 90)))
    wide = degrees / narrowest if narrowest > 0.01 else 360.0
    around = (longitude - wide, longitude + wide) if abs(longitude) + wide <= 180 else (-180.0, 180.0)
    return (latitude - degrees, latitude + degrees), around
