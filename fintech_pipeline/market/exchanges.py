"""What is known of exchanges by their MIC (ISO 10383). Pure."""

from collections.abc import Mapping
from types import MappingProxyType

AMERICAN = frozenset({"XNYS", "XNAS", "XASE", "ARCX", "BATS", "IEXG", "OTCM"})
"""Whose symbols mean the same company on each of them."""

_MOSTLY = {
    "USD": "XNYS XNAS XASE ARCX BATS IEXG OTCM XSIM",
    "EUR": "XETR XFRA XPAR XAMS XBRU XLIS XMIL XMAD XHEL XDUB XWBO",
    "GBP": "XLON",
    "CHF": "XSWX",
    "SEK": "XSTO",
    "NOK": "XOSL",
    "DKK": "XCSE",
    "PLN": "XWAR",
    "CAD": "XTSE XTSX",
    "BRL": "BVMF",
    "MXN": "XMEX",
    "JPY": "XTKS",
    "HKD": "XHKG",
    "CNY": "XSHG XSHE",
    "KRW": "XKRX",
    "TWD": "XTAI",
    "SGD": "XSES",
    "INR": "XNSE XBOM",
    "AUD": "XASX",
    "NZD": "XNZE",
    "ZAR": "XJSE",
}
CURRENCIES: Mapping[str, str] = MappingProxyType(
    {mic: currency for currency, mics in _MOSTLY.items() for mic in mics.split()}
)
"""In which currency an exchange mostly trades."""
