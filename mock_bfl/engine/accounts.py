"""What an account can ask about itself: credits, finetunes, licence usage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from mock_bfl.contract import endpoints
from mock_bfl.contract.errors import UNSUPPORTED_SLUG, USAGE_RECORDED
from mock_bfl.contract.fields import Field
from mock_bfl.core.body import Fault, Malformed, Unreadable, decode
from mock_bfl.core.keys import KeyRefused
from mock_bfl.core.refusals import refuse, refuse_faults, refuse_key, refuse_unreadable
from mock_bfl.core.region import with_finetune_note
from mock_bfl.core.reply import Reply, json_reply
from mock_bfl.core.request import Valid, check_fields, schema_of

from .call import Call
from .context import Context
from .regions import Regions


class Accounts:
    """The routes beside generation that need a key."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._regions = Regions(context)

    def credits(self, call: Call) -> Reply:
        """Answer GET /v1/credits with the balance in effect now.  [OAS]"""
        return self._with_account(call, self._balance)

    def _balance(self, account: str) -> Reply:
        context = self._context
        balance = context.store.balance(account, now_ms=context.now_ms(account))
        return self._ok(account, {"credits": float(balance)})

    def my_finetunes(self, call: Call) -> Reply:
        """Answer GET /v1/my_finetunes with the ids of the account's finetunes.  [OAS]"""
        reply = self._with_account(
            call, lambda account: self._ok(account, {"finetunes": list(self._context.store.finetunes(account))})
        )
        return with_finetune_note(reply, origin=call.origin)

    def finetune_details(self, call: Call) -> Reply:
        """Answer GET /v1/finetune_details; the keys inside `finetune_details` are not documented (ASSUMED).  [OAS]"""
        reply = self._with_account(call, lambda account: self._details(account, call.query.get("finetune_id")))
        return with_finetune_note(reply, origin=call.origin)

    def _details(self, account: str, finetune_id: str | None) -> Reply:
        if finetune_id is None:
            return self._invalid(account, (Fault("missing", ("query", "finetune_id"), "Field required", None),))
        if finetune_id not in self._context.store.finetunes(account):
            return self._no_finetune(account)
        details = {"finetune_id": finetune_id, "finetune_type": "lora", "mode": "general"}
        return self._ok(account, {"finetune_details": details})

    def delete_finetune(self, call: Call) -> Reply:
        """Answer POST /v1/delete_finetune: forgets the finetune.  [OAS; words of `status` and `message` ASSUMED]"""
        reply = self._with_body(call, endpoints.DELETE_FINETUNE.body, self._delete)
        return with_finetune_note(reply, origin=call.origin)

    def _delete(self, account: str, valid: Valid) -> Reply:
        finetune_id = valid.values["finetune_id"]
        if not self._context.store.delete_finetune(account, finetune_id):
            return self._no_finetune(account)
        now_ms = self._context.now_ms(account)
        body = {
            "status": "success",
            "message": "Finetune deleted",
            "deleted_finetune_id": finetune_id,
            "timestamp": datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(),
        }
        return self._ok(account, body)

    def licence_usage(self, slug: str, call: Call) -> Reply:
        """Answer POST /v1/licenses/models/{slug}/usage.  [DOCS-LIC]"""
        return self._with_body(call, endpoints.LICENCE_USAGE.body, lambda account, _: self._usage(account, slug))

    def _usage(self, account: str, slug: str) -> Reply:
        if slug in endpoints.LICENCE_SLUGS.value:
            return self._ok(account, {"message": USAGE_RECORDED.value})
        text = UNSUPPORTED_SLUG.value.format(slug=slug.encode("utf-8", "replace").decode())
        known = ", ".join(endpoints.LICENCE_SLUGS.value)
        return json_reply(
            400,
            {"detail": text},
            headers=self._context.headers(account),
            why=f"Known slugs: {known}.",
            account=account,
        )

    def _with_account(self, call: Call, answer: Callable[[str], Reply]) -> Reply:
        down = self._regions.refusal(call)
        return self._in_account(call, answer) if down is None else down

    def _in_account(self, call: Call, answer: Callable[[str], Reply]) -> Reply:
        with self._context.store.transaction():
            entered = self._context.enter(call.key)
            if isinstance(entered, KeyRefused):
                return refuse_key(entered, dialect=self._context.dialect, headers=self._context.headers(None))
            return answer(entered.account)

    def _with_body(self, call: Call, fields: tuple[Field, ...], answer: Callable[[str, Valid], Reply]) -> Reply:
        """Answer a POST in the framework's order: unreadable body, key, fields."""
        down = self._regions.refusal(call)
        if down is not None:
            return down
        body = decode(call.body, call.content_type)
        if isinstance(body, Unreadable):
            return refuse_unreadable(body, dialect=self._context.dialect, headers=self._context.headers(None))
        if isinstance(body, Malformed):
            return refuse_faults((body.fault,), dialect=self._context.dialect, headers=self._context.headers(None))
        checked = check_fields(body, schema_of("body", fields))

        def answer_checked(account: str) -> Reply:
            return answer(account, checked) if isinstance(checked, Valid) else self._invalid(account, checked.faults)

        return self._in_account(call, answer_checked)

    def _ok(self, account: str, body: dict[str, object]) -> Reply:
        return json_reply(200, body, headers=self._context.headers(account), account=account)

    def _invalid(self, account: str, faults: tuple[Fault, ...]) -> Reply:
        shown = self._context.headers(account)
        return refuse_faults(faults, dialect=self._context.dialect, headers=shown, account=account)

    def _no_finetune(self, account: str) -> Reply:
        owned = ", ".join(self._context.store.finetunes(account)) or "none"
        return refuse(
            "finetune_not_found",
            404,
            dialect=self._context.dialect,
            why=f"The account's finetunes are: {owned}.",
            headers=self._context.headers(account),
            account=account,
        )
