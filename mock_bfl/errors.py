"""What the mock raises when it is set up wrongly; refusals of requests are returned, never raised.

MockBFLError
  SettingsError       a setting has a wrong value, or an unknown name: correct it
  ServerError         a server cannot be started: another port, or an extra to install
  StoreError          a file cannot be used as a store: name another one
  ScriptError         a fault or script cannot be followed: correct it (a ValueError, too)
"""

from __future__ import annotations


class MockBFLError(Exception):
    """The root of what this package raises."""


class SettingsError(MockBFLError):
    """A setting has a value that it cannot have, or a name that is unknown."""


class ServerError(MockBFLError):
    """A server cannot be started; the message says what would help."""


class StoreError(MockBFLError):
    """A file cannot be used as a store; the message says why."""


class ScriptError(MockBFLError, ValueError):
    """A fault or script that cannot be followed; the message says what would do."""
