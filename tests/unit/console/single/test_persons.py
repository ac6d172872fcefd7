"""What claims say of a person: a name by the console's rules, a role by the mapping, and whether a factor was shown."""

from __future__ import annotations

import pytest

from console.single.configuration import SignOn
from console.single.persons import fit_name, name_of, person, role_of
from console.single.refusals import SignOnRefused
from console.users import NAME, Role

ROLES = (("admins", Role.SUPER_ADMIN), ("staff", Role.VIEWER), ("CN=ops,OU=etl", Role.OPERATOR))
SETTINGS = SignOn(issuer="https://id.example.org", roles=ROLES)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("ada", "ada"),
        ("Ada.Lovelace@example.org", "Ada.Lovelace@example.org"),
        ("Zoë Müller", "Zoe-Muller"),
        ("ada+etl@example.org", "ada-etl@example.org"),
        ("EXAMPLE\\ada", "EXAMPLE-ada"),
        ("--ada--", "ada"),
        ("a" * 100, "a" * 64),
        ("<script>", "script"),
        ("../../etc/passwd", "etc-passwd"),
        ("山田", ""),
        ("@@@", ""),
    ],
)
def test_a_name_is_made_fit(typed, name):
    """What comes out is a name of an account, or nothing."""
    assert fit_name(typed) == name
    assert not name or NAME.fullmatch(name)


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"preferred_username": "ada", "email": "a@example.org"}, "ada"),
        ({"email": "a@example.org"}, "a@example.org"),
        ({"email": "a@example.org", "email_verified": False}, ""),
        ({"preferred_username": 7, "email": "a@example.org", "email_verified": True}, "a@example.org"),
        ({"preferred_username": "山田", "email": "yamada@example.org"}, "yamada@example.org"),
        ({}, ""),
    ],
)
def test_whose_name_it_is(claims, name):
    """The claim of the settings, else an address that the provider does not doubt."""
    assert name_of(claims, SETTINGS) == name


@pytest.mark.parametrize(
    ("path", "claims", "role"),
    [
        ("groups", {"groups": ["staff", "admins"]}, Role.SUPER_ADMIN),
        ("groups", {"groups": "staff"}, Role.VIEWER),
        ("groups", {"groups": ["CN=ops,OU=etl"]}, Role.OPERATOR),
        ("groups", {"groups": ["Admins", "admin", "admins "]}, None),
        ("groups", {"groups": [["admins"], {"admins": 1}, None, 7]}, None),
        ("groups", {"groups": {"admins": True}}, None),
        ("groups", {}, None),
        ("realm_access.roles", {"realm_access": {"roles": ["admins"]}}, Role.SUPER_ADMIN),
        ("realm_access.roles", {"realm_access": ["admins"]}, None),
        ("resource_access.etl.console.roles", {"resource_access": {"etl.console": {"roles": ["staff"]}}}, Role.VIEWER),
        ("https://example.org/roles", {"https://example.org/roles": ["admins"]}, Role.SUPER_ADMIN),
        ("", {"": ["admins"]}, None),
    ],
)
def test_the_highest_role_counts(path, claims, role):
    """Of the values at the path, as they are spelled; names of claims may have dots in them."""
    assert role_of(claims, SignOn(roles=ROLES, role_claim=path)) is role


def test_the_default_role_is_for_those_without_one():
    """A lower one that the mapping gives goes before it."""
    settings = SignOn(roles=ROLES, default_role=Role.OPERATOR)
    assert role_of({"groups": ["others"]}, settings) is Role.OPERATOR
    assert role_of({"groups": ["staff"]}, settings) is Role.VIEWER


@pytest.mark.parametrize(
    ("claims", "strong"),
    [
        ({}, False),
        ({"amr": ["pwd"]}, False),
        ({"amr": "mfa"}, False),
        ({"amr": ["mfa", "pwd"]}, True),
        ({"amr": [7]}, False),
    ],
)
def test_a_second_factor_is_what_the_provider_calls_one(claims, strong):
    """`mfa` in the list; nothing else, and no context unless it is required."""
    found = person({"sub": "s1", "groups": "staff", "acr": "gold"} | claims, SETTINGS)
    assert found.strong is strong
    assert (found.issuer, found.subject) == ("https://id.example.org", "s1")


@pytest.mark.parametrize("acr", [None, "bronze", ["gold"], "gold silver"])
def test_a_context_that_is_required(acr):
    """One of those in the settings, or none gets in."""
    settings = SignOn(roles=ROLES, acr="silver gold")
    with pytest.raises(SignOnRefused, match="the way that the settings require"):
        person({"sub": "s1", "groups": "staff", "acr": acr}, settings)
    assert person({"sub": "s1", "groups": "staff", "acr": "gold"}, settings).strong
