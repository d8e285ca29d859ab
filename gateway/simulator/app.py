"""The web application of the simulated carrier: the REST API and the page with the phones."""

from __future__ import annotations

from flask import Flask

from gateway.simulator.api import rest_api
from gateway.simulator.carrier import SimulatedCarrier
from gateway.simulator.page_calls import calls_of_the_page
from gateway.simulator.phones import phones_page


def create_simulator(carrier: SimulatedCarrier) -> Flask:
    """Everything that the simulated carrier answers over HTTP."""
    app = Flask(__name__, static_folder=None)
    # The longest text takes a few kilobytes.
    app.config["MAX_CONTENT_LENGTH"] = 256 * 1024
    app.register_blueprint(rest_api(carrier))
    app.register_blueprint(phones_page(carrier))
    app.register_blueprint(calls_of_the_page(carrier))
    return app
