"""The SCIM User that is served here, and what the three discovery endpoints say of it (RFC 7643, 4, 5, 6 and 7).

Only what a roster needs is part of the schema; what else a provider sends is passed over and not kept. What is not in
the core schemas (date of birth, first and last day) has an extension of ours, under the name pattern that Microsoft
Entra asks of custom extensions.
"""

from typing import Annotated, Any

from pydantic import Field
from scim2_models import (
    URN,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    ExtensibleStringEnum,
    Extension,
    Filter,
    Mutability,
    Patch,
    Required,
    Resource,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)

MOST_RESULTS = 200  # of a page
BENEFIT = "urn:ietf:params:scim:schemas:extension:benefit:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"


class Kind(ExtensibleStringEnum):
    """Whose an address is."""

    work = "work"
    home = "home"


class Name(ComplexAttribute):
    """What somebody is called."""

    given_name: Annotated[str | None, Field(description="First name.")] = None
    family_name: Annotated[str | None, Field(description="Last name.")] = None


class Email(ComplexAttribute):
    """Where to write to somebody; invitations go to the home address, where there is one."""

    value: Annotated[str | None, Field(description="One address.")] = None
    type: Annotated[Kind | None, Field(description="work or home.")] = None


class Address(ComplexAttribute):
    """Where somebody lives: clinics near it are suggested. One is kept, the home address where there is one."""

    street_address: Annotated[str | None, Field(description="Up to two lines.")] = None
    locality: Annotated[str | None, Field(description="City.")] = None
    region: Annotated[str | None, Field(description="Two letters of a US state.")] = None
    postal_code: Annotated[str | None, Field(description="ZIP code.")] = None
    type: Annotated[Kind | None, Field(description="home or work.")] = None


class BenefitUser(Extension):
    """What the core schemas have no attribute for. Days are written as 2026-03-31."""

    __schema__ = URN(BENEFIT)

    date_of_birth: Annotated[str | None, Field(description="Day of birth.")] = None
    hire_date: Annotated[str | None, Field(description="First day of employment.")] = None
    end_date: Annotated[str | None, Field(description="Last day of employment; none while it lasts.")] = None
    employee_class: Annotated[str | None, Field(description="By which a plan may be assigned.")] = None
    work_location: Annotated[str | None, Field(description="The same.")] = None


class EnterpriseUser(Extension):
    """Of the enterprise extension, the number by which every door knows an employee; it never changes."""

    __schema__ = URN(ENTERPRISE)

    employee_number: Annotated[
        str | None, Mutability.immutable, Uniqueness.server, Field(description="Theirs alone, for ever.")
    ] = None


class User(Resource[Any]):
    """An employee."""

    __schema__ = URN(CORE)

    user_name: Annotated[
        str | None,
        Required.true,
        Uniqueness.server,
        Field(description="What the identity provider calls them; nobody signs in here by it."),
    ] = None
    external_id: Annotated[str | None, CaseExact.true, Field(description="The identity provider's own id.")] = None
    name: Annotated[Name | None, Field(description="First and last name.")] = None
    emails: Annotated[list[Email] | None, Field(description="One of work, one of home.")] = None
    addresses: Annotated[list[Address] | None, Field(description="Where they live.")] = None
    preferred_language: Annotated[str | None, Field(description="As en or es-US; English where it is missing.")] = None
    timezone: Annotated[str | None, Field(description="As America/Chicago; the state's where it is missing.")] = None
    active: Annotated[bool | None, Field(description="false: employment has ended, on endDate or today.")] = None


Employee = User[EnterpriseUser | BenefitUser]  # type: ignore[type-arg] # scim2-models binds extensions so

# What Entra and Okta send besides the standard (docs/scim.md): attributes of their default mappings that nobody keeps
# here, and a path that selects an e-mail which is not there yet.
TOLERANT = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)

PROVIDER = ScimProvider(
    models=[User, EnterpriseUser, BenefitUser],
    resource_types=[ResourceType.from_resource(Employee)],
    policy=TOLERANT,
    config=ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=MOST_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=False),
        etag=ETag(supported=True),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="Bearer token",
                description="A token that an HR admin made, sent as Authorization: Bearer …",
                primary=True,
            )
        ],
    ),
)
