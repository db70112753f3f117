"""Alerts: who is told what, when, and how it reaches them."""
