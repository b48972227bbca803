"""The errors of the client, one tree, cut by what the caller does next.

    BFLError
    ├── ConfigurationError        fix the set-up: base URL, region, an extra that is not installed
    │   ├── MissingAPIKey         get a key and set BFL_API_KEY
    │   └── MissingExtra          install the extra it names; it is an ImportError, too
    ├── InvalidRequest            fix the request: a field breaks a rule
    │   └── UnknownModel          fix the model's name: the API has no such path
    ├── AuthenticationFailed      fix the key: missing, malformed, unknown or revoked
    ├── InsufficientCredits       pay
    ├── BudgetExceeded            raise the client's own budget, or ask for less; nothing was sent
    ├── RateLimited               slow down: too many active tasks; `retry_after_s` says how long, if the API did
    ├── Unavailable               try later: refused before acceptance, or never reached
    ├── UnknownOutcome            look before paying again: the submit may have been accepted and billed
    ├── TaskFailed                give up on this task: it ended without a picture
    │   ├── Moderated             change the prompt or the input images; `reasons` holds what the API said
    │   │   ├── RequestModerated  ... the input was refused before generation
    │   │   └── ContentModerated  ... the picture was refused after generation
    │   ├── GenerationFailed      status Error: submit anew if you like, it is a new task
    │   └── TaskNotFound          unknown or expired id, or the wrong cluster was asked
    ├── TaskUnfinished            resume: accepted and billed; `BFLClient.resume` takes `task_id` and `polling_url`
    │   ├── DeadlineExceeded      ... your deadline passed first; the task may still finish
    │   ├── PollingRefused        ... the result could not be asked for (key, host, or a wait above the cap)
    │   └── UnreadableResult      ... Ready, but without a sample this client can read; it is in `body`
    ├── DownloadFailed            fetch again: the picture exists, but is not on disk
    │   ├── SampleExpired         ... the URL was refused, also after one renewal
    │   └── NotAnImage            ... what came was no picture, or not all of one
    └── WebhookRejected           refuse the delivery with `status_code`: 401 not proven to be the API's, 400 no event

Two laws: when one of the first group (down to `Unavailable`) is raised, nothing was accepted or billed; and once the
client has seen the acceptance of a task, only `TaskFailed`, `TaskUnfinished` and `DownloadFailed` can follow, with id
and polling_url.
"""

from __future__ import annotations


class BFLError(Exception):
    """Root of everything this client raises. Attributes that do not apply are None (`reasons`: empty)."""

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = None,
        task_id: str | None = None,
        polling_url: str | None = None,
        retry_after_s: float | None = None,
        cost_credits: float | None = None,
        body: object = None,
        reasons: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.task_id = task_id
        self.polling_url = polling_url
        self.retry_after_s = retry_after_s
        self.cost_credits = cost_credits
        self.body = body
        self.reasons = reasons

    def to_dict(self) -> dict[str, object]:
        """Return the error as plain JSON values, as `bfl --json` prints it."""
        return {
            "error": type(self).__name__,
            "message": str(self),
            "status_code": self.status_code,
            "id": self.task_id,
            "polling_url": self.polling_url,
            "retry_after_s": self.retry_after_s,
            "cost_credits": self.cost_credits,
            "reasons": list(self.reasons),
        }


class ConfigurationError(BFLError):
    """The client is set up wrongly; nothing was sent, or it was sent to something that is not the API."""


class MissingAPIKey(ConfigurationError):
    """There is no API key, neither as argument nor in BFL_API_KEY."""


class MissingExtra(ConfigurationError, ImportError):
    """A part of the client was used whose extra is not installed."""


class InvalidRequest(BFLError):
    """The request breaks a rule; found before sending it, or refused by the API (400, 413, 422 ...)."""


class UnknownModel(InvalidRequest):
    """The API has no path for this model (404 at submit)."""


class AuthenticationFailed(BFLError):
    """The API does not accept the key (401, 403, or 422 with "Invalid API key format")."""


class InsufficientCredits(BFLError):
    """The balance does not cover the request (402)."""


class BudgetExceeded(BFLError):
    """The request would cost more than what is left of `budget_credits`; nothing was sent."""


class RateLimited(BFLError):
    """Too many tasks are active (429), and waiting longer would break the deadline or the cap."""


class Unavailable(BFLError):
    """The API answered 503 or was never reached, as often as the client was ready to try."""


class UnknownOutcome(BFLError):
    """The submit was sent and its answer lost: the task may exist and be billed, so it was not sent again."""


class TaskFailed(BFLError):
    """The task reached its end without a picture."""


class Moderated(TaskFailed):
    """Moderation refused the task; `reasons` holds the filters the API named."""


class RequestModerated(Moderated):
    """Moderation refused the input before generation."""


class ContentModerated(Moderated):
    """Moderation refused the picture after generation."""


class GenerationFailed(TaskFailed):
    """The task ended with status Error."""


class TaskNotFound(TaskFailed):
    """The API does not know the task: unknown id, expired, or another cluster's."""


class TaskUnfinished(BFLError):
    """The task was accepted and billed and its end was not seen; it can be resumed."""


class DeadlineExceeded(TaskUnfinished):
    """The caller's deadline passed before the task ended."""


class PollingRefused(TaskUnfinished):
    """The result could not be asked for, in a way that asking again at once does not cure."""


class UnreadableResult(TaskUnfinished):
    """The task is Ready, but its result holds no sample URL."""


class DownloadFailed(BFLError):
    """The picture exists but could not be brought to disk."""


class SampleExpired(DownloadFailed):
    """The delivery host refused the sample URL, also after one renewal."""


class NotAnImage(DownloadFailed):
    """What the delivery host sent is no picture, or only a part of one."""


class WebhookRejected(BFLError):
    """A delivery is not to be believed or not to be understood; `status_code` is what to answer its sender."""
