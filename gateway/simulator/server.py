"""The simulated carrier, served from threads of this process."""

from __future__ import annotations

from threading import Event, Thread

import structlog
from werkzeug.serving import WSGIRequestHandler, make_server

from gateway.simulator.app import create_simulator
from gateway.simulator.carrier import SimulatedCarrier

log = structlog.get_logger()


class QuietRequestHandler(WSGIRequestHandler):
    """Requests are no news: the page makes several a second."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass

    def log_error(self, format: str, *args: object) -> None:
        log.warning("simulator_server", problem=format % args)


class SimulatorServer:
    """Listens as soon as it is made; with `pump_every`, also does what is due by itself."""

    def __init__(
        self,
        carrier: SimulatedCarrier,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        pump_every: float | None = None,
    ) -> None:
        """`pump_every` is in seconds; without it, call `pump`. Port 0 takes any that is free."""
        self.carrier = carrier
        self._server = make_server(
            host,
            port,
            create_simulator(carrier),
            threaded=True,
            request_handler=QuietRequestHandler,
        )
        self.url = f"http://{host}:{self._server.server_port}"
        carrier.api_url = self.url
        self._stopping = Event()
        self._threads = [Thread(target=self._serve, name="simulator", daemon=True)]
        if pump_every is not None:
            self._threads.append(
                Thread(
                    target=self._keep_pumping,
                    args=(pump_every,),
                    name="simulator-pump",
                    daemon=True,
                )
            )
        for thread in self._threads:
            thread.start()

    def pump(self) -> int:
        """Do all that is due at the carrier; how many things that was."""
        return self.carrier.pump()

    def _serve(self) -> None:
        # How long it takes to notice that it shall stop, in seconds.
        self._server.serve_forever(poll_interval=0.02)

    def _keep_pumping(self, every: float) -> None:
        while not self._stopping.wait(every):
            self.carrier.pump()

    def stop(self) -> None:
        """Stop listening and close the carrier."""
        self._stopping.set()
        self._server.shutdown()
        for thread in self._threads:
            thread.join()
        self.carrier.close()
        self._server.server_close()
