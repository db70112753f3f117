"""The combinations of values that people use, by name."""

from typing import Any

FILES = {
    "market": {"providers": ["files"], "files": {"folder": "/data/bars", "delay_seconds": 900}},
    "news": {"providers": ["files"], "files": {"path": "/data/news.csv.gz"}},
    "watchlist": [
        {"symbol": "BRK.B", "name": 'Berkshire "Hathaway" Inc.', "mic": "XNYS"},
        {"symbol": "7203", "name": "Toyota Motor", "mic": "XTKS", "currency": "JPY"},
    ],
}
EXTERNAL = {"host": "db.example.org", "port": 6432, "sslMode": "require", "existingSecret": "db"}

MATRIX: dict[str, dict[str, Any]] = {
    "the defaults": {},
    "an external database": {"postgres": {"enabled": False}, "externalDatabase": EXTERNAL},
    "an external database with a checked certificate": {
        "postgres": {"enabled": False},
        "externalDatabase": {**EXTERNAL, "sslMode": "verify-full", "caConfigMap": "authority"},
    },
    "a Secret of one's own": {"postgres": {"existingSecret": "ours"}},
    "real prices and headlines from files": {
        "config": FILES,
        "files": {"existingClaim": "real-data"},
    },
    "a Job for each step": {"config": {"pipeline": {"executor": "kubernetes_jobs"}}},
    "no network policies": {"networkPolicy": {"enabled": False}},
    "an ingress for the UI inside": {
        "networkPolicy": {
            "webserverFrom": [{"namespaceSelector": {"matchLabels": {"name": "proxy"}}}],
            "apiServer": {"cidrs": ["10.0.0.1/32", "10.0.0.2/32"], "ports": [6443]},
        }
    },
    "provider keys, pull secrets, chosen nodes": {
        "providers": {"existingSecret": "keys"},
        "image": {
            "repository": "registry.example.org/team/fintech",
            "tag": "2.0.0",
            "pullSecrets": ["login"],
        },
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "only", "operator": "Exists", "effect": "NoSchedule"}],
        "postgres": {"storage": {"size": "50Gi", "className": "fast"}},
    },
    "everything at once": {
        "config": {**FILES, "pipeline": {"executor": "kubernetes_jobs"}},
        "files": {"existingClaim": "real-data"},
        "providers": {"existingSecret": "keys"},
        "postgres": {"enabled": False},
        "externalDatabase": EXTERNAL,
        "image": {"tag": "2.0.0", "pullSecrets": ["login"]},
    },
}
