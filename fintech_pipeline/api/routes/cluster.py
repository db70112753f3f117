"""What runs, and how it is: the cluster's objects or this machine's processes, and the database."""

import asyncio

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from fintech_pipeline.api.cluster import Running
from fintech_pipeline.api.services import Given
from fintech_pipeline.errors import StorageError
from fintech_pipeline.storage.server_reading import ServerShown, read_server

router = APIRouter(tags=["cluster"])


class ClusterShown(BaseModel):
    """What runs, and how it is."""

    model_config = ConfigDict(frozen=True)

    running: Running
    database: ServerShown | None = Field(description="Null where it does not answer.")
    database_problem: str | None = Field(description="Why it does not answer.")
    replica_used: bool = Field(description="Whether reads go to a replica just now.")
    replica_lag_seconds: float | None = Field(
        description="How far it is behind at the most; null where there is none or nobody knows."
    )


@router.get("/cluster")
async def read_cluster(given: Given) -> ClusterShown:
    """What runs, with status, restarts, age, CPU and memory, and how the database is.

    What cannot be read is told in `running.not_shown`; the rest is shown all the same.
    """
    running = asyncio.create_task(asyncio.to_thread(given.cluster.look))
    database, problem = None, None
    try:
        database = await given.reads.of_primary(read_server)
    except StorageError as error:
        problem = str(error)
    return ClusterShown(
        running=await running,
        database=database,
        database_problem=problem,
        replica_used=given.reads.uses_replica,
        replica_lag_seconds=given.health.replica.lag_seconds,
    )
