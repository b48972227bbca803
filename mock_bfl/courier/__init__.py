"""Brings webhooks to their receivers. Law: no transaction and no lock is held while one is on its way."""

from __future__ import annotations

from .courier import Courier
from .desk import SendingDesk
from .sender import Answer, HttpSender, Sender

__all__ = ["Answer", "Courier", "HttpSender", "Sender", "SendingDesk"]
