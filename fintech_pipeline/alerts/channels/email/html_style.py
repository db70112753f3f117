"""How the HTML part of a mail looks: fonts, colours, and the head with the dark ones. Pure."""

from fintech_pipeline.alerts.rules import Severity

FONT = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
MONO = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace"
GREEN, RED, GREY, INK = "#15803d", "#b91c1c", "#475569", "#0f172a"
STRIPES = {Severity.INFO: "#0369a1", Severity.WARNING: "#b45309", Severity.CRITICAL: "#b91c1c"}
HEAD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
@media (prefers-color-scheme: dark) {{
.page {{ background: #0b1220 !important; }}
.card {{ background: #172033 !important; }}
.ink, .ink td {{ color: #f1f5f9 !important; }}
.soft {{ color: #a9b6c8 !important; }}
.line {{ border-color: #33415c !important; }}
.code {{ background: #0b1220 !important; color: #e2e8f0 !important; }}
.up {{ color: #4ade80 !important; }}
.down {{ color: #f87171 !important; }}
.critical {{ color: #f87171 !important; }}
.warning {{ color: #fbbf24 !important; }}
.info, a.link {{ color: #7dd3fc !important; }}
}}
</style></head>"""
