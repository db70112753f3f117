"""The configuration of a rendered release as the application reads it, and whom it has it ask."""

from collections.abc import Mapping
from pathlib import Path

from fintech_pipeline.settings import Settings, load_settings
from tests.kubernetes.chart import Rendered

SECRET = {
    "ALPHA_VANTAGE_API_KEY": "alpha-secret",
    "CHAT_TOKEN": "chat-secret",
    "FEED_TOKEN": "feed-secret",
    "GEMINI_API_KEY": "gemini-secret",
    "KAFKA_PASSWORD": "kafka-secret",
    "NEWSAPI_KEY": "news-secret",
    "PROXY_LOGIN": "proxy-secret",
    "RABBITMQ_PASSWORD": "rabbit-secret",
    "SMTP_PASSWORD": "mail-secret",
    "SMTP_USER": "mail-user",
    "TWILIO_AUTH_TOKEN": "twilio-secret",
}
"""A Secret with whatever the matrix names."""
DATABASE = "postgresql://fintech@host/fintech"
YAHOO = "https://query2.finance.yahoo.com"
"""Where yfinance asks for bars; it stands in its const.py."""


def settings_of(
    rendered: Rendered, folder: Path, environment: Mapping[str, str] | None = None
) -> Settings:
    """The configuration of the release, as a container of this environment reads it.

    It stays in the folder, with the strategies beside it.
    """
    for name, text in rendered.one("ConfigMap", "-config")["data"].items():
        (folder / name).write_text(text, "utf-8")
    file = folder / "fintech.toml"
    return load_settings(file, environment or {"DATABASE_URL": DATABASE, **SECRET})


def vendor_urls(settings: Settings) -> set[str]:
    """The addresses of the vendors that are asked, by the application's own settings."""
    market, news = settings.market, settings.news
    found = {"yahoo": [YAHOO], "alpha_vantage": [market.alpha_vantage.base_url]}
    urls = [url for name in market.providers for url in found.get(name, [])]
    for name in news.providers:
        if name == "rss" and news.rss:
            urls += news.rss.feeds
        elif name == "edgar" and news.edgar:
            urls += [news.edgar.base_url, news.edgar.directory_url]
        elif name == "newsapi" and news.newsapi:
            urls += [news.newsapi.base_url]
        elif name == "alpha_vantage" and news.alpha_vantage:
            urls += [news.alpha_vantage.base_url]
    if "gemini" in settings.sentiment.models and settings.sentiment.gemini:
        urls += [settings.sentiment.gemini.base_url]
    return set(urls)


def messenger_urls(settings: Settings) -> set[str]:
    """Where messages go by HTTP, by the application's own settings; rules name Apprise's places."""
    twilio = settings.alerts.twilio
    return {twilio.base_url} if twilio else set()


def broker(settings: Settings) -> set[tuple[str, int]]:
    """Where events are published."""
    hosts = settings.events.address.hosts if settings.events else ()
    return {(host, int(port)) for host, _, port in (one.rpartition(":") for one in hosts)}


def mail_server(settings: Settings) -> set[tuple[str, int]]:
    """Host and port of the mail server, where there is one."""
    smtp = settings.alerts.smtp
    return {(smtp.host, smtp.port)} if smtp else set()
