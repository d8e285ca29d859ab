"""What a monitoring system asks for: figures of what waits, counted in the database when asked."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from gateway.outbox import waiting_since
from gateway.service import Service
from models.listing import Listing, ListingStatus
from models.messages import InboundMessage, OutboundMessage
from models.operator_work import CallbackRequest
from models.task import Task


class Figures(Collector):
    """The service's figures at this moment, the same from whichever process is asked."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterable[Metric]:
        now = self._service.clock.now()
        with self._service.database.reading() as session:
            outbox = GaugeMetricFamily(
                "fil_outbox_messages", "Rows of the outbox by status", labels=["status"]
            )
            for status, count in session.execute(
                select(OutboundMessage.status, func.count()).group_by(OutboundMessage.status)
            ):
                outbox.add_metric([status], count)
            yield outbox
            yield GaugeMetricFamily(
                "fil_outbox_wait_seconds",
                "How long the oldest due message has been waiting",
                waiting_since(session, now=now).total_seconds(),
            )
            yield GaugeMetricFamily(
                "fil_texts_unanswered",
                "Texts that wait for their turn",
                _count(session, InboundMessage.outcome.is_(None)),
            )
            yield GaugeMetricFamily(
                "fil_tasks_due", "Tasks whose time has come", _count(session, Task.due_at <= now)
            )
            yield GaugeMetricFamily(
                "fil_callbacks_waiting",
                "People who wait for a human's call",
                _count(session, CallbackRequest.closed_at.is_(None)),
            )
            listings = GaugeMetricFamily(
                "fil_listings_open", "Listings that are shown, by kind", labels=["kind"]
            )
            for kind, count in session.execute(
                select(Listing.kind, func.count())
                .where(Listing.status == ListingStatus.ACTIVE.value)
                .group_by(Listing.kind)
            ):
                listings.add_metric([kind], count)
            yield listings


def figures(service: Service) -> bytes:
    """All figures, in the text format of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(service))
    return generate_latest(registry)


def _count(session: Session, which: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(which)) or 0
