"""Receive the events that the API sends to a `webhook_url`: verify, read, take each once, and meet who waits for them.

| You have                               | Use                                                                      |
|----------------------------------------|--------------------------------------------------------------------------|
| any web framework                      | `receive(body, headers, secret)`: a verified `WebhookEvent`, or an error |
| no framework                           | `wsgi_receiver(secret, on_event)`: an application for any WSGI server    |
| a handler that must not act twice      | `Deduplicator.run_once(event, handler)`                                  |
| code that waits for a task's end       | `Inbox.put(event)` in the receiver, `Inbox.wait(task_id)` in the code    |

All of it works in memory and in one process. No recording of a real delivery is public: the signature stands in the
guide alone, the forms of the events in the guide and in receivers of others.  [GUIDE webhook-integration; CONTRACT 8]
"""

from __future__ import annotations

from ._deduplicator import Deduplicator
from ._errors import WebhookRejected
from ._inbox import Inbox
from ._webhook_event import WebhookEvent, parse_event
from ._webhook_signature import receive, verify
from ._webhook_wsgi import wsgi_receiver

__all__ = [
    "Deduplicator",
    "Inbox",
    "WebhookEvent",
    "WebhookRejected",
    "parse_event",
    "receive",
    "verify",
    "wsgi_receiver",
]
