"""A service for tests of calls: it checks signatures, notes every form, and serves documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

from flask import Flask, Response, request
from twilio.request_validator import RequestValidator
from werkzeug.serving import make_server

TOKEN = "a-token-for-tests"  # noqa: S105
ACCOUNT = "AC" + "0" * 31 + "1"
SERVICE = "+33939980000"
JEANNE = "+33199000001"
ALI = "+33639980001"
MARIE = "+33639980002"

Document = str | Callable[[], Response]


@dataclass
class Voice:
    """Documents by path; what is not there is answered with 404."""

    url: str = ""
    token: str = TOKEN
    documents: dict[str, Document] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)

    def forms(self, path: str) -> list[dict[str, str]]:
        """What was posted to a path, oldest first."""
        return [form for asked, form in self.asked if asked == path]

    def app(self) -> Flask:
        app = Flask("voice-for-tests")

        @app.post("/<path:path>")
        def take(path: str) -> Response:
            signature = request.headers.get("X-Twilio-Signature", "")
            url = self.url + request.path
            if not RequestValidator(self.token).validate(url, request.form, signature):
                self.forged.append(path)
                return Response(status=403)
            self.asked.append((request.path, request.form.to_dict()))
            document = self.documents.get(request.path)
            if document is None:
                status = 204 if "status" in path else 404
                return Response(status=status)
            if callable(document):
                return document()
            body = f"<Response>{document}</Response>"
            return Response(body, content_type="text/xml; charset=utf-8")

        return app


@contextmanager
def served() -> Iterator[Voice]:
    voice = Voice()
    server = make_server("127.0.0.1", 0, voice.app(), threaded=True)
    voice.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield voice
    server.shutdown()
    thread.join()
    server.server_close()
    assert voice.forged == []
