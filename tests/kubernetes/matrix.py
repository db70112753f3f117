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
LIVE = {
    "market": {
        "providers": ["alpha_vantage", "yahoo"],
        "alpha_vantage": {"key": "${ALPHA_VANTAGE_API_KEY}"},
    },
    "news": {
        "providers": ["newsapi", "alpha_vantage", "edgar", "rss"],
        "newsapi": {"key": "${NEWSAPI_KEY}"},
        "alpha_vantage": {"key": "${ALPHA_VANTAGE_API_KEY}"},
        "edgar": {"contact": "watch@example.org"},
        "rss": {
            "feeds": [
                "https://news.example.org/rss?token=${FEED_TOKEN}",
                "http://plain.example.org/feed:9999/rss.xml",
                "https://odd.example.org:8443/rss",
            ]
        },
    },
    "sentiment": {"models": ["gemini", "local"], "gemini": {"key": "${GEMINI_API_KEY}"}},
}
INSIDE = {
    "market": {"providers": ["files", "yahoo"], "files": {"folder": "/data/bars"}},
    "news": {"providers": ["rss"], "rss": {"feeds": ["http://10.20.0.5:8080/rss"]}},
}
"""What has no key, and a feed of one's own."""
STRATEGY = """# Prices 'alone' = "100 %" {{ .Values }}

name = "mine"
version = 1
interval = "1d"
[weights]
momentum = 1
[bands]
strong_buy = { enter = 0.4, leave = 0.3 }
buy = { enter = 0.2, leave = 0.1 }
sell = { enter = -0.2, leave = -0.1 }
strong_sell = { enter = -0.4, leave = -0.3 }
"""
TWILIO = {
    "account_sid": "AC0123456789abcdef0123456789abcdef",
    "auth_token": "${TWILIO_AUTH_TOKEN}",
    "sender": "+15005550006",
}
SMTP = {
    "host": "smtp.example.org",
    "user": "${SMTP_USER}",
    "password": "${SMTP_PASSWORD}",
    "sender": "watch@example.org",
}
RULES = """# Once it was ${NOBODYS_TOKEN}: people 'and' "rules" {{ .Values }}
  # ${NOBODYS_TOKEN}

note = "100 %"
address = "slack://${CHAT_TOKEN}/#watch"
"""
"""A text; what it says is the application's."""
API_SERVER = {"cidrs": ["10.0.0.1/32", "10.0.0.2/32"], "ports": [6443]}
BUCKET = {
    "address": "s3://backups/market",
    "endpoint": "http://10.20.0.9:9000",
    "region": "eu-central-1",
    "existingSecret": "store",
}
EXTERNAL = {"host": "db.example.org", "port": 6432, "sslMode": "require", "existingSecret": "db"}

NAMED_MONITORING = {"kubernetes.io/metadata.name": "monitoring"}
MATRIX: dict[str, dict[str, Any]] = {
    "the defaults": {},
    "an external database": {"postgres": {"enabled": False}, "externalDatabase": EXTERNAL},
    "an external database with a checked certificate": {
        "postgres": {"enabled": False},
        "externalDatabase": {**EXTERNAL, "sslMode": "verify-full", "caConfigMap": "authority"},
    },
    "a highly available database by CloudNativePG": {
        "postgres": {"enabled": False},
        "cloudNativePg": {"enabled": True, "storage": {"size": "50Gi", "className": "fast"}},
        "nodeSelector": {"disk": "ssd"},
    },
    "a Secret of one's own": {"postgres": {"existingSecret": "ours"}},
    "real prices and headlines from files": {
        "config": FILES,
        "files": {"existingClaim": "real-data"},
    },
    "a Job for each step": {"config": {"pipeline": {"executor": "kubernetes_jobs"}}},
    "a strategy of one's own beside the shipped ones": {
        "config": {"signals": {"strategies": ["balanced", "mine.toml", "swing"]}},
        "strategies": {"mine.toml": STRATEGY, "tried-out.toml": "nothing yet"},
    },
    "no network policies": {"networkPolicy": {"enabled": False}},
    "news judged by Gemini through a gateway inside": {
        "config": {
            "sentiment": {
                "models": ["gemini"],
                "gemini": {"key": "${GEMINI_API_KEY}", "base_url": "http://10.20.0.6:8081/gemini"},
            },
            "quota": {"gemini": {"per_minute": 0, "per_day": 0, "usd_per_day": 2.5}},
        },
        "providers": {"existingSecret": "keys"},
        "networkPolicy": {"vendors": {"also": [{"ipBlock": {"cidr": "10.20.0.6/32"}}]}},
    },
    "alerts by a mail server inside and no login": {
        "config": {
            "alerts": {
                "smtp": {
                    "host": "10.20.0.25",
                    "port": 2525,
                    "security": "none",
                    "sender": "watch@example.org",
                    "timeout_seconds": 5,
                },
                "public_url": "https://watch.example.org",
                "group_wait_seconds": 0.5,
                "group_interval_seconds": 60,
                "give_up_hours": 12,
            },
            "watchlist": [
                {"symbol": "KO", "name": "Coca-Cola", "mic": "XSIM", "tags": ["drinks", "old"]},
            ],
        },
        "alerts": {"rules": "# nobody yet\n"},
        "networkPolicy": {"mailServer": [{"ipBlock": {"cidr": "10.20.0.25/32"}}]},
    },
    "alerts by SMS alone, through a gateway": {
        "config": {
            "alerts": {"twilio": {**TWILIO, "base_url": "https://sms.example.org:8443/twilio"}},
            "quota": {"twilio": {"per_second": 10, "usd_per_day": 5}},
        },
        "alerts": {"apprisePorts": [443, 8080]},
        "providers": {"existingSecret": "keys"},
        "deliverer": {"replicas": 2},
    },
    "events to a RabbitMQ in the cluster": {
        "config": {"events": {"url": "amqp://watch:${RABBITMQ_PASSWORD}@10.30.0.5/watch"}},
        "providers": {"existingSecret": "keys"},
        "networkPolicy": {"broker": [{"ipBlock": {"cidr": "10.30.0.5/32"}}]},
    },
    "events to two servers of a Kafka outside": {
        "config": {
            "events": {
                "url": "kafkas://u:${KAFKA_PASSWORD}@a.example.org:9094,b.example.org"
                "?sasl=scram-sha-512"
            }
        },
        "providers": {"existingSecret": "keys"},
    },
    "events that are published elsewhere": {
        "config": {"events": {"url": "amqps://mq.example.org"}},
        "events": {"enabled": False},
    },
    "backups into a volume, verified once a week": {
        "backups": {
            "enabled": True,
            "keep": 30,
            "timeZone": "Europe/Berlin",
            "verification": {"enabled": True},
        },
    },
    "backups into a bucket inside, verified": {
        "backups": {"enabled": True, "bucket": BUCKET, "verification": {"enabled": True}},
        "networkPolicy": {"bucket": [{"ipBlock": {"cidr": "10.20.0.9/32"}}]},
    },
    "no deliverer": {"deliverer": {"enabled": False}},
    "no analyzer": {"analyzer": {"enabled": False}},
    "a fixed number of analyzers": {
        "analyzer": {
            "replicas": 3,
            "existingSecret": "token",
            "autoscaling": {"enabled": False},
        },
        "networkPolicy": {"analyzerFrom": [{"podSelector": {"matchLabels": {"app": "desk"}}}]},
    },
    "no API": {"api": {"enabled": False}},
    "watched by Prometheus": {
        "monitoring": {
            "enabled": True,
            "from": [
                {
                    "namespaceSelector": {
                        "matchLabels": {"kubernetes.io/metadata.name": "monitoring"}
                    }
                }
            ],
            "labels": {"release": "stack"},
        },
        "config": {
            "logs": {"format": "json"},
            "traces": {"endpoint": "http://collector.monitoring:4318"},
        },
        "networkPolicy": {"collector": [{"namespaceSelector": {"matchLabels": NAMED_MONITORING}}]},
    },
    "two APIs behind an Ingress, and the UI to look at": {
        "config": {"api": {"session_hours": 4, "proxies": 1}},
        "api": {
            "replicas": 2,
            "existingSecret": "tokens",
            "ingress": {
                "enabled": True,
                "className": "nginx",
                "host": "watch.example.org",
                "tlsSecret": "tls",
                "annotations": {"nginx.ingress.kubernetes.io/proxy-read-timeout": "3600"},
            },
        },
        "ui": {"enabled": True},
        "postgres": {"enabled": False},
        "externalDatabase": {**EXTERNAL, "replica": {"host": "copy.example.org", "port": 6433}},
        "networkPolicy": {
            "apiFrom": [{"podSelector": {"matchLabels": {"app": "ingress"}}}],
            "uiFrom": [{"namespaceSelector": {"matchLabels": {"name": "proxy"}}}],
        },
    },
    "an API without pages": {
        "dashboard": {"enabled": False},
        "api": {"ingress": {"enabled": True, "host": "a.example.org", "tlsElsewhere": True}},
        "networkPolicy": {"apiFrom": [{"podSelector": {"matchLabels": {"app": "ingress"}}}]},
    },
    "two dashboards behind a load balancer": {
        "dashboard": {
            "replicas": 2,
            "image": {"repository": "registry.example.org/team/dashboard", "tag": "2.0.0"},
            "dagsterUrl": "https://dagster.example.org",
            "service": {
                "type": "LoadBalancer",
                "tlsElsewhere": True,
                "annotations": {"cloud.example.org/certificate": "watch"},
            },
        },
        "networkPolicy": {"dashboardFrom": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]},
    },
    "no analyzer, and Gemini asked by the API": {
        "config": {
            "sentiment": {"models": ["gemini"], "gemini": {"key": "${GEMINI_API_KEY}"}},
            "alerts": {"twilio": TWILIO},
        },
        "providers": {"existingSecret": "keys"},
        "analyzer": {"enabled": False},
    },
    "an ingress for the UI and a feed inside": {
        "config": INSIDE,
        "ui": {"enabled": True},
        "files": {"existingClaim": "real-data"},
        "networkPolicy": {
            "uiFrom": [{"namespaceSelector": {"matchLabels": {"name": "proxy"}}}],
            "apiServer": API_SERVER,
            "vendors": {"also": [{"ipBlock": {"cidr": "10.20.0.5/32"}}]},
        },
    },
    "live sources, pull secrets, chosen nodes": {
        "config": {**LIVE, "alerts": {"smtp": SMTP, "twilio": TWILIO}},
        "backups": {
            "enabled": True,
            "bucket": {"address": "s3://backups", "existingSecret": "store"},
            "claim": {"className": "fast"},
        },
        "alerts": {"rules": RULES, "apprisePorts": [443]},
        "providers": {"existingSecret": "keys"},
        "networkPolicy": {"apiServer": API_SERVER},
        "image": {
            "repository": "registry.example.org/team/fintech",
            "tag": "2.0.0",
            "pullSecrets": ["login"],
        },
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "only", "operator": "Exists", "effect": "NoSchedule"}],
        "postgres": {"storage": {"size": "50Gi", "className": "fast"}},
    },
    "a mesh with a Gateway, watched by Prometheus": {
        "config": {**LIVE, "pipeline": {"executor": "kubernetes_jobs"}, "api": {"proxies": 1}},
        "providers": {"existingSecret": "keys"},
        "api": {"replicas": 2},
        "ui": {"enabled": True},
        "monitoring": {
            "enabled": True,
            "from": [{"namespaceSelector": {"matchLabels": NAMED_MONITORING}}],
        },
        "mesh": {
            "enabled": True,
            "gateway": "istio-ingress/public",
            "host": "watch.example.org",
            "apiFrom": [
                "cluster.local/ns/istio-ingress/sa/gateway",
                "cluster.local/ns/monitoring/sa/prometheus",
            ],
        },
        "networkPolicy": {
            "apiFrom": [
                {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "istio"}}}
            ]
        },
    },
    "a mesh inside, with another's database": {
        "mesh": {
            "enabled": True,
            "revision": "stable-1",
            "trustDomain": "example.org",
            "analyzerFrom": ["example.org/ns/desk/sa/desk"],
            "outside": [{"host": "hooks.slack.com", "port": 443, "protocol": "TLS"}],
        },
        "config": {"alerts": {"smtp": {**SMTP, "host": "10.4.0.25", "port": 465}}},
        "providers": {"existingSecret": "keys"},
        "postgres": {"enabled": False},
        "externalDatabase": {**EXTERNAL, "replica": {"host": "copy.example.org", "port": 6433}},
        "networkPolicy": {
            "analyzerFrom": [{"namespaceSelector": {"matchLabels": {"name": "desk"}}}],
            "mailServer": [{"ipBlock": {"cidr": "10.4.0.25/32"}}],
        },
    },
    "everything at once": {
        "config": {
            **LIVE,
            "pipeline": {"executor": "kubernetes_jobs"},
            "alerts": {
                "smtp": {**SMTP, "host": "10.4.0.25", "port": 465, "security": "tls"},
                "twilio": TWILIO,
            },
            "events": {"url": "amqps://watch:${RABBITMQ_PASSWORD}@10.5.0.6:5699"},
        },
        "alerts": {"rules": RULES, "apprisePorts": [443, 8443]},
        "deliverer": {"replicas": 3},
        "files": {"existingClaim": "real-data"},
        "providers": {"existingSecret": "keys", "proxy": "http://${PROXY_LOGIN}@10.3.0.9:3128"},
        "networkPolicy": {
            "apiServer": API_SERVER,
            "vendors": {"internet": False, "also": [{"ipBlock": {"cidr": "10.3.0.9/32"}}]},
            "mailServer": [{"ipBlock": {"cidr": "10.4.0.25/32"}}],
            "broker": [{"ipBlock": {"cidr": "10.5.0.6/32"}}],
        },
        "backups": {"enabled": True, "claim": {"existingClaim": "vault"}},
        "postgres": {"enabled": False},
        "externalDatabase": EXTERNAL,
        "image": {"tag": "2.0.0", "pullSecrets": ["login"]},
    },
}
