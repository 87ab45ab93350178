"""As much of Google's control plane as deploy.sh uses: a proxy that real gcloud is pointed at.

What is created is kept and listed, a Cloud Run service has revisions and traffic, a policy has an
etag. Nothing is judged that gcloud does not judge itself, and nobody is asked who he is.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

Body = dict[str, Any]
NUMBER = "123"
"""The number of every project."""

_APIS = (
    *("APIGATEWAY", "ARTIFACTREGISTRY", "CLOUDBUILD", "CLOUDFUNCTIONS", "CLOUDRESOURCEMANAGER"),
    *("CLOUDSCHEDULER", "CLOUDTASKS", "IAM", "LOGGING", "MONITORING", "PUBSUB", "RUN"),
    *("SECRETMANAGER", "SERVICEUSAGE", "STORAGE"),
)
_LISTS = {"serviceAccounts": "accounts", "configs": "apiConfigs", "b": "items"}
"""Under which name a collection is listed, where it is not its own."""

_KNATIVE = re.compile(r"^/apis/[^/]+/v1/namespaces/[^/]+/(services|jobs|executions)(?:/([^/:]+))?")
_DEPLOYED = re.compile(rf"^(?:(\w+)---)?([a-z0-9-]+)-{NUMBER}\.[^.]+\.run\.fake$")


class MissingError(Exception):
    """There is no such resource."""


class ConflictError(Exception):
    """Somebody else has changed it meanwhile."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request of gcloud or of curl."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    body: Body

    @property
    def writes(self) -> bool:
        """Tell whether it is made to change anything."""
        asks = self.path.endswith((":getIamPolicy", ":testIamPermissions", ":generateUploadUrl"))
        return self.method in {"POST", "PUT", "PATCH", "DELETE"} and not asks


@dataclass(eq=False)
class ControlPlane:
    """Everything that exists, and every call that was made."""

    url: str = ""
    kept: dict[str, Body] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    enabled: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    """Services whose next revisions do not start."""
    answers: dict[str, int] = field(default_factory=dict)
    """Service → how its newest revision answers whatever it is asked."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def writes(self) -> list[Call]:
        """Return the calls that were made to change something."""
        return [call for call in self.calls if call.writes]

    def service(self, name: str) -> Body:
        """Return a Cloud Run service."""
        return self.kept[f"services/{name}"]

    def serving(self, name: str) -> str:
        """Return the revision that has all of a service's traffic."""
        traffic = self.service(name)["status"]["traffic"]
        (revision,) = [each["revisionName"] for each in traffic if each.get("percent") == 100]
        return str(revision)

    def environment(self) -> dict[str, str]:
        """Return the variables that lead gcloud, and curl, here and nowhere else."""
        found = {
            f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api}": f"http://{api.lower()}.fake/" for api in _APIS
        }
        return {
            **found,
            "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
            "CLOUDSDK_CORE_SHOULD_PROMPT_TO_ENABLE_API": "false",
            "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "true",
            "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "true",
            "http_proxy": self.url,
            "no_proxy": "",
        }

    def answer(self, call: Call, authorization: str | None = None) -> tuple[int, Body]:
        """Answer one request, as if no other were under way."""
        with self._lock:
            self.calls.append(call)
            if found := _DEPLOYED.match(call.host):
                return self._serve(call, found[1], found[2], authorization)
            try:
                return 200, self._dispatch(call)
            except MissingError:
                return 404, _error(404, "NOT_FOUND", f"{call.path} is not there.")
            except ConflictError:
                return 409, _error(409, "ABORTED", "There were concurrent policy changes.")

    # What is deployed

    def _serve(self, call: Call, tag: str | None, name: str, token: str | None) -> tuple[int, Body]:
        """Answer as a function does that starts and is called by the wrong one."""
        service = self.kept.get(f"services/{name}", {"status": {"traffic": []}})
        reached = [
            each
            for each in service["status"]["traffic"]
            if (each.get("tag") == tag if tag else each.get("percent"))
        ]
        if not reached:
            return 404, {}
        if not token:
            return 403, {}
        newest = reached[0]["revisionName"] == service["status"]["latestCreatedRevisionName"]
        good = {"OPTIONS": 204}.get(call.method, 405 if call.path == "/" else 200)
        return (self.answers.get(name, good) if newest else good), {}

    # The control plane

    def _dispatch(self, call: Call) -> Body:
        service = call.host.removesuffix(".fake").rpartition("-")[2]
        if call.path.endswith(":testIamPermissions"):
            return {"permissions": call.body["permissions"]}
        if call.path.endswith("IamPolicy") or (service == "storage" and call.path.endswith("/iam")):
            return self._policy(call)
        by_service: dict[str, Callable[[Call], Body]] = {
            "artifactregistry": self._registry,
            "cloudbuild": self._build,
            "cloudfunctions": self._function,
            "cloudresourcemanager": self._project,
            "run": self._knative,
            "serviceusage": self._apis,
            "storage": self._storage,
            "apigateway": self._slowly,
        }
        return by_service.get(service, self._resource)(call)

    def _slowly(self, call: Call) -> Body:
        """Answer a change with the operation that makes it, which is done already."""
        kept = self._resource(call)
        if call.method == "GET":
            return kept
        name = f"{'/'.join(call.path.split('/')[:6])}/operations/{next(self._numbers)}"
        self.kept[call.host + name] = {"name": name[4:], "done": True, "response": kept}
        return self.kept[call.host + name]

    def _storage(self, call: Call) -> Body:
        if call.path.startswith("/upload/"):
            return {"name": "source", "bucket": "b", "generation": "1", **call.body}
        return self._resource(call)

    def _registry(self, call: Call) -> Body:
        return self._image(call) if "/packages/" in call.path else self._slowly(call)

    def _project(self, call: Call) -> Body:
        project = call.path.rpartition("/")[2]
        return {"projectId": project, "projectNumber": NUMBER, "lifecycleState": "ACTIVE"}

    def _apis(self, call: Call) -> Body:
        if call.method == "POST":
            self.enabled |= {*call.body["serviceIds"]}
            return {"name": "operations/enable", "done": True}
        states = [{"config": {"name": name}, "state": "ENABLED"} for name in sorted(self.enabled)]
        return {"services": states}

    def _policy(self, call: Call) -> Body:
        path = re.sub(r":(get|set)IamPolicy$|/iam$", "", call.path)
        key = f"policy of {call.host}{path}"
        kept = self.kept.setdefault(key, {"etag": _etag(0), "bindings": []})
        given = call.body.get("policy", call.body)
        if call.path.endswith(":setIamPolicy") or call.method == "PUT":
            if given.get("etag", kept["etag"]) != kept["etag"]:
                raise ConflictError
            self.kept[key] = {**given, "etag": _etag(next(self._numbers))}
        return self.kept[key]

    def _resource(self, call: Call) -> Body:
        """Create, list, read, change or delete, as most of Google's APIs do."""
        path = f"{call.host}{call.path}"
        given = call.body
        for wrapper in ("topic", "subscription", "serviceAccount"):
            if isinstance(given.get(wrapper), dict):
                given = given[wrapper]
        if call.method == "POST":
            return self._create(call, path, given)
        if call.method == "PUT":
            # A topic or a subscription is made so; a metric is changed.
            if call.host.startswith("logging"):
                self.kept.pop(path)
            return self.kept.setdefault(path, given)
        collection = path.rpartition("/")[2]
        if call.method == "GET" and path not in self.kept and _is_collection(collection):
            pattern = re.compile(
                re.escape(path).replace("/\\-/", "/[^/]+/").replace("/-/", "/[^/]+/") + r"/[^/]+$"
            )
            found = [each for name, each in self.kept.items() if pattern.match(name)]
            return {_LISTS.get(collection, collection): found}
        if path not in self.kept:
            raise MissingError
        if call.method == "DELETE":
            return self.kept.pop(path)
        if call.method == "PATCH":
            self.kept[path].update({key: value for key, value in given.items() if value})
        return self.kept[path]

    def _create(self, call: Call, path: str, given: Body) -> Body:
        named = (value for key, value in call.query.items() if key.endswith("Id"))
        name = next(
            named, call.body.get("accountId") or str(given.get("name", "")).rpartition("/")[2]
        ) or str(next(self._numbers))
        made = {"name": f"{call.path.split('/', 2)[2]}/{name}", **given}
        if "accountId" in call.body:
            project = call.path.split("/")[3]
            made["email"] = f"{name}@{project}.iam.gserviceaccount.com"
            name = made["email"]
            made["name"] = f"projects/{project}/serviceAccounts/{name}"
        if call.host.startswith("monitoring"):
            made["etag"] = _etag(0)
        if call.host.startswith("storage"):
            made |= {"id": name, "projectNumber": NUMBER}
        if call.host.startswith("apigateway"):
            made |= {"state": "ACTIVE", "defaultHostname": f"{name}-x.ew.gateway.dev"}
        self.kept[f"{path}/{name}"] = made
        return made

    # Cloud Run

    def _knative(self, call: Call) -> Body:
        found = _KNATIVE.match(call.path)
        if found is None:
            raise MissingError
        kind, name = found[1], found[2]
        if call.path.endswith(":run"):
            return self._execute(str(name))
        if call.method == "GET" and name is None:
            items = [each for key, each in self.kept.items() if key.startswith(f"{kind}/")]
            return {"items": items, "kind": "List"}
        if call.method == "GET":
            if f"{kind}/{name}" not in self.kept:
                raise MissingError
            return self.kept[f"{kind}/{name}"]
        if kind == "jobs":
            return self._keep_job(call.body)
        return self._keep_service(call.body)

    def _keep_service(self, given: Body) -> Body:
        name = given["metadata"]["name"]
        before = self.kept.get(f"services/{name}", {})
        status = dict(before.get("status", {}))
        if before.get("spec", {}).get("template") != given["spec"]["template"]:
            status["latestCreatedRevisionName"] = given["spec"]["template"]["metadata"]["name"]
            if name not in self.broken:
                status["latestReadyRevisionName"] = status["latestCreatedRevisionName"]
        ready = status["latestCreatedRevisionName"] == status.get("latestReadyRevisionName")
        generation = int(before.get("metadata", {}).get("generation", 0)) + 1
        traffic = given["spec"].get("traffic") or [{"latestRevision": True, "percent": 100}]
        latest = status.get("latestReadyRevisionName")
        status |= {
            "observedGeneration": generation,
            "url": f"http://{name}-{NUMBER}.europe-west1.run.fake",
            "traffic": [{"revisionName": latest, **each} for each in traffic],
            "conditions": [
                _condition(kind, ready=ready)
                for kind in ("Ready", "ConfigurationsReady", "RoutesReady")
            ],
        }
        metadata = {
            **given["metadata"],
            "generation": generation,
            "resourceVersion": str(generation),
        }
        spec = {**given["spec"], "traffic": traffic}
        kept = {**given, "metadata": metadata, "spec": spec, "status": status}
        self.kept[f"services/{name}"] = kept
        return kept

    def _keep_job(self, given: Body) -> Body:
        name = given["metadata"]["name"]
        before = self.kept.get(f"jobs/{name}", {})
        generation = int(before.get("metadata", {}).get("generation", 0)) + 1
        metadata = {**given["metadata"], "generation": generation}
        status = {**before.get("status", {}), "observedGeneration": generation}
        status["conditions"] = [_condition("Ready", ready=True)]
        self.kept[f"jobs/{name}"] = {**given, "metadata": metadata, "status": status}
        return self.kept[f"jobs/{name}"]

    def _execute(self, job: str) -> Body:
        name = f"{job}-{next(self._numbers)}"
        good = job not in self.broken
        execution = {
            "apiVersion": "run.googleapis.com/v1",
            "kind": "Execution",
            "metadata": {
                "name": name,
                "namespace": self.kept[f"jobs/{job}"]["metadata"]["namespace"],
                "generation": 1,
                "labels": {"run.googleapis.com/job": job},
            },
            "spec": {"taskCount": 1},
            "status": {
                "observedGeneration": 1,
                "conditions": [_condition(kind, ready=good) for kind in ("Completed", "Started")],
                "succeededCount": int(good),
                "failedCount": int(not good),
                "completionTime": "2026-01-01T00:00:00Z",
            },
        }
        self.kept[f"executions/{name}"] = execution
        self.kept[f"jobs/{job}"]["status"]["latestCreatedExecution"] = {
            "name": name,
            "completionStatus": "EXECUTION_SUCCEEDED" if good else "EXECUTION_FAILED",
        }
        return execution

    # Builds and functions

    def _build(self, call: Call) -> Body:
        if call.path.endswith("/defaultServiceAccount"):
            email = f"{NUMBER}-compute@developer.gserviceaccount.com"
            return {"serviceAccountEmail": f"projects/p/serviceAccounts/{email}"}
        if call.method == "GET":
            return self.kept[f"build {call.path.rpartition('/')[2]}"]
        name, image = str(next(self._numbers)), call.body["substitutions"]["_IMAGE"]
        digest = f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"
        self.kept[f"image {image.rpartition(':')[2]}"] = {"digest": digest}
        build = {
            **call.body,
            "id": name,
            "projectId": call.path.split("/")[3],
            "status": "SUCCESS",
            "createTime": "2026-01-01T00:00:00Z",
            "results": {"images": [{"name": image, "digest": digest}]},
        }
        self.kept[f"build {name}"] = build
        return {"name": f"operations/build/{name}", "metadata": {"build": build}}

    def _image(self, call: Call) -> Body:
        tag = call.path.rpartition("/")[2]
        if f"image {tag}" not in self.kept:
            raise MissingError
        version = self.kept[f"image {tag}"]["digest"]
        package = call.path.partition("/tags/")[0][4:]
        return {"name": call.path[4:], "version": f"{package}/versions/{version}"}

    def _function(self, call: Call) -> Body:
        """Keep a function, and the Cloud Run service that serves it."""
        if call.path.endswith("/runtimes"):
            return {"runtimes": [{"name": "python311", "environment": "GEN_2", "stage": "GA"}]}
        if call.path.endswith(":generateUploadUrl"):
            return {
                "uploadUrl": "http://storage.fake/upload/source",
                "storageSource": {"bucket": "b"},
            }
        if "/operations/" in call.path:
            return self.kept[call.path]
        if call.method == "GET":
            return self._resource(call)
        name = call.query.get("functionId") or call.path.rpartition("/")[2]
        path = call.path if call.method == "PATCH" else f"{call.path}/{name}"
        kept = {
            **self.kept.get(call.host + path, {}),
            **call.body,
            "name": path[4:],
            "state": "ACTIVE",
            "environment": "GEN_2",
        }
        # Under which names it is served: gcloud asks Cloud Run about it when it changes a function.
        place = path[4:].replace("/functions/", "/services/")
        kept["serviceConfig"] = {**kept.get("serviceConfig", {}), "service": place}
        kept["serviceConfig"]["uri"] = f"http://{name}-{NUMBER}.europe-west1.run.fake"
        if name not in self.broken:
            self.kept[call.host + path] = kept
            self._serve_function(name)
        operation = f"{path.partition('/functions')[0]}/operations/{next(self._numbers)}"
        failed = {"error": {"code": 3, "message": "It did not start."}}
        done = failed if name in self.broken else {"response": kept}
        self.kept[operation] = {"name": operation[4:], "done": True, "metadata": {}, **done}
        return self.kept[operation]

    def _serve_function(self, name: str) -> None:
        before = self.kept.get(f"services/{name}", {"spec": {}, "metadata": {}})
        revision = f"{name}-{next(self._numbers):05d}"
        self._keep_service(
            {
                # Of the function's own labels it has none.
                "metadata": {**before["metadata"], "name": name},
                "spec": {
                    "template": {"metadata": {"name": revision}, "spec": {}},
                    "traffic": [{"latestRevision": True, "percent": 100}],
                },
            }
        )


def _is_collection(word: str) -> bool:
    return word.endswith("s") or word == "b"


def _etag(number: int) -> str:
    return base64.b64encode(b"%08d" % number).decode()


def _uploaded(raw: bytes, boundary: str) -> int:
    """Return the size of the file in an upload, after what is said of it."""
    _, _, file, _ = raw.split(b"--" + boundary.encode())
    return len(file.partition(b"\n\n")[2]) - len(b"\n")


def _error(status: int, code: str, message: str) -> Body:
    return {"error": {"code": status, "status": code, "message": message}}


def _condition(kind: str, *, ready: bool) -> Body:
    found = {"type": kind, "status": str(ready), "lastTransitionTime": "2026-01-01T00:00:00Z"}
    return found if ready else {**found, "reason": "Failed", "message": "It did not start."}


@contextmanager
def serving() -> Iterator[ControlPlane]:
    """Serve an empty control plane on a port of this machine."""
    plane = ControlPlane()

    class Handler(BaseHTTPRequestHandler):
        """A proxy for plain HTTP: the request line has the whole address."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answer any method."""
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            address = urlsplit(self.path)
            kind = self.headers.get("Content-Type") or ""
            body = json.loads(raw) if raw and kind.startswith("application/json") else {}
            if kind.startswith("multipart/"):
                body = {"size": str(_uploaded(raw, kind.partition("boundary=")[2].strip("'\"")))}
            call = Call(
                self.command,
                address.netloc,
                unquote(address.path),
                dict(parse_qsl(address.query)),
                body,
            )
            status, answer = plane.answer(call, self.headers.get("Authorization"))
            text = json.dumps(answer).encode() if status != 204 else b""
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET  # noqa: N815  # http.server's own

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    plane.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield plane
    finally:
        server.shutdown()
        server.server_close()
