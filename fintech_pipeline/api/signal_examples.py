"""Examples of what is told of signals, for the OpenAPI document."""

from typing import Any

from fintech_pipeline.api.examples import shown

SIGNAL: dict[str, Any] = {
    "symbol": "AAPL",
    "slot_at": "2025-05-20T16:00:00Z",
    "strategy": "balanced-2",
    "revision": 1,
    "live": True,
    "price": 207.21,
    "change_pct": -0.75,
    "last_close": 208.78,
    "score": 0.3,
    "action": "buy",
    "since": "2025-05-20T15:30:00Z",
    "confidence": 0.55,
    "coverage": 0.6,
    "agreement": 1.0,
    "freshness": 0.923077,
    "regime": None,
    "suspected_split": None,
    "components": [
        {
            "name": "momentum",
            "value": 0.5,
            "weight": 0.6,
            "contribution": 0.3,
            "reason": "up 1.2% over the last 13 bars",
            "figure": 0.012,
        }
    ],
    "missing": {"news": "no scored article in the last five days"},
    "articles": 0,
    "stories": 0,
    "cutoff_at": "2025-05-20T16:00:40Z",
    "run_id": "6f1c2a0e-5d0b-4d0a-9c0e-3f1d2a7b8c9d",
}
LISTED = shown({"items": [SIGNAL], "next": None})
SERIES = shown(
    {
        "symbol": "AAPL",
        "strategy": "balanced-2",
        "interval": "30m",
        "slot_at": ["2025-05-20T15:30:00Z", "2025-05-20T16:00:00Z"],
        "price": [206.9, 207.21],
        "score": [0.1, 0.3],
        "action": ["hold", "buy"],
        "confidence": [0.5, 0.55],
        "changed": [False, True],
        "contributions": {"momentum": [0.15, 0.3], "news": [-0.05, None]},
        "left_out": 0,
        "changes_left_out": 0,
    }
)
WHOLE = shown(
    {
        **SIGNAL,
        "interval": "30m",
        "currency": "USD",
        "simulated": False,
        "explanation": {
            "bars": ["No split and no dividend fell between them."],
            "weights": ["Weights are shares of those present, 0.6 = 0.6: momentum weighs 0.6 / 1."],
            "action": ["+0.300000 begins it at this very slot: buy."],
            "confidence": "coverage 0.600000 × agreement 1.000000 × freshness 0.923077",
            "scores": [],
        },
        "bars": None,
        "articles_behind": [],
        "basis": None,
        "revisions": [SIGNAL],
        "outcomes": [
            {
                "horizon": "1 bar",
                "entered_at": "2025-05-20T16:30:00Z",
                "left_at": "2025-05-20T17:00:00Z",
                "return_pct": 0.21,
                "reason": None,
                "settled_at": "2025-05-21T00:00:00Z",
            }
        ],
        "alert_ids": [41],
        "previous_slot_at": "2025-05-20T15:30:00Z",
        "next_slot_at": "2025-05-20T16:30:00Z",
    }
)
STRATEGIES = shown(
    [
        {
            "label": "balanced-2",
            "use": "primary",
            "definition": {
                "name": "balanced",
                "version": 2,
                "interval": "30m",
                "weights": {"momentum": 0.6, "news": 0.4},
                "bands": {"buy": {"enter": 0.25, "leave": 0.15}},
                "regimes": [],
            },
            "first_used_at": "2025-03-03T14:30:20Z",
            "newest_slot_at": "2025-05-20T16:00:00Z",
        }
    ]
)
SENTIMENT = shown(
    {
        "symbol": "AAPL",
        "strategy": "balanced-2",
        "articles": {
            "article_id": [4711],
            "known_at": ["2025-05-20T13:40:00Z"],
            "headline": ["Apple beats estimates"],
            "outlet": ["Reuters"],
            "story_id": [812],
            "relevance": [1.0],
            "score": [0.62],
            "confidence": [0.8],
            "label": ["positive"],
            "reason": ["beats estimates"],
            "model_version": ["local-1"],
            "stands_in_for": [None],
            "left_out": 0,
            "without_score": 0,
        },
        "readings": {
            "slot_at": ["2025-05-20T16:00:00Z"],
            "value": [0.21],
            "articles": [1],
            "stories": [1],
            "left_out": 0,
        },
    }
)
OUTCOMES = shown(
    {
        "live": True,
        "simulated": False,
        "strategies": [
            {
                "strategy": "balanced-2",
                "signals": 4820,
                "symbols": 12,
                "first": "2025-03-03T15:00:00Z",
                "last": "2025-05-20T16:00:00Z",
                "turnover": 0.041,
                "looks": 69,
                "horizons": [],
            }
        ],
        "sentiment": [],
    }
)
