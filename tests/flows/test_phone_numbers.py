"""Who is behind a sender's address, and how a number is written for people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.phone_numbers import Sender, SenderKind, is_landline, may_be_called, readable, sender_of
from flows.rules import Rules

CODES = Rules().country_codes


def _sender(address: str) -> Sender:
    return sender_of(address, country_codes=CODES)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("+33639980001", SenderKind.PERSON),
        ("+33199000001", SenderKind.PERSON),
        ("+262639123456", SenderKind.PERSON),
        ("+596596123456", SenderKind.PERSON),
        ("+68940123456", SenderKind.PERSON),
        ("+4915112345678", SenderKind.FOREIGN),
        ("+14155550100", SenderKind.FOREIGN),
        ("+8656697", SenderKind.FOREIGN),
        ("+8656696", SenderKind.WITHHELD),
        ("+266696687", SenderKind.WITHHELD),
        ("Anonymous", SenderKind.WITHHELD),
        ("", SenderKind.WITHHELD),
        ("36105", SenderKind.MACHINE),
        ("LaPoste", SenderKind.MACHINE),
        ("whatsapp:+33639980001", SenderKind.MACHINE),
        ("+3315", SenderKind.MACHINE),
        ("+33 639980001x", SenderKind.MACHINE),
    ],
)
def test_each_kind_of_sender_is_told_apart(address: str, kind: SenderKind) -> None:
    assert _sender(address).kind is kind


def test_an_operator_may_open_another_country() -> None:
    assert sender_of("+32470123456", country_codes=CODES | {32}).kind is SenderKind.PERSON


@given(st.text(max_size=40))
def test_any_address_at_all_has_a_kind(address: str) -> None:
    sender = _sender(address)
    assert (sender.number is None) == (sender.kind in (SenderKind.MACHINE, SenderKind.WITHHELD))


@pytest.mark.parametrize(
    ("number", "fixed"),
    [("+33199000001", True), ("+33639980001", False), ("+590590123456", True),
     ("+33939001122", False), ("+262639123456", False)],
)  # fmt: skip
def test_only_what_is_known_to_be_fixed_is_a_landline(number: str, *, fixed: bool) -> None:
    assert is_landline(number) is fixed


@pytest.mark.parametrize(
    ("number", "written"),
    [("+33639980001", "06 39 98 00 01"), ("+594694123456", "+594 694 12 34 56")],
)
def test_numbers_are_written_as_people_dial_them(number: str, written: str) -> None:
    assert readable(number) == written


@pytest.mark.parametrize(
    "number",
    [
        "+33199000001", "+33639980001", "+33974123456", "+33800123456", "+33806123456",
        "+262639123456", "+590690123456", "+68940123456",
    ],
)  # fmt: skip
def test_an_ordinary_number_may_be_called(number: str) -> None:
    assert may_be_called(number, country_codes=CODES)


@pytest.mark.parametrize(
    "number",
    [
        "+33899123456", "+33890123456", "+33836123456", "+33826123456", "+33810123456",
        "+33871123456", "+590890123456", "+262890123456", "+333117", "+3315", "+33112", "+33118712",
        "15", "3117", "0199000001", "+4915112345678", "+266696687", "anonymous", "",
    ],
)  # fmt: skip
def test_a_costly_short_foreign_or_pseudo_number_is_never_called(number: str) -> None:
    assert not may_be_called(number, country_codes=CODES)
