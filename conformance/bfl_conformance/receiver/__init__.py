"""Judge a webhook receiver: which deliveries it accepts, which it refuses, and how fast."""

from __future__ import annotations

from .checks import RECEIVER_CATALOGUE
from .run import run_receiver_checks
from .wire import HttpReceiver, Receiver, ReceiverAnswer

__all__ = ["RECEIVER_CATALOGUE", "HttpReceiver", "Receiver", "ReceiverAnswer", "run_receiver_checks"]
