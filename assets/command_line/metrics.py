"""`./padan metrics`: what Prometheus is told, printed or served."""

import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import click

from assets.command_line.options import home_option
from assets.unforeseen import places
from integration.run_summary import BROKEN_OFF, broken_off, latest_summary, metrics_text
from warehouse.errors import PadanError
from warehouse.settings import Home

_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_LOOPBACK = "127.0.0.1"


class CannotListen(PadanError):
    """The address cannot be listened on."""


@click.command("metrics")
@home_option
@click.option("--listen", metavar="[HOST:]PORT", help="Serve /metrics and /healthz here; without a host on 127.0.0.1.")
def command(home: Home, listen: str | None) -> None:
    """Print the metrics of a home, or serve them; ages and disk are those of the moment."""
    if listen is None:
        click.echo(metrics_text(home), nl=False)
        return
    with server(home, *_address(listen)) as serving:
        host, port = serving.server_address[:2]
        click.echo(f"http://{host!s}:{port}/metrics  (home {home.path}; Ctrl-C ends it)", err=True)
        try:
            serving.serve_forever()
        except KeyboardInterrupt:
            return


def server(home: Home, host: str, port: int) -> ThreadingHTTPServer:
    """Give a server of `/metrics` and `/healthz`, not yet serving; raises `CannotListen`."""

    class Answers(BaseHTTPRequestHandler):
        server_version = "padan"
        sys_version = ""
        timeout = 10

        def do_GET(self) -> None:
            try:
                if self.path == "/metrics":
                    self._answer(HTTPStatus.OK, _TEXT, metrics_text(home))
                elif self.path == "/healthz":
                    self._answer(HTTPStatus.OK, "application/json", json.dumps(_health(home)) + "\n")
                else:
                    self._answer(HTTPStatus.NOT_FOUND, "text/plain", "There are /metrics and /healthz.\n")
            except (ConnectionError, TimeoutError):
                return
            except Exception as error:  # whoever asks is told that it failed; the next request is answered anew
                why = str(error) if isinstance(error, PadanError) else f"{type(error).__name__} at {places(error)[-1]}"
                self._answer(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", f"{why}\n")

        def _answer(self, status: HTTPStatus, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing of each request: Prometheus asks every minute."""

    try:
        return ThreadingHTTPServer((host, port), Answers)
    except OSError as error:
        raise CannotListen(
            f"Nothing can listen on {host}:{port}: {error.strerror}. Name another with --listen."
        ) from error


def _health(home: Home) -> dict[str, object]:
    """Say that the home can be read, and how its last run ended."""
    if off := broken_off(home):
        return {"home": "ok", "last_run": BROKEN_OFF, "ended_at": off.at.isoformat()}
    summary = latest_summary(home)
    run = summary["run"] if summary else {}
    return {"home": "ok", "last_run": run.get("outcome"), "ended_at": run.get("ended_at")}


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    host = host.strip("[]") or _LOOPBACK
    try:
        ip_address("127.0.0.1" if host == "localhost" else host)
        number = int(port)
        if not 0 <= number < 65_536:
            raise ValueError
    except ValueError:
        raise CannotListen(f"{listen!r} is no address; it must be such as 127.0.0.1:9150 or 9150.") from None
    return host, number
