"""The page with the phones, and what it asks of the carrier.

    GET   /                      the page
    GET   /phones/events         everything that happens, as server-sent events
    POST  /phones                a new phone: name, number
    POST  /phones/texts          somebody texts: number, body
    POST  /phones/power          a phone is switched off or on: number, off
    POST  /phones/clock          the clock moves: move, one of `MOVES`
    POST  /phones/faults         what goes wrong from now on: the names of `FAULTS` that do

Requests are JSON, which no other web site can make a browser send here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, render_template, request
from sqlalchemy.exc import IntegrityError

from gateway.simulator.asked import Unusable, asked, explained, text_of
from gateway.simulator.carrier import BODY_LIMIT, SimulatedCarrier
from gateway.simulator.faults import Faults
from gateway.simulator.numbers import NumberError, read_number, shown
from gateway.simulator.view import view

PARIS = ZoneInfo("Europe/Paris")
SWITCHED_OFF = 30003
NAME_LIMIT = 40
# How long the page waits for news before it is told that there are none.
HEARTBEAT_SECONDS = 15.0


@dataclass(frozen=True)
class Move:
    """A button that moves the clock; `to` gives the Paris time that it leads to."""

    label: str
    to: Callable[[datetime], datetime]


MOVES = {
    "two-hours": Move("2 heures plus tard", lambda now: now + timedelta(hours=2)),
    "tomorrow": Move(
        "Demain 9 h", lambda now: datetime.combine(now + timedelta(days=1), time(9), PARIS)
    ),
    "one-day": Move("1 jour plus tard", lambda now: now + timedelta(days=1)),
    "one-week": Move("1 semaine plus tard", lambda now: now + timedelta(weeks=1)),
}


@dataclass(frozen=True)
class FaultSwitch:
    """A box to tick, and how much of the fault it switches on."""

    label: str
    amount: float


# By the names of the fields of `Faults`.
FAULTS = {
    "slow_seconds": FaultSwitch("L'opérateur met 2 secondes à répondre", 2.0),
    "too_many": FaultSwitch("« Trop d'envois à la fois », 3 fois sur 10 (429)", 0.3),
    "broken": FaultSwitch("L'opérateur est en panne, 3 fois sur 10 (500)", 0.3),
    "answer_lost": FaultSwitch("Le texto part mais la réponse se perd, 3 fois sur 10", 0.3),
    "unreachable": FaultSwitch("Un texto sur deux n'arrive pas (30003)", 0.5),
    "callbacks_late": FaultSwitch("Accusés de réception avec 30 secondes de retard", 1.0),
    "callbacks_reversed": FaultSwitch("Accusés de réception dans le désordre", 1.0),
    "callbacks_twice": FaultSwitch("Accusés de réception en double", 1.0),
    "webhooks_twice": FaultSwitch("Les textos des gens arrivent deux fois au service", 1.0),
}


def phones_page(carrier: SimulatedCarrier) -> Blueprint:
    """The routes of the page."""
    page = Blueprint(
        "phones",
        __name__,
        static_folder="static",
        static_url_path="/static",
        template_folder="templates",
    )

    @page.get("/")
    def index() -> str:
        return render_template(
            "phones.html",
            service=shown(carrier.numbers[0]),
            moves=MOVES,
            faults=FAULTS,
            body_limit=BODY_LIMIT,
            name_limit=NAME_LIMIT,
        )

    @page.get("/phones/events")
    def events() -> Response:
        heard = request.headers.get("Last-Event-ID", "0")
        since = int(heard) if heard.isdecimal() else 0
        return Response(
            _stream(carrier, since),
            content_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @page.post("/phones")
    def add() -> tuple[Response, int]:
        name = text_of("name").strip()
        if not name:
            raise Unusable("Donnez un prénom ou un nom.")
        if len(name) > NAME_LIMIT:
            raise Unusable(f"Le nom a {NAME_LIMIT} lettres au plus.")
        try:
            number = read_number(text_of("number"))
        except NumberError as error:
            raise Unusable(str(error)) from error
        if number in carrier.numbers:
            raise Unusable("C'est le numéro du service : choisissez-en un autre.")
        try:
            phone = carrier.add_phone(name, number)
        except IntegrityError as error:
            owner = next(phone.name for phone in carrier.phones if phone.number == number)
            raise Unusable(f"Ce numéro est déjà celui de {owner}.") from error
        return jsonify({"id": phone.id, "number": phone.number}), 201

    @page.post("/phones/texts")
    def text() -> Response:
        number, body = _number_of_phone(carrier), text_of("body")
        if not body.strip():
            raise Unusable("Écrivez d'abord quelque chose.")
        if len(body) > BODY_LIMIT:
            raise Unusable(f"Un texto a {BODY_LIMIT} caractères au plus.")
        return jsonify({"status": carrier.text(number, body)})

    @page.post("/phones/power")
    def power() -> Response:
        number, off = _number_of_phone(carrier), asked().get("off")
        carrier.break_phone(number, SWITCHED_OFF if off is True else None)
        return jsonify({})

    @page.post("/phones/clock")
    def clock() -> Response:
        move = MOVES.get(text_of("move"))
        if move is None:
            raise Unusable("Ce saut dans le temps n'existe pas.")
        now = carrier.now()
        carrier.forward(move.to(now.astimezone(PARIS)) - now)
        return jsonify({"now": carrier.now().isoformat()})

    @page.post("/phones/faults")
    def faults() -> Response:
        names = asked().get("faults")
        if not isinstance(names, list) or not all(name in list(FAULTS) for name in names):
            raise Unusable("Cette panne n'existe pas.")
        carrier.set_faults(Faults(**{name: FAULTS[name].amount for name in names}))
        return jsonify({})

    page.register_error_handler(Unusable, explained)

    @page.after_request
    def allow_nothing_from_elsewhere(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
            " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return page


def _number_of_phone(carrier: SimulatedCarrier) -> str:
    number = text_of("number")
    if number not in {phone.number for phone in carrier.phones}:
        raise Unusable("Ce téléphone n'est pas sur la page.")
    return number


def _stream(carrier: SimulatedCarrier, since: int) -> Iterator[str]:
    while not carrier.is_closed:
        heard = carrier.tidings
        state = view(carrier, since)
        since = state["change"]
        yield f"id: {since}\ndata: {json.dumps(state)}\n\n"
        carrier.wait_for_news(heard, HEARTBEAT_SECONDS)
