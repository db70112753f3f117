"""The Job that Dagster's real launcher would create for a run of the rendered release."""

from pathlib import Path
from typing import Any, cast

import dagster as dg
import yaml
from dagster._config import process_config, resolve_to_config_type
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster_k8s import K8sRunLauncher
from dagster_k8s.container_context import K8sContainerContext
from dagster_k8s.job import construct_dagster_k8s_job
from kubernetes.client import ApiClient

from tests.kubernetes.chart import Document, Rendered

NOWHERE = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "none", "cluster": {"server": "http://127.0.0.1:1"}}],
    "users": [{"name": "none", "user": {}}],
    "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}],
    "current-context": "none",
}


def run_job(rendered: Rendered, folder: Path) -> Document:
    """The Job of a run of `tick`, as it is sent to Kubernetes."""
    config = yaml.safe_load(rendered.data("-dagster", "dagster.yaml"))["run_launcher"]["config"]
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(NOWHERE), "utf-8")
    config |= {"load_incluster_config": False, "kubeconfig_file": str(kubeconfig)}
    # Dagster's own class, as it reads its instance's file.
    kind: Any = K8sRunLauncher
    checked = process_config(resolve_to_config_type(kind.config_type()), config)
    assert checked.success, checked.errors
    launcher: K8sRunLauncher = kind.from_config_value(None, checked.value)
    (code,) = rendered.one("Deployment", "-code")["spec"]["template"]["spec"]["containers"]
    image = code["image"]
    origin = RepositoryPythonOrigin(
        "python", ModuleCodePointer("fintech_pipeline.definitions", "defs"), container_image=image
    )
    run = dg.DagsterRun(job_name="tick", job_code_origin=JobPythonOrigin("tick", origin))
    context = K8sContainerContext.create_for_run(run, launcher, include_run_tags=True)
    job = construct_dagster_k8s_job(
        job_config=context.get_k8s_job_config(job_image=image, run_launcher=launcher),
        args=["dagster", "api", "execute_run", "{}"],
        job_name=f"dagster-run-{run.run_id}",
        component="run_worker",
        user_defined_k8s_config=context.run_k8s_config,
        labels={"dagster/job": "tick", "dagster/run-id": run.run_id},
    )
    return cast("Document", ApiClient().sanitize_for_serialization(job))
