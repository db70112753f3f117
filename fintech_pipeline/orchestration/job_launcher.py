"""The run launcher of a cluster: Dagster's own, but a silent Kubernetes API does no harm.

Dagster takes a Job whose status it could not ask for as dead: it fails the run and starts it again,
while the first pod goes on. And it takes a Job whose creation was not answered as not created.
"""

import logging
from typing import Any

import urllib3
from dagster_k8s import K8sRunLauncher
from dagster_k8s.client import (
    DEFAULT_JOB_CREATION_TIMEOUT,
    DagsterK8sAPIRetryLimitExceeded,
    DagsterK8sUnrecoverableAPIError,
    DagsterKubernetesClient,
    k8s_api_retry,
    k8s_api_retry_creation_mutation,
)
from kubernetes.client import ApiException, V1Job, V1JobStatus

RETRIES = 5
WAIT_SECONDS = 2.0
NOT_FOUND, OVERLOADED, UNAVAILABLE = 404, 429, 503
UNANSWERED = (
    DagsterK8sAPIRetryLimitExceeded,
    DagsterK8sUnrecoverableAPIError,
    urllib3.exceptions.HTTPError,
)
NO_JOB = (ValueError, TypeError, AttributeError)
"""What the client raises of an answer that is none of Kubernetes, a proxy's page for example."""
AT_WORK = V1JobStatus(active=1)
_log = logging.getLogger(__name__)


class PatientRunLauncher(K8sRunLauncher):
    """A Job for each run. Named in `dagster.yaml`, configured like Dagster's own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain = self._api_client
        self._api_client = PatientClient(  # type: ignore[no-untyped-call]  # Dagster's own has no types
            plain.batch_api, plain.core_api, plain.logger, plain.sleeper, plain.timer
        )


class PatientClient(DagsterKubernetesClient):
    """Asks again, and takes no answer for no news."""

    def get_job_status(
        self, job_name: str, namespace: str, wait_time_between_attempts: float = WAIT_SECONDS
    ) -> V1JobStatus | None:
        """The status of a Job, None where there is none; active where nobody says.

        Should it be dead all the same, that is noticed when the API answers again.
        """

        def read() -> V1JobStatus | None:
            try:
                job = self.batch_api.read_namespaced_job_status(
                    job_name, namespace, _request_timeout=DEFAULT_JOB_CREATION_TIMEOUT
                )
            except ApiException as error:
                # Of a proxy's own 404 nothing follows.
                if error.status == NOT_FOUND and '"NotFound"' in str(error.body):
                    return None
                raise
            return job.status or AT_WORK

        try:
            found: V1JobStatus | None = k8s_api_retry(read, RETRIES, wait_time_between_attempts)
        except (*UNANSWERED, *NO_JOB) as error:
            cause = getattr(error, "k8s_api_exception", error)
            reason = str(cause).strip().partition("\n")[0]
            _log.warning("The Job %s is taken to be at work: %s", job_name, reason)
            return AT_WORK
        else:
            return found

    def create_namespaced_job_with_retries(
        self, body: V1Job, namespace: str, wait_time_between_attempts: float = WAIT_SECONDS
    ) -> None:
        """Creates the Job once, however often it has to ask.

        Raises:
            DagsterK8sAPIRetryLimitExceeded: The API does not answer.
            DagsterK8sUnrecoverableAPIError: It refused.
        """

        def create() -> None:
            try:
                self.batch_api.create_namespaced_job(
                    body=body, namespace=namespace, _request_timeout=DEFAULT_JOB_CREATION_TIMEOUT
                )
            except urllib3.exceptions.HTTPError as error:
                # It may have arrived: told like this, "it exists" is a good answer next time.
                raise ApiException(UNAVAILABLE, f"no answer: {type(error).__name__}") from error
            except ApiException as error:
                error.status = UNAVAILABLE if error.status == OVERLOADED else error.status
                raise

        k8s_api_retry_creation_mutation(create, RETRIES, wait_time_between_attempts)
