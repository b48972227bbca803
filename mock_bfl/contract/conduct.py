"""What is expected of a client: the thresholds by which a verdict judges one.

Nobody publishes such limits; each is chosen so that a client that does what the documents recommend stays clear of it.
"""

from __future__ import annotations

from .sources import Certainty, Fact, assumed, cite
from .webhooks import ANSWER_WITHIN_S

POLL_GAP_S = Fact(0.25, assumed("half of the 0.5 s between two polls that the docs recommend (DOCS-GEN)"))
NO_SLEEP_S = Fact(0.02, assumed("what a poll takes on its own: no client that sleeps at all comes below it"))
NO_SLEEP_SHARE = Fact(0.9, assumed("a loop may stumble; of several that poll in step, one in each round sleeps"))
GAPS_TO_JUDGE = Fact(3, assumed("fewer gaps between polls say nothing about a pace"))

POLLS_AFTER_THE_END = Fact(1, assumed("one poll after the end may be another process that resumes the task"))
RESUMED_AFTER_S = Fact(60, assumed("who asks again so much later resumes, or renews a link"))
NOT_FOUND_POLLS = Fact(5, assumed("clients were seen to tolerate up to five such polls"))
NOT_FOUND_GRACE_S = Fact(15, assumed("a cluster may not know a new task at once (HELP-FAIL): 10 s and a poll"))
UNKNOWN_WORD_S = Fact(600, assumed("the slowest model takes a fraction of ten minutes"))
UNKNOWN_WORD_POLLS = Fact(600, assumed("ten minutes at a poll a second"))

RETRY_AFTER_STATUSES = Fact(
    (429, 503), cite("GUIDE, CASS", Certainty.GUIDE, "on a 200 it is the end of a rate window: no advice, never judged")
)
RETRY_AFTER_TOLERANCE_S = Fact(0.05, assumed("instants are whole milliseconds, and a sleep may end a little early"))
PAUSE_S = Fact(0.1, assumed("less is no pause; full jitter comes below it three times in a row once in a thousand"))
RETRIES_WITHOUT_PAUSE = Fact(3, assumed("one or two quick retries may be jitter, or a fresh connection"))
REFUSALS_WITHOUT_PAUSE = Fact(3, assumed("the first refusal cannot be foreseen, the second may be bad luck"))
REFUSALS_IN_A_ROW = Fact(
    24, assumed("as many as there are slots (HELP-CONC): one loop, or twice as many callers as may have a task")
)
CAME_BACK_AFTER_S = Fact(0.5, assumed("the shortest wait that the docs recommend anywhere (DOCS-GEN)"))
NOT_RETRYABLE = Fact(
    (400, 401, 402, 403, 404, 405, 413, 415, 422),
    cite("GUIDE, DOCS-ERR", Certainty.GUIDE, "the same request is refused again; that 405, 413, 415 count is ASSUMED"),
)
REFUSED_AGAIN_WITHIN_S = Fact(30, assumed("who sends the same request so much later was asked to by a person"))
SIDE_BY_SIDE_S = Fact(1, assumed("callers that were started together ask within so long of each other"))

PAID_AGAIN_WITHIN_S = Fact(600, assumed("who submits the same so much later was asked to; a link lives no longer"))
SILENCE_S = Fact(0.25, assumed("who gives up has waited longer; a caller started beside the first comes sooner"))

WEBHOOK_ANSWER_S = ANSWER_WITHIN_S
