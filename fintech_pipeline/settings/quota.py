"""What may be asked of each vendor, where it is not what its plan says."""

from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, Field, NonNegativeInt

from fintech_pipeline.quota.allowances import Allowance, zone_of
from fintech_pipeline.settings.section import Section


class AllowanceSettings(Section):
    """What a vendor's plan allows; what is not set is the plan's.

    0 is no limit of requests; of money it is what it says.
    """

    per_second: NonNegativeInt | None = None
    per_minute: NonNegativeInt | None = None
    per_day: NonNegativeInt | None = None
    reset_zone: Annotated[str, AfterValidator(lambda name: zone_of(name).key)] | None = None
    usd_per_day: Annotated[Decimal, Field(ge=0, decimal_places=4)] | None = None

    def over(self, plan: Allowance) -> Allowance:
        """The plan, with what is set here in place of its own."""
        given = self.model_dump(exclude_none=True)
        changes: dict[str, Any] = {
            key: value if key == "usd_per_day" else value or None for key, value in given.items()
        }
        return replace(plan, **changes)


class QuotaSettings(Section):
    """What may be asked of each vendor."""

    alpha_vantage: AllowanceSettings = AllowanceSettings()
    newsapi: AllowanceSettings = AllowanceSettings()
    yahoo: AllowanceSettings = AllowanceSettings()
    edgar: AllowanceSettings = AllowanceSettings()
    rss: AllowanceSettings = AllowanceSettings()
    gemini: AllowanceSettings = AllowanceSettings()
    twilio: AllowanceSettings = AllowanceSettings()

    def over(self, provider: str, plan: Allowance) -> Allowance:
        """The provider's plan, with what is set here in place of its own."""
        own: AllowanceSettings = getattr(self, provider)
        return own.over(plan)

    def changes(self, provider: str) -> bool:
        """Whether anything of the provider's plan is set here."""
        return bool(getattr(self, provider) != AllowanceSettings())
