"""Serving through gunicorn: several processes, several threads in each, and the worker if asked."""

from __future__ import annotations

import threading
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from gateway.app import create_app
from gateway.clock import Clock
from gateway.logs import set_up_logs
from gateway.service import open_service
from gateway.settings import Settings
from gateway.warm_up import warm_up
from gateway.worker import work


def run_server(settings: Settings, *, with_worker: bool, clock: Clock | None = None) -> None:
    """Serve until a signal says otherwise. SettingsError and database errors come up at once."""
    set_up_logs()
    WebServer(settings, with_worker=with_worker, clock=clock).run()


class WebServer(BaseApplication):
    """Gunicorn with our settings; what it serves is made in each of its processes."""

    def __init__(self, settings: Settings, *, with_worker: bool, clock: Clock | None) -> None:
        self._settings = settings
        self._with_worker = with_worker
        self._clock = clock
        super().__init__()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": f"{self._settings.host}:{self._settings.port}",
            "workers": self._settings.web_processes,
            "threads": self._settings.web_threads,
            "worker_class": "gthread",
            # A carrier waits 15 seconds for a webhook; a turn that hangs is ended soon after.
            "timeout": 30,
            "graceful_timeout": 10,
            # It would open a socket in the home folder, which a locked-down unit doesn't have.
            "control_socket_disable": True,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        # Called in each process after it was forked: connections and threads must not be shared.
        service = open_service(self._settings, clock=self._clock)
        warm_up()
        if self._with_worker:
            threading.Thread(
                target=work, args=(service, threading.Event()), name="worker", daemon=True
            ).start()
        return create_app(service)
