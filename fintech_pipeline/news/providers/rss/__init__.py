"""The `rss` provider: the RSS and Atom feeds of any publisher."""
