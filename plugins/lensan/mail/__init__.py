"""Mails: how they are sent, each once, to whom."""
