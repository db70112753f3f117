"""Bars from files: which file holds what is found by looking into it."""
