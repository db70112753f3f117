"""The channels: email, SMS, whatever Apprise reaches, and the console. None knows another."""
