"""Distances, and the box that loses nobody."""

from math import acos, atan2, cos, degrees, pi, radians, sin, sqrt
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from referrals.clinics.rules.geography import box, distance_km

latitudes, longitudes = st.floats(-89.9, 89.9), st.floats(-180, 180)
points = st.tuples(latitudes, longitudes)


def by_vectors(here: Any, there: Any) -> float:
    """The same distance by another way: the angle between two unit vectors (exact near and far by atan2)."""
    a, b = (
        (cos(radians(y)) * cos(radians(x)), cos(radians(y)) * sin(radians(x)), sin(radians(y)))
        for y, x in (here, there)
    )
    cross = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
    return 6371 * atan2(sqrt(sum(c * c for c in cross)), sum(p * q for p, q in zip(a, b, strict=True)))


@given(points, points)
def test_the_distance_is_the_angle_between_two_places(here: Any, there: Any) -> None:
    assert abs(distance_km(here, there) - by_vectors(here, there)) < 0.5
    assert distance_km(here, there) <= 6371 * pi + 1e-6


@given(points, points)
def test_there_and_back_are_the_same(here: Any, there: Any) -> None:
    assert distance_km(here, there) == distance_km(there, here)
    assert distance_km(here, here) == 0


@given(points, st.floats(1, 5_000), st.floats(0, 360), st.floats(0, 1))
def test_the_box_holds_every_point_of_the_circle(centre: Any, radius: Any, bearing: Any, part: Any) -> None:
    there = walked(centre, radius * part, bearing)
    assume(abs(there[0]) < 89.9)
    (south, north), (west, east) = box(centre[0], centre[1], radius)
    assert south - 1e-9 <= there[0] <= north + 1e-9
    assert west - 1e-9 <= there[1] <= east + 1e-9


def walked(start: Any, km: float, bearing: float) -> tuple[float, float]:
    """Where one comes to, walking so far along a great circle."""
    latitude, angle, course = radians(start[0]), km / 6371, radians(bearing)
    end = sin(latitude) * cos(angle) + cos(latitude) * sin(angle) * cos(course)
    end = max(-1.0, min(1.0, end))
    turn = atan2(sin(course) * sin(angle) * cos(latitude), cos(angle) - sin(latitude) * end)
    return 90 - degrees(acos(end)), (start[1] + degrees(turn) + 540) % 360 - 180
