"""What the client decides about each outcome: the tables at the head of `_policy`, row by row, and their laws."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bfl_client as bfl
from bfl_client._pacing import Pacing
from bfl_client._policy import (
    Accepted,
    Again,
    Answered,
    Finished,
    Renew,
    Stop,
    Turn,
    Unfit,
    first_poll_wait_s,
    judge_download,
    judge_poll,
    judge_read,
    judge_submit,
    seen,
)
from bfl_client._replies import Fault, FaultKind, Outcome, Reply, Snapshot, Ticket

FALLBACK = "https://api.bfl.ai/v1/get_result?id="
TICKET = Ticket(id="t1", polling_url="https://api.eu2.bfl.ai/v1/get_result?id=t1", cost=3.0)
LOST = Fault(FaultKind.LOST, "ReadTimeout")
NOT_SENT = Fault(FaultKind.NOT_SENT, "ConnectTimeout")
UNUSABLE = Fault(FaultKind.UNUSABLE, "InvalidURL")
TASK = {"id": "t1", "polling_url": TICKET.polling_url, "cost": 7.000000000000001, "input_mp": 0.0, "output_mp": 0.06}


def reply(status_code: int, document: object = None, **headers: str) -> Reply:
    body = b"" if document is None else json.dumps(document).encode()
    return Reply(status_code, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def turn(
    *,
    remaining_s: float = 300.0,
    failures: int = 0,
    polls: int = 0,
    age_s: float | None = None,
    seed: int = 1,
    epoch_s: float = 0.0,
) -> Turn:
    return Turn(
        remaining_s=remaining_s,
        rng=random.Random(seed),
        failures=failures,
        polls=polls,
        age_s=age_s,
        epoch_s=epoch_s,
        pacing=Pacing(),
    )


def submit(outcome: Outcome, moment: Turn | None = None) -> Accepted | Again | Stop:
    return judge_submit(outcome, turn=moment or turn(), fallback_url=FALLBACK)


def poll(outcome: Outcome, moment: Turn | None = None) -> Finished | Again | Stop:
    return judge_poll(outcome, ticket=TICKET, turn=moment or turn())


def error_of(decision: object) -> bfl.BFLError:
    assert isinstance(decision, Stop)
    return decision.error


class TestSubmit:
    def test_a_reply_that_names_a_task_is_an_acceptance(self) -> None:
        decision = submit(reply(200, TASK))
        assert decision == Accepted(Ticket("t1", TICKET.polling_url, 7.000000000000001, 0.0, 0.06))

    def test_a_webhook_reply_without_polling_url_gets_the_one_the_api_would_have(self) -> None:
        decision = submit(reply(200, {"id": "a b", "status": "Pending", "webhook_url": "https://x.example"}))
        assert isinstance(decision, Accepted)
        assert decision.ticket.polling_url == FALLBACK + "a%20b"

    @pytest.mark.parametrize(
        ("status", "document", "kind"),
        [
            (400, {"error": "validation_error", "message": "Invalid request parameters"}, bfl.InvalidRequest),
            (400, {"error": "content_policy_violation", "message": "no"}, bfl.Moderated),
            (401, {"error": "invalid_api_key"}, bfl.AuthenticationFailed),
            (402, {"detail": "Insufficient credits"}, bfl.InsufficientCredits),
            (403, {"detail": "Not authenticated"}, bfl.AuthenticationFailed),
            (404, {"detail": "Not Found"}, bfl.UnknownModel),
            (405, {"detail": "Method Not Allowed"}, bfl.InvalidRequest),
            (413, None, bfl.InvalidRequest),
            (422, {"detail": "Invalid API key format"}, bfl.AuthenticationFailed),
            (422, {"detail": [{"loc": ["body", "prompt"], "msg": "no api key here", "type": "x"}]}, bfl.InvalidRequest),
            (422, {"detail": "width too small"}, bfl.InvalidRequest),
            (307, None, bfl.ConfigurationError),
        ],
    )
    def test_a_refusal_is_never_sent_again(self, status: int, document: object, kind: type[bfl.BFLError]) -> None:
        error = error_of(submit(reply(status, document)))
        assert type(error) is kind
        assert error.status_code == status

    @pytest.mark.parametrize(
        "outcome",
        [
            LOST,
            reply(200),
            reply(200, {"detail": "?"}),
            reply(200, {"id": 7}),
            reply(202, []),
            reply(303),
            reply(408),
            reply(425),
            reply(500, {"detail": "Internal Server Error"}),
            reply(502),
            reply(504),
        ],
        ids=repr,
    )
    def test_what_may_have_been_accepted_is_an_unknown_outcome(self, outcome: Outcome) -> None:
        assert type(error_of(submit(outcome))) is bfl.UnknownOutcome

    def test_an_acceptance_that_broke_off_still_yields_its_id(self) -> None:
        broken = Reply(
            200, {}, b'{"id":"t1","polling_url":"https://api.eu2.bfl.ai/v1/get_result?id=t1","co', is_complete=False
        )
        error = error_of(submit(broken))
        assert (error.task_id, error.polling_url) == ("t1", TICKET.polling_url)

    def test_a_429_without_retry_after_waits_at_least_the_guides_five_seconds(self) -> None:
        decision = submit(reply(429, {"detail": "Too many active tasks"}))
        assert isinstance(decision, Again)
        assert 5.0 <= decision.wait_s <= 5.5

    def test_a_429_goes_on_until_the_deadline_however_often_it_comes(self) -> None:
        assert isinstance(submit(reply(429), turn(failures=500)), Again)

    def test_a_429_that_would_outlast_the_deadline_is_raised_at_once(self) -> None:
        error = error_of(submit(reply(429, None, retry_after="20"), turn(remaining_s=19)))
        assert isinstance(error, bfl.RateLimited)
        assert error.retry_after_s == 20

    def test_a_retry_after_above_the_cap_is_an_error_that_holds_the_wait(self) -> None:
        error = error_of(submit(reply(503, None, retry_after="3600"), turn(remaining_s=1e6)))
        assert isinstance(error, bfl.Unavailable)
        assert error.retry_after_s == 3600

    def test_a_retry_after_of_zero_is_no_leave_to_hammer(self) -> None:
        decision = submit(reply(429, None, retry_after="0"))
        assert isinstance(decision, Again)
        assert decision.wait_s >= 0.5

    @pytest.mark.parametrize("outcome", [NOT_SENT, reply(503)], ids=repr)
    def test_an_api_that_is_not_there_is_tried_a_few_times(self, outcome: Outcome) -> None:
        assert isinstance(submit(outcome, turn(failures=4)), Again)
        assert isinstance(error_of(submit(outcome, turn(failures=5))), bfl.Unavailable)

    def test_a_url_that_cannot_be_asked_is_a_matter_of_set_up(self) -> None:
        assert type(error_of(submit(UNUSABLE))) is bfl.ConfigurationError


class TestPoll:
    def test_ready_with_a_sample_is_the_end(self) -> None:
        decision = poll(reply(200, {"status": "Ready", "result": {"sample": "https://x/y"}}))
        assert isinstance(decision, Finished)
        assert decision.sample == "https://x/y"

    @pytest.mark.parametrize("result", [None, {}, {"sample": None}, {"sample": ""}, "https://x/y", []])
    def test_ready_without_a_sample_keeps_the_body_in_the_error(self, result: object) -> None:
        error = error_of(poll(reply(200, {"status": "Ready", "result": result})))
        assert isinstance(error, bfl.UnreadableResult)
        assert error.body == {"status": "Ready", "result": result}

    @pytest.mark.parametrize(
        ("document", "kind"),
        [
            ({"status": "Request Moderated"}, bfl.RequestModerated),
            ({"status": "Content Moderated"}, bfl.ContentModerated),
            ({"status": "Error", "details": {"reason": "x"}}, bfl.GenerationFailed),
            ({"status": "Failed"}, bfl.GenerationFailed),
            ({"status": "Error", "error": "content_policy_violation", "message": "m"}, bfl.Moderated),
            ({"status": "Task not found"}, bfl.TaskNotFound),
        ],
    )
    def test_a_terminal_status_is_a_typed_error_that_names_the_task(
        self, document: dict[str, object], kind: type[bfl.BFLError]
    ) -> None:
        error = error_of(poll(reply(200, document)))
        assert type(error) is kind
        assert (error.task_id, error.polling_url, error.cost_credits) == ("t1", TICKET.polling_url, 3.0)

    def test_the_reasons_of_a_moderation_are_shown(self) -> None:
        details = {"Moderation Reasons": ["Derivative Works Filter", "Violence"]}
        error = error_of(poll(reply(200, {"status": "Request Moderated", "details": details})))
        assert error.reasons == ("Derivative Works Filter", "Violence")
        assert "Derivative Works Filter, Violence" in str(error)

    def test_a_settled_cost_replaces_the_quoted_one(self) -> None:
        assert error_of(poll(reply(200, {"status": "Error", "cost": 0.0}))).cost_credits == 0.0

    @pytest.mark.parametrize("http_status", [200, 404])
    def test_task_not_found_is_forgiven_right_after_the_submit(self, http_status: int) -> None:
        missing = reply(http_status, {"id": "t1", "status": "Task not found"})
        assert isinstance(poll(missing, turn(age_s=9.9)), Again)
        assert isinstance(error_of(poll(missing, turn(age_s=10.0))), bfl.TaskNotFound)

    def test_a_resumed_task_has_no_grace(self) -> None:
        assert isinstance(error_of(poll(reply(404, {"detail": "Not Found"}))), bfl.TaskNotFound)

    @pytest.mark.parametrize("word", ["Pending", "Reasoning", "Generating"])
    def test_a_known_word_in_progress_is_not_warned_of(self, word: str) -> None:
        decision = poll(reply(200, {"status": word}))
        assert isinstance(decision, Again)
        assert decision.unknown_status is None

    def test_an_unknown_word_keeps_polling_and_is_named(self) -> None:
        decision = poll(reply(200, {"status": "Dreaming"}))
        assert isinstance(decision, Again)
        assert decision.unknown_status == "Dreaming"

    def test_a_failed_poll_names_no_unknown_word(self) -> None:
        decision = poll(LOST)
        assert isinstance(decision, Again)
        assert decision.unknown_status is None

    def test_the_retry_after_of_a_200_is_no_polling_advice(self) -> None:
        decision = poll(reply(200, {"status": "Pending"}, retry_after="50"))
        assert isinstance(decision, Again)
        assert decision.wait_s < 1

    def test_the_first_pause_is_half_a_second_and_later_ones_a_few(self) -> None:
        pending = reply(200, {"status": "Pending"})
        first, late = poll(pending, turn(polls=0)), poll(pending, turn(polls=10_000))
        assert isinstance(first, Again)
        assert isinstance(late, Again)
        assert 0.5 <= first.wait_s <= 0.55
        assert 3.0 <= late.wait_s <= 3.3

    def test_the_last_pause_ends_at_the_deadline(self) -> None:
        decision = poll(reply(200, {"status": "Pending"}), turn(polls=20, remaining_s=0.25))
        assert isinstance(decision, Again)
        assert decision.wait_s == 0.25

    @pytest.mark.parametrize("outcome", [reply(200, {"status": "Pending"}), LOST, reply(500)], ids=repr)
    def test_past_the_deadline_the_error_says_that_the_task_may_still_finish(self, outcome: Outcome) -> None:
        error = error_of(poll(outcome, turn(remaining_s=0)))
        assert isinstance(error, bfl.DeadlineExceeded)
        assert "accepted and billed and may still finish" in str(error)
        assert (error.task_id, error.polling_url) == ("t1", TICKET.polling_url)

    @pytest.mark.parametrize(
        "outcome",
        [
            LOST,
            NOT_SENT,
            reply(200),
            reply(200, {"status": 1}),
            reply(202),
            reply(408),
            reply(425),
            reply(500),
            reply(503),
        ],
        ids=repr,
    )
    def test_a_failed_poll_is_repeated_for_as_long_as_there_is_time(self, outcome: Outcome) -> None:
        assert isinstance(poll(outcome, turn(failures=10_000)), Again)

    def test_a_429_on_a_poll_is_waited_for(self) -> None:
        decision = poll(reply(429, None, retry_after="7"))
        assert isinstance(decision, Again)
        assert decision.wait_s >= 7

    def test_a_wait_that_ends_after_the_deadline_is_not_begun(self) -> None:
        error = error_of(poll(reply(429, None, retry_after="7"), turn(remaining_s=6)))
        assert isinstance(error, bfl.DeadlineExceeded)
        assert error.retry_after_s == 7

    def test_a_wait_above_the_cap_can_be_resumed_from(self) -> None:
        error = error_of(poll(reply(503, None, retry_after="61")))
        assert isinstance(error, bfl.PollingRefused)
        assert (error.retry_after_s, error.task_id) == (61, "t1")

    @pytest.mark.parametrize("outcome", [UNUSABLE, reply(302), reply(401), reply(403), reply(422)], ids=repr)
    def test_what_asking_again_does_not_cure_stops_the_polling_but_not_the_task(self, outcome: Outcome) -> None:
        error = error_of(poll(outcome))
        assert isinstance(error, bfl.PollingRefused)
        assert error.polling_url == TICKET.polling_url

    def test_a_5xx_with_a_status_word_is_still_a_failed_poll(self) -> None:
        assert seen(reply(500, {"status": "Error"})) is None

    def test_any_404_shows_a_task_that_is_not_there(self) -> None:
        assert seen(reply(404)) == Snapshot("Task not found")

    @pytest.mark.parametrize(("age_s", "wait_s"), [(None, 0.0), (0.0, 0.5), (0.375, 0.125), (9.0, 0.0)])
    def test_the_first_poll_comes_half_a_second_after_the_submit(self, age_s: float | None, wait_s: float) -> None:
        assert first_poll_wait_s(turn=turn(age_s=age_s)) == wait_s


class TestRead:
    def test_an_answer_is_handed_on(self) -> None:
        assert isinstance(judge_read(reply(200, {"credits": 1}), turn=turn()), Answered)

    @pytest.mark.parametrize("outcome", [LOST, NOT_SENT, reply(200), reply(429), reply(500)], ids=repr)
    def test_a_failure_is_repeated_a_few_times(self, outcome: Outcome) -> None:
        assert isinstance(judge_read(outcome, turn=turn(failures=4)), Again)
        assert isinstance(error_of(judge_read(outcome, turn=turn(failures=5))), bfl.Unavailable)

    @pytest.mark.parametrize(
        ("outcome", "kind"), [(UNUSABLE, bfl.ConfigurationError), (reply(403), bfl.AuthenticationFailed)], ids=repr
    )
    def test_a_refusal_is_raised_at_once(self, outcome: Outcome, kind: type[bfl.BFLError]) -> None:
        assert type(error_of(judge_read(outcome, turn=turn()))) is kind


class TestDownload:
    def judge(self, outcome: Outcome | Unfit, *, is_renewed: bool = False, failures: int = 0) -> Again | Renew | Stop:
        return judge_download(outcome, ticket=TICKET, turn=turn(failures=failures), is_renewed=is_renewed)

    @pytest.mark.parametrize("status", [403, 404, 410])
    def test_a_refused_url_is_renewed_once(self, status: int) -> None:
        assert self.judge(reply(status)) == Renew()
        assert type(error_of(self.judge(reply(status), is_renewed=True))) is bfl.SampleExpired

    def test_a_page_in_place_of_the_picture_is_renewed_once(self) -> None:
        page = Unfit("the content type is text/html", is_partial=False)
        assert self.judge(page) == Renew()
        assert type(error_of(self.judge(page, is_renewed=True))) is bfl.NotAnImage

    @pytest.mark.parametrize(
        ("outcome", "kind"),
        [
            (Unfit("cut", is_partial=True), bfl.NotAnImage),
            (LOST, bfl.DownloadFailed),
            (NOT_SENT, bfl.DownloadFailed),
            (reply(500), bfl.DownloadFailed),
            (reply(429), bfl.DownloadFailed),
        ],
        ids=repr,
    )
    def test_what_failed_for_the_moment_is_fetched_again_a_few_times(
        self, outcome: Outcome | Unfit, kind: type[bfl.BFLError]
    ) -> None:
        assert isinstance(self.judge(outcome, failures=4), Again)
        assert type(error_of(self.judge(outcome, failures=5))) is kind

    @pytest.mark.parametrize("outcome", [UNUSABLE, reply(400), reply(302)], ids=repr)
    def test_what_fetching_again_does_not_cure_is_raised_with_the_polling_url(self, outcome: Outcome) -> None:
        error = error_of(self.judge(outcome))
        assert type(error) is bfl.DownloadFailed
        assert error.polling_url == TICKET.polling_url


# ---------------------------------------------------------------------------------------------------------------- laws

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
documents = st.dictionaries(
    st.sampled_from(
        [
            "id",
            "polling_url",
            "status",
            "result",
            "details",
            "detail",
            "error",
            "message",
            "cost",
            "progress",
            "retry_after",
        ]
    ),
    json_values
    | st.sampled_from(["t1", "Ready", "Pending", "Error", "Task not found", "Request Moderated"])
    | st.just({"sample": "https://x/y"}),
)
bodies = (documents | json_values).map(lambda document: json.dumps(document).encode()) | st.binary(max_size=60)
retry_afters = st.sampled_from(
    ["0", "1", "30", "3600", "0.5", "-1", "nan", "inf", "soon", "9" * 400, "Wed, 21 Oct 2026 07:28:00 GMT", ""]
) | st.integers(0, 10**6).map(str)
replies = st.builds(
    Reply,
    st.integers(200, 599),
    st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "date"]), retry_afters),
    bodies,
    st.booleans(),
)
outcomes = replies | st.sampled_from([LOST, NOT_SENT, UNUSABLE])
turns = st.builds(
    turn,
    remaining_s=st.floats(-10, 1e6),
    failures=st.integers(0, 10**6),
    polls=st.integers(0, 10**6),
    age_s=st.none() | st.floats(0, 1e6),
    seed=st.integers(0, 2**32),
    epoch_s=st.floats(0, 2e9),
)


@given(outcome=outcomes, moment=turns)
def test_a_submit_is_repeated_only_after_a_429_a_503_or_no_connection(outcome: Outcome, moment: Turn) -> None:
    decision = submit(outcome, moment)
    if isinstance(decision, Again):
        assert outcome == NOT_SENT or (isinstance(outcome, Reply) and outcome.status_code in {429, 503})


@given(outcome=outcomes, moment=turns)
def test_a_submit_that_may_have_been_accepted_is_reported_so(outcome: Outcome, moment: Turn) -> None:
    decision = submit(outcome, moment)
    certainly_refused = (
        outcome in {NOT_SENT, UNUSABLE}
        if isinstance(outcome, Fault)
        else outcome.status_code == 503
        or (300 <= outcome.status_code < 500 and outcome.status_code not in {303, 408, 425})
    )
    if isinstance(decision, Stop) and not certainly_refused:
        assert isinstance(decision.error, bfl.UnknownOutcome)


@given(seconds=st.integers(0, 10**6), status=st.sampled_from([429, 503, 500, 408]), moment=turns)
def test_nothing_is_repeated_before_the_retry_after_has_passed(seconds: int, status: int, moment: Turn) -> None:
    asked = reply(status, None, retry_after=str(seconds))
    for decision in (submit(asked, moment), poll(asked, moment), judge_read(asked, turn=moment)):
        if isinstance(decision, Again):
            assert decision.wait_s >= seconds
            assert seconds <= Pacing().retry_after_cap_s


@given(outcome=outcomes, moment=turns)
def test_no_pause_is_negative_or_outlasts_the_deadline(outcome: Outcome, moment: Turn) -> None:
    for decision in (submit(outcome, moment), poll(outcome, moment), judge_read(outcome, turn=moment)):
        if isinstance(decision, Again):
            assert 0 <= decision.wait_s <= max(0.0, moment.remaining_s)


@given(outcome=outcomes, moment=turns)
def test_a_failed_poll_is_never_repeated_at_once_while_there_is_time(outcome: Outcome, moment: Turn) -> None:
    decision = poll(outcome, moment)
    if isinstance(decision, Again) and moment.remaining_s >= 0.5:
        assert decision.wait_s >= 0.5


@given(outcome=outcomes, moment=turns)
def test_after_acceptance_every_error_carries_the_task(outcome: Outcome, moment: Turn) -> None:
    stops = [poll(outcome, moment), judge_download(outcome, ticket=TICKET, turn=moment, is_renewed=True)]
    for decision in stops:
        if isinstance(decision, Stop):
            assert isinstance(decision.error, (bfl.TaskFailed, bfl.TaskUnfinished, bfl.DownloadFailed))
            assert (decision.error.task_id, decision.error.polling_url) == ("t1", TICKET.polling_url)
