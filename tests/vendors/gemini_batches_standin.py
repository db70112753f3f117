"""A stand-in of Gemini's batch mode, beside that of its ordinary answers.

The forms are those of the vendor's documentation of batches: an operation whose `metadata` tells
the state and, at the end, the answers in the order of the requests.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.vendors.gemini_standin import MODEL, GeminiStandIn, Question, _question, bad_key, refused
from tests.vendors.standin import KEY, Does, Reply, Request, as_json


@dataclass
class GeminiBatchesStandIn(GeminiStandIn):
    """Takes batches, and answers them once `ready`.

    Attributes:
        ready: Whether batches are answered.
        fails: The state in which batches end instead.
        batches: The batches, by the vendor's name.
        hears_only: Whether it takes a batch and breaks off before it says so.
    """

    ready: bool = False
    fails: str = ""
    hears_only: bool = False
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)

    def _answer(self, request: Request, number: int) -> Does:
        if request.headers.get("x-goog-api-key") != KEY:
            return bad_key()
        if request.path == f"/v1beta/models/{MODEL}:batchGenerateContent":
            return self._taken(json.loads(request.body)["batch"])
        if request.path == "/v1beta/batches":
            return as_json(
                {"operations": [self._told(name, answers=False) for name in self.batches]}
            )
        found = re.fullmatch(r"/v1beta/(batches/\w+)", request.path)
        if found is None:
            return super()._answer(request, number)
        if found.group(1) not in self.batches:
            return refused(404, "NOT_FOUND", "Requested entity was not found.")
        return as_json(self._told(found.group(1), answers=True))

    def _taken(self, batch: dict[str, Any]) -> Does:
        inlined = batch["inputConfig"]["requests"]["requests"]
        questions = [_question(_flat(one["request"]), n) for n, one in enumerate(inlined, 1)]
        name = f"batches/b{len(self.batches) + 1}"
        self.batches[name] = {"displayName": batch["displayName"], "questions": questions}
        if self.hears_only:
            return lambda wire: wire.close()
        return as_json(self._told(name, answers=False))

    def _told(self, name: str, *, answers: bool) -> dict[str, Any]:
        batch = self.batches[name]
        state = self.fails or ("BATCH_STATE_SUCCEEDED" if self.ready else "BATCH_STATE_PENDING")
        metadata: dict[str, Any] = {
            "@type": "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch",
            "model": f"models/{MODEL}",
            "displayName": batch["displayName"],
            "state": state,
        }
        if answers and state == "BATCH_STATE_SUCCEEDED":
            told = [{"response": json.loads(self._replied(one).body)} for one in batch["questions"]]
            metadata["output"] = {"inlinedResponses": {"inlinedResponses": told}}
        return {"name": name, "metadata": metadata, "done": state != "BATCH_STATE_PENDING"}

    def _replied(self, question: Question) -> Reply:
        return self._generated(question, 4_000)


def _flat(request: dict[str, Any]) -> dict[str, Any]:
    """The request as `:generateContent` takes it: within a batch its model is named too."""
    assert request.get("model", f"models/{MODEL}") == f"models/{MODEL}"
    return {key: value for key, value in request.items() if key != "model"}
