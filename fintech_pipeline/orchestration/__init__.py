"""Dagster: resources, partitions, jobs, the slots table, starting and reading runs."""
