"""Backtests: what trading a strategy's signals would have brought, with its costs and its luck."""
