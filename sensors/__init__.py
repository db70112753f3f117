"""The sensors: what Dagster watches between ticks."""
