"""The Kubernetes API over plain HTTP on 127.0.0.1: its true paths, codes and documents.

It serves one namespace, and of it what Dagster's launcher, executor and monitoring use. Each
request is authorized by the Roles it was given. Jobs are checked against the schema of 1.33.
"""

import json
import re
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import kubernetes_validate

from tests.kubernetes.faults import PAGE, Faults, refusal
from tests.kubernetes.objects import KINDS, Document, Objects, RefusedError, qualified
from tests.kubernetes.rbac import Authorizer, Call

VERSION = "1.33"
PATHS = re.compile(
    r"/(?:api/v1|apis/(?P<group>[a-z0-9.]+)/(?P<version>v[a-z0-9]+))/namespaces/(?P<namespace>[^/]+)/(?P<resource>[a-z]+)"
    r"(?:/(?P<name>[^/]+)(?:/(?P<subresource>[a-z]+))?)?"
)
VERBS = {"GET": "get", "POST": "create", "DELETE": "delete", "PUT": "update", "PATCH": "patch"}


class Controllers(Protocol):
    """What acts on the objects: the Job controller and the kubelet."""

    def job_created(self, job: Document) -> None: ...
    def delete_job(self, name: str, propagation: str) -> None: ...
    def delete_pod(self, name: str, grace_seconds: float | None) -> None: ...
    def log(self, pod: str, container: str, tail: int | None, timestamps: bool) -> str: ...


@dataclass
class KubeApi:
    """The server.

    Attributes:
        objects: What it serves.
        authorizer: Who may do what.
        faults: What goes wrong on purpose.
        received: Rewrites a body that comes in, so that it names paths as in a container.
        has_metrics: Whether a metrics-server is there.
    """

    objects: Objects
    authorizer: Authorizer
    faults: Faults = field(default_factory=Faults)
    received: Callable[[str], str] = str
    has_metrics: bool = False
    calls: list[Call] = field(default_factory=list)
    _tokens: dict[str, str] = field(default_factory=dict)
    _controllers: list[Controllers] = field(default_factory=list)

    def __post_init__(self) -> None:
        api = self

        class Handler(_Handler):
            served = api

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # broken on purpose
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def start(self, controllers: Controllers) -> None:
        self._controllers.append(controllers)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def kubeconfig(self, identity: str) -> str:
        """What a pod of the service account uses, with a token of its own."""
        token = f"token-of-{identity}-{len(self._tokens)}"
        self._tokens[token] = identity
        namespace = self.objects.namespace
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "in",
                "clusters": [{"name": "here", "cluster": {"server": self.address}}],
                "users": [{"name": identity, "user": {"token": token}}],
                "contexts": [
                    {
                        "name": "in",
                        "context": {"cluster": "here", "user": identity, "namespace": namespace},
                    }
                ],
            }
        )

    def identity(self, header: str) -> str:
        """Who sends a token.

        Raises:
            RefusedError: Nobody.
        """
        found = self._tokens.get(header.removeprefix("Bearer "))
        if found is None:
            raise RefusedError(401, "Unauthorized", "Unauthorized")
        return found

    def answer(self, call: Call, query: dict[str, str], body: Document) -> Document | str:
        """Does what an authorized call asks.

        Raises:
            RefusedError: It cannot be done.
        """
        controllers = self._controllers[0]
        if call.resource == "pods/log":
            tail = query.get("tailLines")
            self.objects.get("pods", call.name)
            return controllers.log(
                call.name,
                query.get("container", ""),
                int(tail) if tail else None,
                query.get("timestamps") in {"true", "True"},
            )
        if call.verb == "list":
            return self._list(call.kept, query)
        if call.verb == "get":
            return self.objects.get(call.plain, call.name)
        if call.verb == "create":
            return self._create(call.plain, body)
        if call.verb == "delete":
            return self._delete(call, query, body)
        raise RefusedError(405, "MethodNotAllowed", f"{call.verb} is not served by this stand-in")

    def _list(self, resource: str, query: dict[str, str]) -> Document:
        if query.get("watch") in {"true", "True", "1"}:
            raise RefusedError(405, "MethodNotAllowed", "watch is not served by this stand-in")
        selected = self.objects.find(
            resource, query.get("labelSelector", ""), query.get("fieldSelector", "")
        )
        return {
            "kind": f"{KINDS[resource].name}List",
            "apiVersion": KINDS[resource].api_version,
            "metadata": {"resourceVersion": self.objects.version},
            "items": selected,
        }

    def _create(self, resource: str, body: Document) -> Document:
        if resource == "jobs":
            try:
                kubernetes_validate.validate(body, VERSION, strict=True)
            except kubernetes_validate.ValidationError as error:
                name = body.get("metadata", {}).get("name", "")
                told = f'Job.batch "{name}" is invalid: {error.message}'
                raise RefusedError(422, "Invalid", told, resource, name) from error
        created = self.objects.create(resource, body)
        if resource == "jobs":
            self._controllers[0].job_created(created)
        return created

    def _delete(self, call: Call, query: dict[str, str], body: Document) -> Document:
        options = {**query, **body}
        found = self.objects.get(call.plain, call.name)
        if call.plain == "jobs":
            # As batch/v1 does: who does not ask for more leaves the pods behind.
            self._controllers[0].delete_job(call.name, options.get("propagationPolicy", "Orphan"))
        elif call.plain == "pods":
            grace = options.get("gracePeriodSeconds")
            self._controllers[0].delete_pod(call.name, None if grace is None else float(grace))
            return found
        else:
            self.objects.remove(call.plain, call.name)
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Success",
            "details": {"name": call.name, "kind": call.plain, "uid": found["metadata"]["uid"]},
        }


class _Handler(BaseHTTPRequestHandler):
    served: KubeApi
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        try:
            code, told = self._result(body)
        except RefusedError as error:
            code, told = error.code, error.status
        if told is None:
            return self._break()
        plain = isinstance(told, str)
        payload = told.encode() if isinstance(told, str) else json.dumps(told).encode()
        self.send_response(code)
        self.send_header("Content-Type", "text/plain" if plain else "application/json")
        self.send_header("Content-Length", str(len(payload)))
        if code == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(payload)
        return None

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = _serve  # noqa: N815  # http.server's names

    def _result(self, body: str) -> tuple[int, Document | str | None]:
        """Code and answer; no answer means that the connection breaks."""
        url = urlsplit(self.path)
        if url.path == "/version":
            return 200, {"major": "1", "minor": "33", "gitVersion": "v1.33.0"}
        call = self._call(url.path)
        effect = self.served.faults.next(call)
        if effect == "hang":
            self.served.faults.released.wait(60)
        if effect in {"reset", "hang"}:
            return 0, None
        if isinstance(effect, int):
            raise refusal(effect)
        if effect == "page":
            return 200, PAGE
        self.served.authorizer.check(call)
        self.served.calls.append(call)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        document: Any = json.loads(self.served.received(body)) if body else {}
        answer = self.served.answer(call, query, document or {})
        if effect == "lost":
            return 0, None
        if effect == "lost behind a gateway":
            raise refusal(504)
        return 201 if call.verb == "create" else 200, answer

    def _call(self, path: str) -> Call:
        match = PATHS.fullmatch(path)
        identity = self.served.identity(self.headers.get("Authorization") or "")
        if match is None:
            raise RefusedError(404, "NotFound", "the server could not find the requested resource")
        resource, name, group = match["resource"], match["name"] or "", match["group"] or ""
        aggregated = group if group == "metrics.k8s.io" else ""
        kind = KINDS.get("podmetrics" if aggregated else resource)
        if kind is None or (kind.group, kind.version) != (group, match["version"] or "v1"):
            raise RefusedError(404, "NotFound", "the server could not find the requested resource")
        if aggregated and not self.served.has_metrics:
            raise RefusedError(404, "NotFound", "the server could not find the requested resource")
        verb = VERBS[self.command]
        verb = "list" if verb == "get" and not name else verb
        full = f"{resource}/{match['subresource']}" if match["subresource"] else resource
        call = Call(identity, verb, full, name, aggregated)
        if match["namespace"] != self.served.objects.namespace:
            told = f'{qualified(resource)} is forbidden in the namespace "{match["namespace"]}"'
            raise RefusedError(403, "Forbidden", told, resource, name)
        return call

    def _break(self) -> None:
        """Resets the connection: what was sent may have arrived, no answer comes."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        """Silent: `calls` tells."""
