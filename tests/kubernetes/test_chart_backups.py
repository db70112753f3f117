"""Backups in the chart: when, where to, and that what the pods are told works."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fintech_pipeline.storage.embedded_cluster import programs
from fintech_pipeline.storage.schema import claim
from tests.kubernetes.chart import Document, Helm, Refused, Rendered
from tests.kubernetes.configured import SECRET, settings_of
from tests.kubernetes.matrix import BUCKET, MATRIX
from tests.storage.conftest import own_database
from tests.storage.object_store import KEY_ID, Store, object_store
from tests.storage.object_store import SECRET as STORE_SECRET
from tests.storage.servers import Server

VOLUME = MATRIX["backups into a volume, verified once a week"]
IN_THE_POD = "postgresql://postgres@127.0.0.1:5432/postgres"
INSIDE = MATRIX["backups into a bucket inside, verified"]


def cron(rendered: Rendered, name: str) -> Document:
    found: Document = rendered.one("CronJob", f"-{name}")["spec"]
    return found


def pod(rendered: Rendered, name: str) -> Document:
    found: Document = rendered.templates()[f"watch-{name}"]["spec"]
    return found


def test_without_a_word_there_are_none(defaults: Rendered) -> None:
    assert defaults.of("CronJob") == []
    assert defaults.of("PersistentVolumeClaim") == []


@pytest.mark.parametrize(("name", "schedule"), [("backup", "23 2"), ("verification", "23 4")])
def test_there_are_never_two_at_once_and_what_hangs_is_ended(
    helm: Helm, name: str, schedule: str
) -> None:
    spec = cron(helm.render(VOLUME), name)
    assert spec["schedule"].startswith(schedule)
    assert spec["timeZone"] == "Europe/Berlin"
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["startingDeadlineSeconds"] > 0
    assert (spec["successfulJobsHistoryLimit"], spec["failedJobsHistoryLimit"]) == (3, 3)
    job = spec["jobTemplate"]["spec"]
    assert job["activeDeadlineSeconds"] >= 3600
    assert job["template"]["spec"]["restartPolicy"] == "Never"


def test_the_volume_outlives_the_release_and_may_be_ones_own(helm: Helm) -> None:
    rendered = helm.render(VOLUME)
    (made,) = rendered.of("PersistentVolumeClaim")
    assert made["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    for name in ("backup", "verification"):
        claims = [one["persistentVolumeClaim"] for one in pod(rendered, name)["volumes"][-1:]]
        assert claims == [{"claimName": made["metadata"]["name"]}]
    own = helm.render(MATRIX["everything at once"])
    assert own.of("PersistentVolumeClaim") == []
    assert {"claimName": "vault"} in [
        one.get("persistentVolumeClaim") for one in pod(own, "backup")["volumes"]
    ]


def test_the_key_of_the_bucket_is_known_to_those_two_alone(helm: Helm) -> None:
    rendered = helm.render(INSIDE)
    assert rendered.of("PersistentVolumeClaim") == []
    knowing = {
        name
        for name, template in rendered.templates().items()
        for container in template["spec"]["containers"]
        for one in container["env"]
        if one.get("valueFrom", {}).get("secretKeyRef", {}).get("name") == "store"
    }
    assert knowing == {"watch-backup", "watch-verification"}


def test_a_verification_knows_no_password_of_the_database(helm: Helm) -> None:
    spec = pod(helm.render(INSIDE), "verification")
    names = {one["name"] for box in spec["containers"] for one in box["env"]}
    assert not {"DATABASE_URL", "PGPASSWORD"} & names
    (server,) = spec["initContainers"]
    assert server["restartPolicy"] == "Always", "it runs beside, not before"
    assert "listen_addresses=127.0.0.1" in server["command"][-1]


@pytest.mark.parametrize(
    ("backups", "told"),
    [
        ({"bucket": {"address": "s3://backups"}}, "bucket.existingSecret must name the Secret"),
        ({"bucket": BUCKET, "claim": {"existingClaim": "vault"}}, "go to one place"),
        ({"bucket": {"endpoint": "https://s3.example.org"}}, "bucket.address must name the bucket"),
        ({"enabled": False, "verification": {"enabled": True}}, "backups.enabled is false"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(
    helm: Helm, backups: Document, told: str
) -> None:
    with pytest.raises(Refused, match=told):
        helm.render({"backups": {"enabled": True, **backups}})


def test_a_way_to_no_bucket_is_refused(helm: Helm) -> None:
    peers = [{"ipBlock": {"cidr": "10.20.0.9/32"}}]
    with pytest.raises(Refused, match=r"backups\.bucket\.address names none"):
        helm.render({"networkPolicy": {"bucket": peers}})


def test_a_verification_needs_a_kubernetes_that_knows_how(helm: Helm) -> None:
    with pytest.raises(Refused, match=r"needs Kubernetes 1\.29 or newer"):
        helm.render(VOLUME, version="1.28.3")
    assert helm.render({"backups": {"enabled": True}}, version="1.28.3").of("CronJob")


# ── what the pods are told works ──────────────────────────────────────────────────────────────


@pytest.fixture
def store() -> Iterator[Store]:
    with object_store("backups") as running_store:
        yield running_store


def told(
    spec: Document, folder: Path, replaced: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    """What the container says, run as a process; the places are those of this machine."""
    (container,) = spec["containers"]
    environment = {one["name"]: one.get("value", "") for one in container["env"]} | replaced
    command = [str(Path(sys.executable).with_name(container["args"][0])), *container["args"][1:]]
    return subprocess.run(
        [replaced.get(word, word) for word in command],
        env={"PATH": os.environ["PATH"], **environment, "HOME": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_what_the_pods_are_told_backs_up_and_verifies(
    helm: Helm, store: Store, server: Server, migrated_template: str, tmp_path: Path
) -> None:
    rendered = helm.render(INSIDE)
    settings_of(rendered, tmp_path)
    with own_database(server, migrated_template) as database:
        claim(database, "demo", simulated=True)
        here = {
            "FINTECH_CONFIG": str(tmp_path / "fintech.toml"),
            "DATABASE_URL": database.url,
            "PGPASSWORD": "",
            "TMPDIR": str(tmp_path),
            "AWS_ENDPOINT_URL": store.endpoint,
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": STORE_SECRET,
            **SECRET,
        }
        made = told(pod(rendered, "backup"), tmp_path, here)
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("Wrote s3://backups/market/demo-")
    spec = pod(rendered, "verification")
    # Restarted, it finds what the one before it left.
    with tempfile.TemporaryDirectory() as scratch:
        for _ in range(2):
            with beside(spec, Path(scratch)) as url:
                verified = told(spec, tmp_path, {IN_THE_POD: url, **here})
            assert verified.returncode == 0, verified.stderr
            assert " is good: " in verified.stdout


@contextmanager
def beside(spec: Document, scratch: Path) -> Iterator[str]:
    """The server beside the verification, started as the pod says, on a port of its own."""
    (server,) = spec["initContainers"]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    account = "postgres" if os.geteuid() == 0 else None
    if account:
        shutil.chown(scratch, account)
    path = f"{programs()}:/usr/bin:/bin"
    environment = {"PATH": path, "PGDATA": str(scratch / "server"), "PGPORT": port}
    with subprocess.Popen(server["command"], env=environment, user=account, cwd=scratch) as started:
        asked = [str(programs() / "pg_isready"), *server["startupProbe"]["exec"]["command"][1:]]
        deadline = time.monotonic() + 60
        while subprocess.run([*asked, "--port", port], check=False).returncode:
            assert time.monotonic() < deadline
            assert started.poll() is None
            time.sleep(0.2)
        try:
            yield IN_THE_POD.replace(":5432", f":{port}")
        finally:
            started.send_signal(signal.SIGINT)
            started.wait(30)
