"""A small release by hand: the documents that a chart would render, in their true form."""

from datetime import date
from typing import Any

import yaml

from tests.kubernetes.objects import Document

NAMESPACE = "market"
PASSWORD = "only-in-the-secret-4711"  # noqa: S105  # what the drills search for
LAUNCHER = "fintech_pipeline.orchestration.job_launcher:PatientRunLauncher"
SYMBOLS = ("KO", "META")
FIRST_DAY = date(2025, 1, 1)
DAEMON_RULES = [
    {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create", "list", "delete"]},
    {"apiGroups": ["batch"], "resources": ["jobs/status"], "verbs": ["get"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "delete"]},
    {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},
    {"apiGroups": [""], "resources": ["events"], "verbs": ["list"]},
]
WEBSERVER_RULES = [
    {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["delete"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "delete"]},
]
STEPS_RULES = [
    {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create", "delete"]},
    {"apiGroups": ["batch"], "resources": ["jobs/status"], "verbs": ["get"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "delete"]},
]
ENVIRONMENT: list[Document] = [
    {"name": "FINTECH_CONFIG", "value": "/etc/fintech/fintech.toml"},
    {
        "name": "DATABASE_URL",
        "value": f"postgresql://fintech@postgres.{NAMESPACE}.svc.cluster.local:5432/fintech",
    },
    {
        "name": "PGPASSWORD",
        "valueFrom": {"secretKeyRef": {"name": "database", "key": "password"}},
    },
]
HOME: list[Document] = [{"name": "DAGSTER_HOME", "value": "/etc/dagster"}]


def release(
    *,
    executor: str = "in_process",
    launcher: str = LAUNCHER,
    start_timeout_seconds: int = 60,
) -> list[Document]:
    """The documents of one release.

    Args:
        executor: The setting `pipeline.executor`.
        launcher: The module and, after a colon, the class of the run launcher.
        start_timeout_seconds: When a run that has not started is failed.
    """
    steps = executor == "kubernetes_jobs"
    return [
        *(_account(name) for name in ("daemon", "webserver", "run")),
        *_role("daemon", DAEMON_RULES),
        *_role("webserver", WEBSERVER_RULES),
        *(_role("run", STEPS_RULES) if steps else []),
        _object("v1", "Secret", "database", type="Opaque", stringData={"password": PASSWORD}),
        _object("v1", "ConfigMap", "fintech", data={"fintech.toml": _configuration(executor)}),
        _object(
            "v1",
            "ConfigMap",
            "dagster",
            data={
                "dagster.yaml": yaml.safe_dump(_instance(launcher, steps, start_timeout_seconds)),
                "workspace.yaml": yaml.safe_dump(_workspace()),
            },
        ),
        _service("postgres", 5432),
        _service("code", 4000),
        _service("webserver", 3000),
        _postgres(),
        _code(),
        _webserver(),
        _daemon(),
    ]


def _configuration(executor: str) -> str:
    head = f"""
name = "drill"
[pipeline]
starts_on = {FIRST_DAY}
warm_up_days = 1
executor = "{executor}"
[market]
providers = ["simulated"]
[news]
providers = ["simulated"]
"""
    watched = '[[watchlist]]\nsymbol = "{0}"\nname = "{0} Corporation"\nmic = "XSIM"\n'
    return head + "".join(watched.format(symbol) for symbol in SYMBOLS)


def _instance(launcher: str, steps: bool, start_timeout_seconds: int) -> Document:
    module, _, name = launcher.partition(":")
    mounts = [
        {"name": "config", "mount_path": "/etc/fintech"},
        {"name": "tmp", "mount_path": "/tmp"},  # noqa: S108
    ]
    volumes = [
        {"name": "config", "config_map": {"name": "fintech"}},
        {"name": "tmp", "empty_dir": {"size_limit": "256Mi"}},
    ]
    launched: Document = {
        "load_incluster_config": False,
        "job_namespace": NAMESPACE,
        "service_account_name": "run",
        "instance_config_map": "dagster",
        "run_k8s_config": {
            "job_spec_config": {
                "ttl_seconds_after_finished": 600,
                "active_deadline_seconds": 900,
                "backoff_limit": 0,
            },
            "pod_template_spec_metadata": {"labels": {"app.kubernetes.io/component": "run"}},
            "pod_spec_config": {
                "automount_service_account_token": steps,
                "enable_service_links": False,
                "volumes": volumes,
            },
            "container_config": {
                "env": ENVIRONMENT,
                "volume_mounts": mounts,
                "resources": {"limits": {"memory": "512Mi"}},
            },
        },
    }
    return {
        "storage": {
            "custom": {
                "module": "fintech_pipeline.orchestration.instance",
                "class": "ConfiguredStorage",
            }
        },
        "run_launcher": {"module": module, "class": name or "K8sRunLauncher", "config": launched},
        "run_coordinator": {
            "module": "dagster.core.run_coordinator",
            "class": "QueuedRunCoordinator",
            "config": {"dequeue_interval_seconds": 1},
        },
        "run_monitoring": {
            "enabled": True,
            "start_timeout_seconds": start_timeout_seconds,
            "cancel_timeout_seconds": 60,
            "poll_interval_seconds": 1,
            "max_resume_run_attempts": 0,
            "free_slots_after_run_end_seconds": 60,
        },
        "run_retries": {
            "enabled": True,
            "max_retries": 1,
            "retry_on_asset_or_op_failure": False,
        },
        "compute_logs": {
            "module": "dagster.core.storage.noop_compute_log_manager",
            "class": "NoOpComputeLogManager",
        },
        "schedules": {"use_threads": True, "num_workers": 2},
        "sensors": {"use_threads": True, "num_workers": 2},
        "telemetry": {"enabled": False},
    }


def _workspace() -> Document:
    host = f"code.{NAMESPACE}.svc.cluster.local"
    return {
        "load_from": [{"grpc_server": {"host": host, "port": 4000, "location_name": "fintech"}}]
    }


def _object(version: str, kind: str, name: str, **parts: Any) -> Document:
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **parts}


def _account(name: str) -> Document:
    return _object("v1", "ServiceAccount", name)


def _role(name: str, rules: list[Document]) -> list[Document]:
    version = "rbac.authorization.k8s.io/v1"
    group = "rbac.authorization.k8s.io"
    return [
        _object(version, "Role", name, rules=rules),
        _object(
            version,
            "RoleBinding",
            name,
            subjects=[{"kind": "ServiceAccount", "name": name, "namespace": NAMESPACE}],
            roleRef={"apiGroup": group, "kind": "Role", "name": name},
        ),
    ]


def _service(name: str, port: int) -> Document:
    ports = [{"port": port, "targetPort": "main"}]
    return _object("v1", "Service", name, spec={"selector": {"part": name}, "ports": ports})


def _template(name: str, container: Document, **spec: Any) -> Document:
    return {
        "metadata": {"labels": {"part": name}},
        "spec": {
            "enableServiceLinks": False,
            "containers": [{"name": name, "image": "registry.example/fintech:1", **container}],
            "volumes": [
                {"name": "config", "configMap": {"name": "fintech"}},
                {"name": "home", "configMap": {"name": "dagster"}},
                {"name": "tmp", "emptyDir": {}},
            ],
            **spec,
        },
    }


def _deployment(name: str, template: Document) -> Document:
    selector = {"matchLabels": {"part": name}}
    parts = {"replicas": 1, "selector": selector, "template": template}
    return _object("apps/v1", "Deployment", name, spec=parts)


MOUNTS = [
    {"name": "config", "mountPath": "/etc/fintech"},
    {"name": "home", "mountPath": "/etc/dagster"},
    {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108
]
MIGRATION = {
    "name": "migrate",
    "image": "registry.example/fintech:1",
    "args": ["fintech", "db", "migrate", "--wait", "300"],
    "env": ENVIRONMENT,
    "volumeMounts": MOUNTS,
}


def _postgres() -> Document:
    environment = [
        {"name": "POSTGRES_USER", "value": "fintech"},
        {"name": "POSTGRES_DB", "value": "fintech"},
        {**ENVIRONMENT[2], "name": "POSTGRES_PASSWORD"},
    ]
    container = {
        "name": "postgres",
        "image": "postgres:18",
        "env": environment,
        "ports": [{"name": "main", "containerPort": 5432}],
    }
    template = {"metadata": {"labels": {"part": "postgres"}}, "spec": {"containers": [container]}}
    return _object("apps/v1", "StatefulSet", "postgres", spec={"template": template})


def _code() -> Document:
    probe = {"grpc": {"port": 4000, "service": "DagsterApi"}, "periodSeconds": 2}
    words = "dagster api grpc -h 0.0.0.0 -p 4000 -m fintech_pipeline.definitions"
    container = {
        "args": words.split(),
        "env": [
            *ENVIRONMENT,
            {"name": "DAGSTER_CURRENT_IMAGE", "value": "registry.example/fintech:1"},
        ],
        "ports": [{"name": "main", "containerPort": 4000}],
        "readinessProbe": probe,
        "volumeMounts": MOUNTS,
    }
    template = _template(
        "code", container, initContainers=[MIGRATION], automountServiceAccountToken=False
    )
    return _deployment("code", template)


def _webserver() -> Document:
    words = "dagster-webserver -h 0.0.0.0 -p 3000 -w /etc/dagster/workspace.yaml"
    container = {
        "args": words.split(),
        "env": [*ENVIRONMENT, *HOME],
        "ports": [{"name": "main", "containerPort": 3000}],
        "readinessProbe": {"httpGet": {"path": "/server_info", "port": "main"}},
        "volumeMounts": MOUNTS,
    }
    template = _template(
        "webserver", container, serviceAccountName="webserver", initContainers=[MIGRATION]
    )
    return _deployment("webserver", template)


def _daemon() -> Document:
    probe = 'exec python -m fintech_pipeline.orchestration.heartbeat "$DATABASE_URL"'
    container = {
        "args": [
            *("python", "-m", "fintech_pipeline.orchestration.daemon"),
            "/etc/dagster/workspace.yaml",
        ],
        "env": [*ENVIRONMENT, *HOME],
        "startupProbe": {"exec": {"command": ["sh", "-c", probe]}, "periodSeconds": 5},
        "volumeMounts": MOUNTS,
    }
    template = _template(
        "daemon", container, serviceAccountName="daemon", initContainers=[MIGRATION]
    )
    # The drills start it when the schedule and the sensor are off, which would start runs at once.
    deployment = _deployment("daemon", template)
    deployment["spec"]["replicas"] = 0
    return deployment
