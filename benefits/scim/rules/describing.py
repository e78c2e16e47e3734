"""A SCIM user as the cells of a census row, and a member as a SCIM user. All doors are checked as a census is."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date

from benefits.enrollment.rules import Person
from benefits.scim.rules.resources import Address, BenefitUser, Email, Employee, EnterpriseUser, Kind, Name

# Which attribute a census column is, for errors and for filters.
ATTRIBUTES = {
    "employee_number": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
    "first_name": "name.givenName",
    "last_name": "name.familyName",
    "date_of_birth": "urn:ietf:params:scim:schemas:extension:benefit:2.0:User:dateOfBirth",
    "hire_date": "urn:ietf:params:scim:schemas:extension:benefit:2.0:User:hireDate",
    "end_date": "urn:ietf:params:scim:schemas:extension:benefit:2.0:User:endDate",
    "employee_class": "urn:ietf:params:scim:schemas:extension:benefit:2.0:User:employeeClass",
    "work_location": "urn:ietf:params:scim:schemas:extension:benefit:2.0:User:workLocation",
    "address_line_1": "addresses.streetAddress",
    "address_line_2": "addresses.streetAddress",
    "city": "addresses.locality",
    "state": "addresses.region",
    "postal_code": "addresses.postalCode",
    "work_email": 'emails[type eq "work"].value',
    "personal_email": 'emails[type eq "home"].value',
    "language": "preferredLanguage",
    "timezone": "timezone",
    "employment_status": "active",
}


_ADDRESS = ("address_line_1", "address_line_2", "city", "state", "postal_code")


@dataclass(frozen=True, kw_only=True)
class Names:
    """What an identity provider calls somebody, and the addresses that it sent."""

    user_name: str
    external_id: str
    work_email: str
    home_email: str
    address_type: str


def names_of(user: Employee) -> Names:
    """Return what of a user is the identity provider's own."""
    address = _home_first(user.addresses or [])
    return Names(
        user_name=(user.user_name or "").strip(),
        external_id=user.external_id or "",
        work_email=_email(user.emails or [], Kind.work),
        home_email=_email(user.emails or [], Kind.home),
        address_type=_kind(address, Kind.home),
    )


def cells_of(user: Employee, known: Person | None, *, today: date, is_whole: bool = False) -> dict[str, str]:
    """Return a user as a census row.

    What the user leaves open is taken from the person `known`, when there is one; of one who `is_whole` it was removed.
    """
    cells = _cells_of_person(known) if known else {}
    names = names_of(user)
    cells |= {"work_email": names.work_email, "personal_email": names.home_email}
    said = {**_plain_facts(user), **_address_cells(user)}
    cells |= {column: value or "" for column, value in said.items() if value is not None or is_whole}
    return cells | _status_cells(user, cells, today=today)


def user_of(person: Person, names: Names, *, today: date) -> Employee:
    """Return a member as a SCIM user, without id and meta."""
    street = "\n".join(line for line in (person.address_line_1, person.address_line_2) if line)
    user = Employee(
        user_name=names.user_name,
        external_id=names.external_id or None,
        name=Name(given_name=person.first_name, family_name=person.last_name),
        emails=[
            Email(value=value, type=Kind(kind))
            for value, kind in ((names.work_email, "work"), (names.home_email, "home"))
            if value
        ]
        or None,
        addresses=[
            Address(
                street_address=street or None,
                locality=person.city or None,
                region=person.state,
                postal_code=person.postal_code,
                type=Kind(names.address_type),
            )
        ],
        preferred_language=person.language,
        timezone=person.timezone,
        active=is_active(person.end_date, today=today),
    )
    user[EnterpriseUser] = EnterpriseUser(employee_number=person.employee_number)
    user[BenefitUser] = BenefitUser(
        date_of_birth=person.date_of_birth.isoformat(),
        hire_date=person.hire_date.isoformat(),
        end_date=person.end_date.isoformat() if person.end_date else None,
        employee_class=person.employee_class or None,
        work_location=person.work_location or None,
    )
    return user


def is_active(end_date: date | None, *, today: date) -> bool:
    """Whether SCIM calls somebody active: on their last day no more, as a provider that deactivates them expects."""
    return end_date is None or end_date > today


def _plain_facts(user: Employee) -> dict[str, str | None]:
    name, enterprise, benefit = user.name or Name(), user[EnterpriseUser], user[BenefitUser]
    benefit = benefit or BenefitUser()
    return {
        "employee_number": enterprise.employee_number if enterprise else None,
        "first_name": name.given_name,
        "last_name": name.family_name,
        "date_of_birth": _day(benefit.date_of_birth),
        "hire_date": _day(benefit.hire_date),
        "employee_class": benefit.employee_class,
        "work_location": benefit.work_location,
        "language": (user.preferred_language or "").replace("_", "-").partition("-")[0] or None,
        "timezone": user.timezone,
    }


def _address_cells(user: Employee) -> dict[str, str | None]:
    address = _home_first(user.addresses or [])
    if address is None:
        return dict.fromkeys(_ADDRESS)
    street = (address.street_address or "").replace("\r", "").split("\n", 1)
    return {
        "address_line_1": street[0],
        "address_line_2": street[1].replace("\n", ", ") if len(street) > 1 else "",
        "city": address.locality or "",
        "state": address.region,
        "postal_code": address.postal_code,
    }


def _status_cells(user: Employee, cells: dict[str, str], *, today: date) -> dict[str, str]:
    """`active` counts: false ends employment today, or on an endDate that lies behind; true, on one ahead or never."""
    benefit = user[BenefitUser]
    end = _day(benefit.end_date) if benefit else None
    day = today.isoformat()
    was_over = bool(cells.get("end_date")) and cells["end_date"] <= day
    if user.active is False or (user.active is None and was_over and not end):
        end = end if end and end <= day else (cells.get("end_date") or day)
        return _ended(cells, min(end, day))
    if end and end > day:
        return _ended(cells, end)
    if cells.get("date_of_death"):
        return {}
    status = "on_leave" if cells.get("leave_starts_on") else "active"
    return {"employment_status": status, "end_date": ""}


def _ended(cells: dict[str, str], end: str) -> dict[str, str]:
    status = "deceased" if cells.get("date_of_death") else "ended"
    return {"employment_status": status, "end_date": end, "leave_starts_on": ""}


def _cells_of_person(person: Person) -> dict[str, str]:
    values = {field.name: getattr(person, field.name) for field in fields(person)}
    cells = {name: "" if value is None else str(value) for name, value in values.items()}
    cells.pop("cover_from")
    return cells


def _day(text: str | None) -> str | None:
    """A day; providers that know only instants send one at its beginning."""
    return text.partition("T")[0].strip() if text else text


def _home_first(addresses: Iterable[Address]) -> Address | None:
    listed = list(addresses)
    homes = [address for address in listed if _kind(address, Kind.work) == Kind.home.value]
    return next(iter([*homes[::-1], *listed[::-1]]), None)  # the last one: what a PATCH adds replaces what was there


def _kind(one: Address | Email | None, otherwise: Kind) -> str:
    return one.type.value if one is not None and one.type is not None else otherwise.value


def _email(emails: Iterable[Email], kind: Kind) -> str:
    """The last address of a kind; one without a kind is taken for the home address, which no employer reads."""
    values = [email.value.strip() for email in emails if email.value and _kind(email, Kind.home) == kind.value]
    return values[-1] if values else ""  # what a PATCH adds replaces what was there
