"""The servers that take what is told, for every test of this folder."""

from alert_servers import email, home, hook, mail

__all__ = ["email", "home", "hook", "mail"]
