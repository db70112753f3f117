"""The meshes that people use, by name, and what the tests ask of their documents."""

from tests.kubernetes.chart import Document, Rendered
from tests.kubernetes.matrix import MATRIX

GATEWAY = MATRIX["a mesh with a Gateway, watched by Prometheus"]
INSIDE = MATRIX["a mesh inside, with another's database"]
CANARY: Document = {
    **GATEWAY,
    "mesh": {**GATEWAY["mesh"], "canary": {"tag": "0.2.0", "weight": 5}},
}
ON = {"mesh": {"enabled": True}}
MESHES = {
    "alone": ON,
    "with a Gateway": GATEWAY,
    "inside": INSIDE,
    "with a canary": CANARY,
    "with backups into a bucket": {
        **ON,
        "backups": {
            "enabled": True,
            "bucket": {
                "address": "s3://backups/market",
                "region": "eu-central-1",
                "existingSecret": "store",
            },
            "verification": {"enabled": True},
        },
    },
    "everything": {**MATRIX["everything at once"], "mesh": {"enabled": True}},
}


def services(rendered: Rendered) -> dict[str, Document]:
    """The VirtualServices by name."""
    return {one["metadata"]["name"]: one for one in rendered.of("VirtualService")}
