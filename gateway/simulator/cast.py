"""The people of the demo: who has a phone on the page when it is opened for the first time.

Numbers from the ranges kept for fiction, 01 99 00 xx xx and 06 39 98 xx xx
(https://www.arcep.fr, decision 2018-0881).
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.simulator.carrier import SimulatedCarrier

# What people text: from 09 37 to 09 39, the range for exchanges with a technical platform.
SERVICE_NUMBER = "+33939980000"


@dataclass(frozen=True)
class Person:
    """Somebody of the demo, and something that they might text."""

    name: str
    number: str
    example: str


CAST = (
    Person("Jeanne", "+33199000001", "bonjour j'ai besoin d'aide pour mes courses à Ermont"),
    Person(
        "Ali",
        "+33639980001",
        "bonjour jaurai besoin de qqun pour mes courses a ermont merci ali",
    ),
    Person("Marie", "+33639980002", "Je peux faire les courses à Ermont. Marie"),
    Person("Paul", "+33639980003", "je propose de faire des courses a eaubonne, paul"),
)


def give_phones(carrier: SimulatedCarrier) -> None:
    """Give the cast their phones, unless somebody has one already."""
    if carrier.phones:
        return
    for person in CAST:
        carrier.add_phone(person.name, person.number)


def example_for(number: str) -> str:
    """Something that the owner of a number might text."""
    examples = {person.number: person.example for person in CAST}
    return examples.get(number, "Bonjour, j'ai besoin de quelqu'un pour mes courses")
