"""What people do on the page with the telephone at their ear.

POST  /phones/calls          somebody calls the service: number, hidden
POST  /phones/calls/keys     a key is pressed: number, key
POST  /phones/calls/words    something is said: number, words
POST  /phones/calls/answer   a telephone that rings is picked up: number, how, one of `ANSWERS`
POST  /phones/calls/end      somebody hangs up: number
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from gateway.simulator import calls
from gateway.simulator.asked import Unusable, explained, text_of
from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.switchboard import Answered, Declined, Event, HangUp, Key, Leg, Words

ANSWERS: dict[str, Event] = {
    "person": Answered(),
    "machine": Answered(by_machine=True),
    "decline": Declined(),
}
WORDS_LIMIT = 500


def calls_of_the_page(carrier: SimulatedCarrier) -> Blueprint:
    """The routes, apart from the page itself."""
    page = Blueprint("calls_of_the_page", __name__)
    page.register_error_handler(Unusable, explained)

    def do(event: Event) -> Response:
        legs = [leg for leg in _legs(carrier) if not leg.is_ringing]
        if not legs:
            raise Unusable("Ce téléphone n'est pas en communication.")
        _happens(carrier, legs[0], event)
        return jsonify({})

    @page.post("/phones/calls")
    def call() -> Response:
        number = _number(carrier)
        hidden = request.get_json().get("hidden") is True
        if carrier.switchboard.of(number):
            raise Unusable("Ce téléphone est déjà en communication.")
        calls.call(carrier, number, shown_as=calls.WITHHELD[0] if hidden else "")
        return jsonify({})

    @page.post("/phones/calls/keys")
    def press() -> Response:
        key = text_of("key")
        if len(key) != 1 or key not in "0123456789*#":
            raise Unusable("Cette touche n'existe pas.")
        return do(Key(key))

    @page.post("/phones/calls/words")
    def say() -> Response:
        words = text_of("words").strip()
        if not words:
            raise Unusable("Dites d'abord quelque chose.")
        if len(words) > WORDS_LIMIT:
            raise Unusable(f"C'est trop long : {WORDS_LIMIT} lettres au plus.")
        return do(Words(words))

    @page.post("/phones/calls/end")
    def end() -> Response:
        return do(HangUp())

    @page.post("/phones/calls/answer")
    def answer() -> Response:
        how = ANSWERS.get(text_of("how"))
        ringing = [leg for leg in _legs(carrier) if leg.is_ringing]
        if how is None or not ringing:
            raise Unusable("Ce téléphone ne sonne plus.")
        _happens(carrier, ringing[0], how)
        return jsonify({})

    return page


def _happens(carrier: SimulatedCarrier, leg: Leg, event: Event) -> None:
    try:
        calls.happens_to(carrier, leg, event)
    except ValueError as error:
        raise Unusable("L'appel est terminé.") from error


def _legs(carrier: SimulatedCarrier) -> list[Leg]:
    return carrier.switchboard.of(_number(carrier))


def _number(carrier: SimulatedCarrier) -> str:
    number = text_of("number")
    if number not in {phone.number for phone in carrier.phones}:
        raise Unusable("Ce téléphone n'est pas sur la page.")
    return number
