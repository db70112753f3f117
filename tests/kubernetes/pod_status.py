"""Parts of a pod's status in the words of the API."""

from tests.kubernetes.containers import Process
from tests.kubernetes.objects import Document


def state_of(process: Process) -> Document:
    code = process.code()
    if code is None:
        return {"running": {"startedAt": process.started_at}}
    reason = "OOMKilled" if process.oom_killed else "Error" if code else "Completed"
    return {
        "terminated": {
            "exitCode": code,
            "reason": reason,
            "startedAt": process.started_at,
            "finishedAt": process.finished_at,
        }
    }


def condition(kind: str, holds: bool, reason: str, message: str) -> Document:
    told = {"type": kind, "status": "True" if holds else "False"}
    return told if holds else told | {"reason": reason} | ({"message": message} if message else {})
