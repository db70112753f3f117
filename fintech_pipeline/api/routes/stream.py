"""The live stream, over a WebSocket."""

from fastapi import APIRouter, WebSocket

from fintech_pipeline.api.callers import By
from fintech_pipeline.api.problems import Refusal
from fintech_pipeline.api.services import Given
from fintech_pipeline.api.stream import refuse
from fintech_pipeline.api.stream_wishes import WrongWish, wish_of

router = APIRouter(tags=["stream"])


@router.websocket("/stream")
async def follow(websocket: WebSocket, given: Given, by: By) -> None:
    """What happens, as it happens; `docs/live.md` has every frame."""
    await websocket.accept()
    try:
        wish = wish_of(websocket.query_params)
    except WrongWish as wrong:
        await refuse(websocket, wrong.code, str(wrong))
        return
    await given.stream.serve(websocket, by.name, wish)


@router.get("/stream", include_in_schema=False)
async def stream() -> None:
    """Says that a stream is no page."""
    raise Refusal(426, "This is a WebSocket: connect with ws:// or wss://, and ask for an upgrade.")
