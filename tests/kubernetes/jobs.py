"""The Job controller: a Job's pods, its status and conditions, its deadline and its removal."""

import threading
import time
from dataclasses import dataclass, field

from tests.kubernetes.objects import Document, timestamp
from tests.kubernetes.pods import POLL_SECONDS, Kubelet, PodWorker

DEFAULT_BACKOFF_LIMIT = 6


@dataclass
class Controllers:
    """What the API hands over: Jobs, and deletions of Jobs and pods."""

    kubelet: Kubelet
    jobs: dict[str, "JobController"] = field(default_factory=dict)

    def job_created(self, job: Document) -> None:
        controller = JobController(self.kubelet, job)
        self.jobs[controller.name] = controller
        controller.thread.start()

    def delete_job(self, name: str, propagation: str) -> None:
        """Removes the Job; its pods only where they are asked to go along."""
        controller = self.jobs.pop(name)
        controller.orphans = propagation == "Orphan"
        controller.gone.set()
        self.kubelet.node.objects.remove("jobs", name)
        controller.delete_pods()

    def delete_pod(self, name: str, grace_seconds: float | None) -> None:
        self.kubelet.delete(name, grace_seconds)

    def lose(self, name: str) -> None:
        """The Job and its pods vanish without a trace, and so does the process."""
        controller = self.jobs.pop(name)
        controller.gone.set()
        self.kubelet.node.objects.remove("jobs", name)
        for worker in controller.workers:
            self.kubelet.vanish(worker.name)
            worker.thread.join(10)

    def log(self, pod: str, container: str, tail: int | None, timestamps: bool) -> str:
        processes = self.kubelet.workers[pod].processes
        process = processes.get(container) or next(iter(processes.values()), None)
        lines = list(process.lines) if process else []
        chosen = lines[-tail:] if tail else lines
        return "".join(f"{at} {line}\n" if timestamps else f"{line}\n" for at, line in chosen)

    def close(self) -> None:
        for controller in self.jobs.values():
            controller.gone.set()
        self.kubelet.close()
        for controller in self.jobs.values():
            controller.thread.join(5)


class JobController:
    """Looks after one Job until it is removed."""

    def __init__(self, kubelet: Kubelet, job: Document) -> None:
        self.kubelet, self.job = kubelet, job
        self.name: str = job["metadata"]["name"]
        self.uid: str = job["metadata"]["uid"]
        self.gone = threading.Event()
        self.orphans = False
        self.workers: list[PodWorker] = []
        self.failed = 0
        self.started_at = timestamp()
        self.thread = threading.Thread(target=self._control, daemon=True)
        limit = job["spec"].get("activeDeadlineSeconds")
        self._deadline = time.monotonic() + limit if limit else None

    def _control(self) -> None:
        limit = self.job["spec"].get("backoffLimit", DEFAULT_BACKOFF_LIMIT)
        while not self.gone.is_set():
            worker = self.kubelet.run(self._pod())
            self.workers.append(worker)
            if self.gone.is_set():
                self.delete_pods()  # removed while this one was being made
            if not self._awaited(worker):
                break
            if worker.succeeded:
                self._finish("Complete", "CompletionsReached", "Reached expected number of pods")
                break
            self.failed += 1  # a deleted pod counts as a failed one
            if self.failed > limit:
                told = "Job has reached the specified backoff limit"
                self._finish("Failed", "BackoffLimitExceeded", told)
                break
        self._expire()

    def delete_pods(self) -> None:
        """Asks its pods to end, unless they are to be left behind."""
        for worker in () if self.orphans else self.workers:
            self.kubelet.delete(worker.name)

    def _awaited(self, worker: PodWorker) -> bool:
        """Waits for the pod's end; False where the Job is removed or its deadline passes."""
        while not worker.ended.wait(POLL_SECONDS):
            if self.gone.is_set():
                return False
            if self._deadline is not None and time.monotonic() > self._deadline:
                self.kubelet.delete(worker.name)
                worker.ended.wait()
                self.failed += 1
                told = "Job was active longer than specified deadline"
                self._finish("Failed", "DeadlineExceeded", told)
                return False
            self._write({"active": 1, "ready": int(len(worker.ready) > 0)})
        return not self.gone.is_set()

    def _finish(self, condition: str, reason: str, message: str) -> None:
        at = timestamp()
        told: Document = {
            "type": condition,
            "status": "True",
            "reason": reason,
            "message": message,
            "lastProbeTime": at,
            "lastTransitionTime": at,
        }
        counts = {"succeeded": 1, "completionTime": at} if condition == "Complete" else {}
        self._write({**counts, "ready": 0, "conditions": [told]})
        kind = "Normal" if condition == "Complete" else "Warning"
        self.kubelet.event(self.job, kind, reason, message)

    def _write(self, status: Document) -> None:
        told = {"startTime": self.started_at, "terminating": 0, **status}
        if self.failed:
            told["failed"] = self.failed

        def change(job: Document) -> None:
            job["status"] = told

        self.kubelet.node.objects.change("jobs", self.name, change)

    def _expire(self) -> None:
        """Removes the finished Job and its pods when its time to live is over."""
        seconds = self.job["spec"].get("ttlSecondsAfterFinished")
        if seconds is not None and not self.gone.wait(seconds):
            self.kubelet.node.objects.remove("jobs", self.name)
            for worker in self.workers:
                self.kubelet.delete(worker.name)

    def _pod(self) -> Document:
        template = self.job["spec"]["template"]
        labels = {
            **(template.get("metadata", {}).get("labels") or {}),
            "controller-uid": self.uid,
            "batch.kubernetes.io/controller-uid": self.uid,
            "job-name": self.name,
            "batch.kubernetes.io/job-name": self.name,
        }
        owner = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "name": self.name,
            "uid": self.uid,
            "controller": True,
            "blockOwnerDeletion": True,
        }
        metadata = {
            "generateName": f"{self.name}-",
            "labels": labels,
            "annotations": template.get("metadata", {}).get("annotations") or {},
            "ownerReferences": [owner],
        }
        return {"metadata": metadata, "spec": template["spec"]}
