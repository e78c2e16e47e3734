"""Who plays in the story, as data: the clinics with their manners, and what 24 employees bring with them."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ClinicRole:
    """A clinic: where it is, what it offers, and how its server behaves (tests/simulators/clinics/behaviours.py)."""

    key: str
    name: str
    city: str
    state: str
    postal_code: str
    latitude: float
    longitude: float
    timezone: str
    behaviour: str
    routes: tuple[str, ...] = ("im", "sublingual")
    protocols: tuple[str, ...] = ("separated",)
    languages: tuple[str, ...] = ("en", "es")
    open_slots: int = 8
    dosing_cents: int = 40_000
    licence: str = field(default="2031-06-30")


_WEST, _EAST, _MIDDLE, _HILLS, _NORTH = (
    "America/Los_Angeles",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Anchorage",
)

CLINICS = (
    ClinicRole("aurora", "Aurora Integrative", "San Francisco", "CA", "94110", 37.7486, -122.4158, _WEST, "declines"),
    ClinicRole(
        "bayleaf", "Bayleaf Therapy", "San Francisco", "CA", "94114", 37.7587, -122.4330, _WEST, "accepts", open_slots=3
    ),
    ClinicRole("cedar", "Cedar House", "Oakland", "CA", "94610", 37.8115, -122.2400, _WEST, "slow"),
    ClinicRole("dune", "Dune Street Clinic", "Los Angeles", "CA", "90026", 34.0766, -118.2646, _WEST, "down"),
    ClinicRole("ember", "Ember Wellbeing", "Los Angeles", "CA", "90029", 34.0899, -118.2947, _WEST, "answers_twice"),
    ClinicRole(
        "fern", "Fern & Stone", "Pasadena", "CA", "91101", 34.1469, -118.1392, _WEST, "accepts", dosing_cents=45_000
    ),
    ClinicRole("grove", "Grove Collective", "New York", "NY", "10025", 40.7987, -73.9666, _EAST, "silent"),
    ClinicRole(
        "harbor", "Harbor Light", "New York", "NY", "10019", 40.7655, -73.9857, _EAST, "accepts", dosing_cents=48_000
    ),
    ClinicRole("iris", "Iris Practice", "Brooklyn", "NY", "11201", 40.6940, -73.9903, _EAST, "500_first"),
    ClinicRole("juniper", "Juniper Center", "Austin", "TX", "78704", 30.2428, -97.7658, _MIDDLE, "garbage"),
    ClinicRole("kestrel", "Kestrel Clinic", "Austin", "TX", "78702", 30.2633, -97.7140, _MIDDLE, "gone"),
    ClinicRole(
        "lumen",
        "Lumen Care",
        "Denver",
        "CO",
        "80205",
        39.7590,
        -104.9659,
        _HILLS,
        "accepts",
        routes=("iv", "im"),
        protocols=("sequential", "separated"),
    ),
    ClinicRole("mesa", "Mesa Therapy", "Denver", "CO", "80211", 39.7669, -105.0200, _HILLS, "declines"),
    ClinicRole("north", "North Star Clinic", "Juneau", "AK", "99801", 58.3019, -134.4197, _NORTH, "silent"),
)


@dataclass(frozen=True)
class EmployeeRole:
    """What an employee brings: yearly income in cents, household size, how they pay, and what their answers lead to."""

    income_cents: int | None = None
    household_size: int = 1
    instalments: int = 1
    interval: str = "monthly"
    card: str = "pm_card_visa"
    screening: str = "proceed"
    asks: bool = True
    near: str = ""


_PLAIN = [
    EmployeeRole(1_400_000, 1, 4, "fortnightly"),
    EmployeeRole(1_900_000, 1, 2),
    EmployeeRole(2_200_000, 1, 4, "fortnightly", card="pm_card_chargeCustomerFail"),  # declined, then replaced
    EmployeeRole(3_600_000, 3, 2, card="pm_card_authenticationRequired"),  # needs 3-D Secure
    EmployeeRole(6_000_000, 4, 4, "weekly"),
    EmployeeRole(9_500_000, 2, 1),
    EmployeeRole(None, 1, 2),
    EmployeeRole(2_800_000, 5, 1),
    EmployeeRole(4_400_000, 2, 4, "fortnightly"),
    EmployeeRole(15_000_000, 1, 1),
]

EMPLOYEES = (
    *_PLAIN,
    *_PLAIN[4:],
    EmployeeRole(5_200_000, 2, 2, screening="clinician_review"),
    EmployeeRole(2_100_000, 1, 2, near="99801"),  # asks where nobody answers
    EmployeeRole(7_000_000, 3, 4, "weekly"),
    EmployeeRole(1_200_000, 2, 1),
    EmployeeRole(screening="urgent", asks=False),
    *(EmployeeRole(asks=False) for _ in range(3)),
)
