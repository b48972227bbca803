"""The table of findings: for each its code, level, rule, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from string import Formatter

from mock_bfl.contract import conduct
from mock_bfl.contract.sources import Fact

from . import delivering, hosts, paying, polling, retrying
from .facts import Facts
from .values import Evidence, Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One finding. `find` yields its occurrences; `rule` and `cost` say in words when, and what it costs.

    In `rule` the name of a threshold of `mock_bfl.contract.conduct` stands in braces for its value. `source` are the
    tags of the documents behind the rule. `unseen` returns why it could not be observed, or None if it could.
    """

    code: str
    level: Level
    find: Callable[[Facts], Iterator[Evidence]]
    title: str
    rule: str
    why: str
    advice: str
    cost: str
    source: str
    unseen: Callable[[Facts], str | None] = lambda _: None

    @property
    def thresholds(self) -> Mapping[str, Fact[object]]:
        """The thresholds of the rule, by name."""
        return {name: getattr(conduct, name) for _, name, _, _ in Formatter().parse(self.rule) if name}

    @property
    def spelt_rule(self) -> str:
        """The rule with its thresholds filled in."""
        return self.rule.format_map({name: _spelt(fact.value) for name, fact in self.thresholds.items()})


def _spelt(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


_FREE_POLLS = "no credits: polls are free"
_FREE_REFUSALS = "no credits: what is refused is not charged"
_TASK_AT_RISK = "the price of the task, unless it was given back"

FINDINGS: tuple[Row, ...] = (
    Row(
        code="resubmitted_paid_job",
        level=Level.FAIL,
        find=paying.resubmitted_paid_job,
        title="A paid job was submitted again",
        rule="the same body is submitted again within {PAID_AGAIN_WITHIN_S} s, when an equal task was accepted and "
        "left without an end or its picture: the last exchange about it (its submit, a poll, a download) had failed, "
        "was a poll that was refused, or was silent for {SILENCE_S} s by a fault; not after a 429 or 503, and not "
        "while others are at work on the same",
        why="A submit is charged when it is accepted. A poll that fails, or a reply that is lost, does not undo that.",
        advice="Retry the poll, not the submit. Keep id and polling_url, and resume; when the submit's own reply was "
        "lost, stop and let a person look before paying again.",
        cost="the price of each task paid again, unless it was given back",
        source="DOCS-BILL, GUIDE",
    ),
    Row(
        code="moderation_not_terminal",
        level=Level.FAIL,
        find=polling.moderation_not_terminal,
        title="A moderated task was polled on",
        rule="more than {POLLS_AFTER_THE_END} poll after 'Request Moderated' or 'Content Moderated' was seen, and one "
        "for each more that watched the task before; one that comes {RESUMED_AFTER_S} s later resumes",
        why="Moderation is an end: no picture will come, whoever waits for it waits in vain and learns no reason.",
        advice="Stop at 'Request Moderated' and 'Content Moderated', and show what `details` says.",
        cost="no credits: a moderated task is given back; what is lost is time",
        source="OAS, DOCS-ERR",
    ),
    Row(
        code="poll_after_terminal",
        level=Level.FAIL,
        find=polling.poll_after_terminal,
        title="A task was polled after its end",
        rule="more than {POLLS_AFTER_THE_END} poll after 'Ready' or 'Error' was seen, but for those whose link is "
        "used, that renew a link or that resume {RESUMED_AFTER_S} s later; or more than {NOT_FOUND_POLLS} on "
        "'Task not found', more than one of them later than {NOT_FOUND_GRACE_S} s after the submit; as many more for "
        "each more that watched the task before",
        why="The client does not know the end when it sees it, and asks until its own limit.",
        advice="Stop at 'Ready', 'Error' and, after a short grace for a new task, at 'Task not found'.",
        cost=_FREE_POLLS,
        source="OAS, HELP-FAIL",
    ),
    Row(
        code="unknown_status_unbounded",
        level=Level.FAIL,
        find=polling.unknown_status_unbounded,
        title="An unknown status was waited on without end",
        rule="over {UNKNOWN_WORD_S} s or {UNKNOWN_WORD_POLLS} polls of one task on one status word that no document "
        "names",
        why="New words did appear, so waiting is right; but a word that means the end is then waited on for ever.",
        advice="Give every wait a deadline, and name the unknown word in the error that it raises.",
        cost=_TASK_AT_RISK,
        source="KAIBO, PROBE",
    ),
    Row(
        code="download_after_expiry",
        level=Level.FAIL,
        find=delivering.download_after_expiry,
        title="A picture was asked for after its link had expired",
        rule="a download is refused because its URL had expired, and no poll follows it, or a refusal before it, "
        "that would renew it",
        why="A sample URL lives ten minutes. After that the delivery host answers XML, and the paid picture is lost.",
        advice="Download at once and keep the picture, not its URL; at a 403 poll once more for a newly signed one.",
        cost="the price of the task, unless its picture was fetched before",
        source="CASS, DOCS-INT, AZURE",
    ),
    Row(
        code="zero_sleep_polling",
        level=Level.FAIL,
        find=polling.zero_sleep_polling,
        title="A task was polled without any pause",
        rule="at least {NO_SLEEP_SHARE} of the pauses between an answer and the next poll of the task are under "
        "{NO_SLEEP_S} s, of at least {GAPS_TO_JUDGE}",
        why="A loop without sleep is hundreds of requests a second: it takes the account to the limit of polls.",
        advice="Sleep between polls: 0.5 s, growing to a few seconds.",
        cost=_FREE_POLLS,
        source="DOCS-GEN, CASS",
    ),
    Row(
        code="retry_after_ignored",
        level=Level.FAIL,
        find=retrying.retry_after_ignored,
        title="Retry-After was not waited for",
        rule="the same request comes again before the Retry-After of its {RETRY_AFTER_STATUSES} is over, "
        "{RETRY_AFTER_TOLERANCE_S} s of tolerance; never judged on a 200",
        why="Whoever comes too early is refused again, and counts as one who cannot be slowed down.",
        advice="Wait for the whole Retry-After (seconds, or a date); if that is too long, give up with an error.",
        cost=_FREE_REFUSALS,
        source="GUIDE",
    ),
    Row(
        code="no_backoff",
        level=Level.FAIL,
        find=retrying.no_backoff,
        title="Failures were retried without a pause",
        rule="{RETRIES_WITHOUT_PAUSE} retries in a row, each within {PAUSE_S} s of a failure that names no Retry-After "
        "(no answer, a broken one, 408, 425, a poll's 429, 5xx, any refusal of a download)",
        why="A service that fails is hit hardest when it can bear it least, and all tries are spent within its outage.",
        advice="Back off: wait longer after each failure, with jitter.",
        cost=_FREE_REFUSALS,
        source="GUIDE",
    ),
    Row(
        code="retried_non_retryable",
        level=Level.FAIL,
        find=retrying.retried_non_retryable,
        title="A refusal was taken for bad weather",
        rule="the same request again within {REFUSED_AGAIN_WITHIN_S} s of a refusal ({NOT_RETRYABLE}), and refused "
        "alike unless the first was scripted; not downloads, not 'Task not found', and not what may be of several "
        "callers, because some overlap and all come within {SIDE_BY_SIDE_S} s of each other",
        why="The same key, the same balance and the same body are refused again, as often as they are sent.",
        advice="Raise an error that shows `detail`, and let the caller correct the request, the key or the balance.",
        cost=_FREE_REFUSALS,
        source="GUIDE, DOCS-ERR",
    ),
    Row(
        code="over_concurrency",
        level=Level.FAIL,
        find=retrying.over_concurrency,
        title="A full account was hammered",
        rule="the same submit is refused with 429 {REFUSALS_WITHOUT_PAUSE} times, each within {PAUSE_S} s of the "
        "refusal before; or so are {REFUSALS_IN_A_ROW} submits of any bodies in a row, one after the other, of which "
        "none comes back after a wait of {CAME_BACK_AFTER_S} s",
        why="Slots become free when tasks end, which takes seconds; until then every submit is refused.",
        advice="Keep at most 24 tasks active (6 of flux-kontext-max), and after a 429 wait until one has ended.",
        cost=_FREE_REFUSALS,
        source="HELP-CONC, GUIDE",
    ),
    Row(
        code="polling_url_ignored",
        level=Level.FAIL,
        find=hosts.polling_url_ignored,
        title="The polling_url was not followed",
        rule="a task is polled at another origin than that of its polling_url, or of a redirect from there",
        why="The polling_url names the cluster that has the task; another one may not know it, and it is lost.",
        advice="Poll the polling_url as it came; build no URL from the id.",
        cost=_TASK_AT_RISK,
        source="WIRE, LIVE-UPS, DOCS-GEN",
        unseen=hosts.why_polling_is_unseen,
    ),
    Row(
        code="key_sent_to_foreign_host",
        level=Level.FAIL,
        find=hosts.key_sent_to_foreign_host,
        title="The API key went to a foreign host",
        rule="a request with x-key goes to an origin that a sample or a redirect led to, and that is neither one that "
        "the client chose nor that of a polling_url",
        why="Whoever runs that host can spend the balance.",
        advice="Send x-key to the API and the polling_url alone: not to sample URLs, and not after redirects.",
        cost="no credits by itself: the whole balance is at risk",
        source="VERCEL, PROBE",
        unseen=hosts.why_key_is_unseen,
    ),
    Row(
        code="result_never_fetched",
        level=Level.WARN,
        find=delivering.result_never_fetched,
        title="A ready picture was never fetched",
        rule="'Ready' was seen by a poll, and the picture was never asked for",
        why="The picture was paid for, and its link dies ten minutes later.",
        advice="Download the sample as soon as it is ready; hand over the picture, not its URL.",
        cost="the price of the task",
        source="CASS, DOCS-INT",
    ),
    Row(
        code="webhook_slow_or_rejected",
        level=Level.WARN,
        find=delivering.webhook_slow_or_rejected,
        title="Webhooks were refused, or answered too late",
        rule="a delivery is answered 3xx or 4xx, not answered within {WEBHOOK_ANSWER_S} s, or abandoned; not if the "
        "receiver was down for a moment",
        why="A delivery is tried four times in all and then abandoned; who only waits for webhooks never hears of it.",
        advice="Answer 2xx at once and work afterwards; verify the signature over the raw body; poll as a fallback.",
        cost="the price of the task, if its final event was abandoned and its end was not seen by a poll either",
        source="GUIDE",
    ),
    Row(
        code="polled_too_fast",
        level=Level.WARN,
        find=polling.polled_too_fast,
        title="A task was polled too often",
        rule="the median gap from one poll of the task to the next is under {POLL_GAP_S} s, over at least "
        "{GAPS_TO_JUDGE}, where it is not zero_sleep_polling",
        why="A task takes seconds; asking more often brings nothing sooner.",
        advice="Wait 0.5 s between polls, growing to a few seconds.",
        cost=_FREE_POLLS,
        source="DOCS-GEN",
    ),
    Row(
        code="guide_only_path",
        level=Level.WARN,
        find=delivering.guide_only_path,
        title="A path was used that the guide alone names",
        rule="a submit to a path that the guide names and the OpenAPI does not",
        why="The mock serves both documents' paths; whether the API has this one is not certain.",
        advice="Use the path that the OpenAPI names, or try this one once against the API.",
        cost="no credits: it may not work at all",
        source="GUIDE, OAS",
    ),
)
