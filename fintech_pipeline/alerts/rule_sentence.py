"""Rules in words, for whoever reads them. Pure."""

from fintech_pipeline.alerts.rule_definition import definition_of
from fintech_pipeline.alerts.rules import Rule
from fintech_pipeline.alerts.spans import written
from fintech_pipeline.alerts.wording import condition, span

MOST_NAMED = 5


def sentence(rule: Rule) -> str:
    """The whole rule: what it is about, where it begins and ends, and whom it tells."""
    back = ends(rule)
    until = f" Ends {back}." if back else ""
    told = ", ".join(definition_of(rule)["notify"])
    repeat = f", again every {written(rule.repeat)}" if rule.repeat else ""
    off = "" if rule.enabled else " It is switched off."
    return (
        f"Fires at {begins(rule)}, about {about(rule)}.{until}"
        f" Tells {told} ({rule.severity}){repeat}.{off}"
    )


def about(rule: Rule) -> str:
    """What it is about, a phrase: `all symbols`, `tag chips`."""
    if not rule.metric.of_symbols:
        return "the pipeline"
    scope = rule.scope
    if scope.everything:
        return "all symbols"
    if scope.tags:
        return f"tag {', '.join(scope.tags)}"
    more = len(scope.symbols) - MOST_NAMED
    return ", ".join(scope.symbols[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def begins(rule: Rule) -> str:
    """Where an alert begins, a phrase: `score above +0.60, for 1h`."""
    over = f" in {written(rule.window)}" if rule.window else ""
    held = f", for {span(rule.hold)}" if rule.hold else ""
    return f"{rule.metric}{over} {condition(rule)}{held}"


def ends(rule: Rule) -> str:
    """Where it ends, a phrase; empty where that is the threshold alone."""
    if rule.key.changes:
        return "at once"
    back = "" if rule.clear == rule.threshold else f"not {condition(rule, clearing=True)}"
    held = f"for {span(rule.clear_hold)}" if rule.clear_hold else ""
    return ", ".join(part for part in (back, held) if part)
