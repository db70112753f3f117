"""Alpha Vantage: bars, quotes, splits and dividends, from request to domain object."""
