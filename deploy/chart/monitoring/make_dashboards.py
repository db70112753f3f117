"""Writes the Grafana dashboards beside this file: `make monitoring`.

They are made of panels.toml with Grafana's own builders, so that the files are what it expects.
"""

import itertools
import json
import tomllib
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
)
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    Threshold,
    ThresholdsMode,
    VariableHide,
)

HERE = Path(__file__).parent
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
Panel = dict[str, Any]
"""One of panels.toml."""
_KINDS: dict[str, Any] = {
    "series": timeseries.Panel,
    "stat": stat.Panel,
    "bars": bargauge.Panel,
    "table": table.Panel,
}


def board(uid: str, title: str, rows: dict[str, list[Panel]]) -> str:
    """A dashboard as Grafana reads it: JSON."""
    made = (
        dashboard.Dashboard(title)
        .uid(f"fintech-{uid}")
        .tags(["fintech"])
        .readonly()
        .timezone("utc")
        .refresh("30s")
        .time("now-6h", "now")
        .with_variable(
            dashboard.DatasourceVariable("datasource").type("prometheus").label("Source")
        )
        .with_variable(
            dashboard.QueryVariable("job")
            .label("Release")
            .hide(VariableHide.DONT_HIDE)
            .datasource(SOURCE)
            .query("label_values(fintech_build_info, job)")
            .include_all(True)
            .multi(True)
        )
    )
    number = itertools.count(1)
    for name, panels in rows.items():
        made = made.with_row(dashboard.Row(name).id(next(number)))
        for shown in panels:
            made = made.with_panel(_panel(shown).id(next(number)))
    return json.dumps(made.build(), cls=JSONEncoder, indent=2, sort_keys=True) + "\n"


def _panel(shown: Panel) -> Any:
    target = prometheus.Dataquery().ref_id("A").expr(shown["query"])
    target = target.legend_format(shown.get("legend", ""))
    if shown["kind"] != "series":
        target = target.instant()
    panel = (
        _KINDS[shown["kind"]]()
        .title(shown["title"])
        .description(shown["told"])
        .datasource(SOURCE)
        .unit(shown["unit"])
        .span(shown.get("width", 8))
        .height(4 if shown["kind"] == "stat" else 8)
        .min(0)
        .with_target(target)
    )
    if shown["kind"] == "table":
        return panel
    steps = [Threshold(value=None, color="green")]
    if "limit" in shown:
        steps.append(Threshold(value=shown["limit"], color="red"))
    limits = dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
    panel = panel.thresholds(limits)
    if shown["kind"] == "stat":
        return panel.graph_mode(BigValueGraphMode.NONE)
    if shown["kind"] == "series":
        legend = common.VizLegendOptions().show_legend(True)
        legend = legend.display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM)
        return panel.legend(legend)
    return panel


def boards() -> dict[str, str]:
    """Every dashboard by the name of its file."""
    found = tomllib.loads((HERE / "panels.toml").read_text("utf-8"))
    return {f"{uid}.json": board(uid, one["title"], one["rows"]) for uid, one in found.items()}


if __name__ == "__main__":
    for name, text in boards().items():
        (HERE / "dashboards" / name).write_text(text, "utf-8")
