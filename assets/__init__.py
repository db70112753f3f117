"""The software-defined assets: what Dagster materializes, in the order the data flows."""
