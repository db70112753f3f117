"""`fintech doctor`: is everything this configuration needs there, and what else could be asked?"""

from fintech_pipeline.cli.doctor.command import doctor

__all__ = ["doctor"]
