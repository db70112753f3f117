"""Signals, alerts and outcomes as CloudEvents, for whoever subscribes at a message broker."""
