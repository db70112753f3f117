"""The `alpha_vantage` provider of news: articles with tickers and the vendor's own sentiment."""
