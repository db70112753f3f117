"""Every setting, typed, and the only reader of the environment."""

from fintech_pipeline.settings.configuration import DatabaseSettings, Settings
from fintech_pipeline.settings.loading import CONFIG_VARIABLE, is_set, load_settings, secret
from fintech_pipeline.settings.providers import MarketSettings, NewsSettings
from fintech_pipeline.settings.secrets import secrets_known

__all__ = [
    "CONFIG_VARIABLE",
    "DatabaseSettings",
    "MarketSettings",
    "NewsSettings",
    "Settings",
    "is_set",
    "load_settings",
    "secret",
    "secrets_known",
]
