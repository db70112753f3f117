"""Yahoo Finance through the library yfinance."""
