"""The channel `sms`, by Twilio."""
