"""Postgres: connecting, bulk data, locks and migrations."""
