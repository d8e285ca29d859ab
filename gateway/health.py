"""Whether this process lives, and whether it can do its work: for a supervisor to ask."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gateway.metrics import figures
from gateway.outbox import waiting_since
from gateway.service import Service

# Answers leave within a second. Somebody should look when one has waited for five minutes.
LONGEST_WAIT = timedelta(minutes=5)

health = Blueprint("health", __name__)


@health.get("/healthz")
def lives() -> Response:
    return jsonify(status="ok")


@health.get("/readyz")
def is_ready() -> tuple[Response, int]:
    service: Service = current_app.extensions["service"]
    try:
        with service.database.reading() as session:
            session.execute(text("SELECT 1"))
            waited = waiting_since(session, now=service.clock.now())
    except SQLAlchemyError as error:
        return jsonify(status="no database", error=type(error).__name__), 503
    status = "ok" if waited < LONGEST_WAIT else "outbox stands still"
    return jsonify(status=status, outbox_waits_seconds=round(waited.total_seconds(), 1)), (
        200 if status == "ok" else 503
    )


@health.get("/metrics")
def metrics() -> Response:
    service: Service = current_app.extensions["service"]
    return Response(figures(service), content_type=CONTENT_TYPE_LATEST)
