"""The main job: submit a task, poll it."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import assert_never

from mock_bfl.contract import MODELS_BY_SLUG, Model, endpoints, headers, statuses
from mock_bfl.contract.regions import FINETUNED_SLUGS
from mock_bfl.core import bodies, delivery, ledger, rate
from mock_bfl.core.admission import Admitted, NoCredits, NoSlot
from mock_bfl.core.body import Fault, Malformed, Unreadable, decode
from mock_bfl.core.keys import KeyRefused
from mock_bfl.core.order import Order, TooLarge
from mock_bfl.core.refusals import refuse, refuse_faults, refuse_key, refuse_unreadable
from mock_bfl.core.region import with_finetune_note
from mock_bfl.core.reply import Headers, Reply, json_reply
from mock_bfl.core.request import Invalid
from mock_bfl.core.task import Task, is_visible
from mock_bfl.core.webhook_script import idle_instructions

from .call import Call
from .context import Context
from .references import References
from .regions import Regions
from .scripts import with_outcome
from .ticks import tick
from .webhooks import Webhooks, webhook_note, with_checked_webhook


class Generation:
    """Submits and polls of one mock."""

    def __init__(self, context: Context, *, references: References) -> None:
        self._context = context
        self._references = references
        self._regions = Regions(context)
        self._webhooks = Webhooks(context)

    def submit(self, slug: str, call: Call) -> Reply:
        """Answer a POST to a model: an accepted task, or the first rung at which it fell.

        The order is the framework's: unreadable body, key, fields; then credits, then slots (ASSUMED).
        [PROBE, FASTAPI]
        """
        context, model = self._context, MODELS_BY_SLUG[slug]
        down = self._regions.refusal(call)
        if down is not None:
            return down
        body = decode(call.body, call.content_type)
        if isinstance(body, Unreadable):
            return refuse_unreadable(body, dialect=context.dialect, headers=context.headers(None))
        if isinstance(body, Malformed):
            return refuse_faults((body.fault,), dialect=context.dialect, headers=context.headers(None))
        order = with_outcome(self._references.read_order(body, model=model, call=call), call)
        order = with_checked_webhook(order, dialect=context.dialect)
        with context.store.transaction():
            reply = self._enter(order, call)
        if isinstance(order, Order) and order.webhook_url is not None and reply.task_id is not None:
            self._webhooks.deliver_before_reply(reply.task_id)
        return reply

    def _enter(self, order: Order | Invalid | TooLarge, call: Call) -> Reply:
        context = self._context
        entered = context.enter(call.key)
        if isinstance(entered, KeyRefused):
            return refuse_key(entered, dialect=context.dialect, headers=context.headers(None))
        if not isinstance(order, Order):
            return self._unreadable_order(order, entered.account)
        return self._place(order, account=entered.account, call=call)

    def _unreadable_order(self, order: Invalid | TooLarge, account: str) -> Reply:
        dialect, shown = self._context.dialect, self._context.headers(account)
        if isinstance(order, TooLarge):
            return refuse("image_too_large", 400, dialect=dialect, why=order.reason, headers=shown, account=account)
        return refuse_faults(order.faults, dialect=dialect, headers=shown, account=account)

    def _place(self, order: Order, *, account: str, call: Call) -> Reply:
        placed = self._decide(order, account, call)
        match placed:
            case Task():
                accepted = self._accepted(placed, order, origin=self._regions.public_origin(call))
                is_finetuned = placed.slug in FINETUNED_SLUGS.value
                return with_finetune_note(accepted, origin=call.origin) if is_finetuned else accepted
            case NoCredits():
                return self._refused(placed, "insufficient_credits", 402, account)
            case NoSlot():
                return self._refused(placed, "too_many_tasks", 429, account)
            case _:
                assert_never(placed)

    def _decide(self, order: Order, account: str, call: Call) -> Task | NoCredits | NoSlot:
        """Admit and write the task, or say why not."""
        context, store, rules = self._context, self._context.store, self._context.rules
        now_ms = context.now_ms(account)
        quote = rules.quote(
            order.model, width_px=order.width_px, height_px=order.height_px, reference_px=order.reference_px
        )
        verdict = rules.admit(
            order.model,
            quote=quote,
            balance=store.balance(account, now_ms=now_ms),
            active=store.active_tasks(account, now_ms=now_ms),
            allowance=store.allowance(account),
            now_ms=now_ms,
        )
        if not isinstance(verdict, Admitted):
            return verdict
        task = rules.plan(
            order,
            quote,
            account=account,
            now_ms=now_ms,
            rng=Random(f"{context.setup.seed}/{account}/{store.tasks_created(account)}"),
            dialect=context.dialect,
            latency=context.setup.latency,
            polling_origins=self._regions.polling_origins(call, account=account),
            origin=self._regions.public_origin(call),
        )
        charge = ledger.charged(task.id, quote.credits, now_ms=now_ms)
        store.add_task(task, (charge, *_refund(task, at_ms=task.settles_at_ms)))
        self._webhooks.post(task)
        return task

    def _accepted(self, task: Task, order: Order, *, origin: str) -> Reply:
        context = self._context
        polling_url = f"{task.polling_origin or origin}{endpoints.GET_RESULT.path}?id={task.id}"
        body = context.rules.submit_body(task, polling_url=polling_url, dialect=context.dialect)
        return json_reply(
            200,
            body,
            headers=context.headers(task.account, task_id=task.id),
            account=task.account,
            task_id=task.id,
            cost_credits=task.quote.credits,
            why=_why_it_ends(order),
            notes=(*_notes(order.model, task), *order.notes),
            slug=task.slug,
            leads_to=polling_url if "polling_url" in body else None,
        )

    def _refused(self, verdict: NoCredits | NoSlot, error: str, status: int, account: str) -> Reply:
        dialect = self._context.dialect
        shown = self._context.headers(account)
        if status == 429 and dialect.over_limit_retry_after_s is not None:
            shown = (*shown, (headers.RETRY_AFTER.value, str(dialect.over_limit_retry_after_s)))
        return refuse(error, status, dialect=dialect, why=verdict.why(), headers=shown, account=account)

    def result(self, call: Call) -> Reply:
        """Answer GET /v1/get_result. Unless the dialect demands a key none is looked at: the id leads to the account.

        [OAS: no security on this route; three known clients poll without a key]
        """
        down = self._regions.refusal(call)
        if down is not None:
            return down
        with self._context.store.transaction():
            tick(self._context, call.query.get("id"))
            return self._result(call)

    def _result(self, call: Call) -> Reply:
        context = self._context
        if context.dialect.poll_needs_key:
            entered = context.enter(call.key)
            if isinstance(entered, KeyRefused):
                return refuse_key(entered, dialect=context.dialect, headers=self._poll_headers(None))
        task_id = call.query.get("id")
        if task_id is None:
            fault = Fault("missing", ("query", "id"), "Field required", None)
            return refuse_faults((fault,), dialect=context.dialect, headers=self._poll_headers(None))
        task = context.store.task(task_id)
        if task is None:
            return self._not_found(task_id, account=None)
        elsewhere = self._regions.why_elsewhere(task, call)
        if elsewhere is not None:
            return self._not_found(task_id, account=task.account, why=elsewhere)
        return self._polled(task, origin=self._regions.public_origin(call))

    def _polled(self, task: Task, *, origin: str) -> Reply:
        context = self._context
        now_ms = context.now_ms(task.account)
        polls = 0
        if task.settles_after_polls is not None and is_visible(task, now_ms=now_ms):
            polls = context.store.count_poll(task.id)
            task = self._settled_by_poll(task, polls=polls + 1, now_ms=now_ms)
        seen = context.rules.observe(task, now_ms=now_ms, polls=polls)
        if seen.status == statuses.TASK_NOT_FOUND:
            why = None if seen.is_settled else "A directive (grace) says that this task is found a moment later."
            return self._not_found(task.id, account=task.account, why=why)
        sample_url = self._sample_url(task, origin, now_ms) if seen.status == statuses.READY else None
        body = context.rules.poll_body(task, seen, sample_url=sample_url, dialect=context.dialect)
        return json_reply(
            200,
            body,
            headers=self._poll_headers(task.account),
            account=task.account,
            task_id=task.id,
            status_word=str(body["status"]),
            slug=task.slug,
            leads_to=sample_url,
        )

    def _settled_by_poll(self, task: Task, *, polls: int, now_ms: int) -> Task:
        if task.settles_after_polls is None or polls < task.settles_after_polls:
            return task
        settled = self._context.store.settle(task.id, at_ms=now_ms, entries=_refund(task, at_ms=now_ms))
        if task.settles_at_ms is None:
            self._webhooks.post(settled)
        return settled

    def _sample_url(self, task: Task, origin: str, now_ms: int) -> str:
        context = self._context
        end_ms = context.rules.expires_at_ms(task, now_ms=now_ms, dialect=context.dialect)
        return delivery.signed_url(task, origin=origin, expires_at_ms=end_ms, secret=context.setup.signing_secret)

    def _not_found(self, task_id: str, *, account: str | None, why: str | None = None) -> Reply:
        dialect = self._context.dialect
        why = why or "A directive in its prompt says that this task is not found."
        if account is None:
            why = "No task of this id is known here: a typing error, another server or region, or a reset since."
        shown = self._poll_headers(account)
        if dialect.error_envelope == "guide":
            status = dialect.task_not_found_status
            refusal = refuse("task_not_found", status, dialect=dialect, why=why, headers=shown, account=account)
            return replace(refusal, task_id=_encodable(task_id), status_word=statuses.TASK_NOT_FOUND)
        body = bodies.not_found_body(_encodable(task_id))
        return json_reply(
            dialect.task_not_found_status,
            body,
            headers=shown,
            why=why,
            account=account,
            task_id=_encodable(task_id),
            status_word=statuses.TASK_NOT_FOUND,
        )

    def _poll_headers(self, account: str | None) -> Headers:
        context = self._context
        if context.dialect.rate_headers == "active_tasks":
            return headers.POLL_HEADERS.value + context.task_headers(account)
        real_ms = context.clock.real_ms()
        window = rate.count_poll(context.store.poll_window(account), real_ms=real_ms)
        context.store.set_poll_window(account, window)
        return headers.POLL_HEADERS.value + rate.poll_headers(
            window, real_ms=real_ms, now_ms=context.now_ms(account), retry_after=context.dialect.poll_retry_after
        )


def _refund(task: Task, *, at_ms: int | None) -> tuple[ledger.Entry, ...]:
    """Return the refund of a task that will not end Ready; none while its end is unknown."""
    if at_ms is None or not task.refund_credits:
        return ()
    return (ledger.refunded(task.id, task.refund_credits, at_ms=at_ms),)


def _notes(model: Model, task: Task) -> tuple[str, ...]:
    """Return what the journal should say beside an accepted submit."""
    path_note = () if len(model.named_by) > 1 else (f"path known to {model.named_by[0]} only",)
    given = (webhook_note(task),) if task.webhook_url else ()
    idle = idle_instructions(task.webhook, has_url=bool(task.webhook_url), has_secret=bool(task.webhook_secret))
    return (*path_note, *given, *idle)


def _why_it_ends(order: Order) -> str | None:
    """Say of an accepted submit what is wrong with its images, and how the task will end for it."""
    if not order.bad_images:
        return None
    return f"{' '.join(order.bad_images)} The task will end in {order.scenario.final_status}."


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
