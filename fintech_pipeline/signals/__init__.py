"""Signals: components, strategies and the dated, explained composite."""
