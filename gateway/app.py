"""The web application: the carrier's webhooks, what stands in for them, and the health pages."""

from __future__ import annotations

from flask import Flask

from gateway.fallback import fallback
from gateway.health import health
from gateway.service import Service
from gateway.webhooks import webhooks

# A text of 1,600 characters with ten pictures' addresses stays far below.
LARGEST_REQUEST_BYTES = 128 * 1024


def create_app(service: Service) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_REQUEST_BYTES
    app.extensions["service"] = service
    app.register_blueprint(webhooks)
    app.register_blueprint(fallback)
    app.register_blueprint(health)
    return app
