"""What is asked of a database of six years: of the API, and by commands."""

from datetime import timedelta

from fintech_pipeline.clock import slot_at_or_before
from tests.benchmarks import stored_years

NOW = stored_years.NOW + timedelta(minutes=22, seconds=30)
"""When the tick of New York's last half hour runs."""
SLOT_AT = slot_at_or_before(NOW)
DAY = SLOT_AT.date() - timedelta(days=10)
"""A Friday of the past that is collected and judged again."""
ROUTES = {
    "/api/v1/overview": ("", f"at={SLOT_AT - timedelta(days=9):%Y-%m-%dT%H:%M:%SZ}"),
    "/api/v1/watchlist": ("", "tag=chips"),
    "/api/v1/watchlist/{symbol}": ("",),
    "/api/v1/instruments": ("", "search=Symbol"),
    "/api/v1/instruments/{symbol}": ("",),
    "/api/v1/instruments/{symbol}/actions": ("",),
    "/api/v1/instruments/{symbol}/bars": (
        "",
        "interval=30m&from=2026-02-02T00:00:00Z",
        "interval=1d&from=2020-03-02T00:00:00Z&adjusted=all",
    ),
    "/api/v1/signals": (
        "",
        "symbol=S007",
        "action=buy",
        "standing=true",
        "slot_at={slot_at}",
        "from=2026-02-02T00:00:00Z&to=2026-02-03T00:00:00Z",
        "symbol=S007&action=hold&from=2026-02-02T00:00:00Z",
    ),
    "/api/v1/instruments/{symbol}/signals": ("", "from=2026-02-02T00:00:00Z", "first=true"),
    "/api/v1/instruments/{symbol}/signals/{slot_at}": ("",),
    "/api/v1/instruments/{symbol}/sentiment": ("", "from=2026-02-02T00:00:00Z"),
    "/api/v1/strategies": ("",),
    "/api/v1/outcomes": ("symbol=S007", "from=2026-02-02T00:00:00Z&to=2026-02-20T00:00:00Z"),
    "/api/v1/backtests": ("",),
    "/api/v1/forecasts/models": ("",),
    "/api/v1/articles": (
        "",
        "symbol=S007",
        "provider=edgar",
        "outlet=Outlet%207",
        "story=77",
        "q=quarter%207777",
        "q=quarter",
        "scored=false",
        "scored=true",
        "symbol=S007&scored=false",
        "from=2024-01-01T00:00:00Z&to=2024-01-02T00:00:00Z",
        "at=2024-01-01T00:00:00Z",
    ),
    "/api/v1/articles/{article_id}": ("",),
    "/api/v1/stories": (
        "",
        "symbol=S007",
        "from=2024-01-01T00:00:00Z&to=2024-01-02T00:00:00Z",
        "at=2024-01-01T00:00:00Z",
    ),
    "/api/v1/stories/{story_id}": ("",),
    "/api/v1/people": ("",),
    "/api/v1/people/{name}": ("name=ada",),
    "/api/v1/rules": ("",),
    "/api/v1/rules/{name}": ("name=score",),
    "/api/v1/alerts": (
        "",
        "state=open",
        "state=resolved",
        "rule=old-7",
        "symbol=S007",
        "severity=warning",
        "severity=critical",
        "at=2024-01-01T00:00:00Z",
    ),
    "/api/v1/alerts/{alert_id}": ("",),
    "/api/v1/silences": ("", "state=ended"),
    "/api/v1/deliveries": ("", "progress=failed", "person=ada", "channel=console", "channel=sms"),
    "/api/v1/quotas": ("",),
    "/api/v1/costs": ("", "from=2026-02-02&to=2026-03-01"),
    "/api/v1/calls": ("", "provider=edgar", "state=refused", "provider=edgar&state=refused"),
    "/api/v1/slots": (
        "",
        "asset=market_bars",
        "state=partial",
        "from=2024-01-01T00:00:00Z&to=2024-01-02T00:00:00Z",
    ),
    "/api/v1/slots/known": ("", "from=2024-01-01T00:00:00Z&to=2024-01-08T00:00:00Z"),
    "/api/v1/freshness": ("",),
    "/readyz": ("",),
    "/metrics": ("",),
}
"""What is asked of each route that reads the database: each of these queries, and the next page."""
ELSEWHERE = {
    "/api/v1/session": "tells of the request itself",
    "/api/v1/backtests/{number}": "one row by its key, and none is stored here",
    "/api/v1/silences/{silence_id}": "one row by its key, and none is stored here",
    "/api/v1/runs": "Dagster's own tables",
    "/api/v1/runs/{run_id}": "Dagster's own tables",
    "/api/v1/cluster": "processes",
    "/healthz": "reads nothing",
}
NAMED = {
    "symbol": "S007",
    "slot_at": f"{SLOT_AT - timedelta(days=4):%Y-%m-%dT%H:%M:%SZ}",
    "article_id": "700000",
    "story_id": "500000",
    "alert_id": "77777",
}
COMMANDS = (
    "status",
    "quota",
    "watchlist show",
    "why S007",
    "signals outcomes --symbol S007",
    "signals forecast show",
    "signals replay S007 --from 2026-02-27 --to 2026-02-27",
    "alerts list",
    "alerts history",
    "alerts history --rule old-7 --symbol S007 --days 365",
    "alerts why 77777",
    "alerts why score S007",
    "alerts silences",
    "alerts test score --days 2",
)
