"""Forecasts: models of what comes next, which speak only while they beat what needs no model."""
