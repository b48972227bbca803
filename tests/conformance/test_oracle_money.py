"""The relation over prices, balances and slots."""

from __future__ import annotations

import pytest

from bfl_conformance.bodies import png
from bfl_conformance.observation import Json
from tests.conformance.seen import broken_laws, credits_seen, polled, ready, refused, submitted

COST = "cost-equals-the-price-list"
BALANCE = "balance-follows-from-what-was-accepted"
SLOT = "slot-is-free-when-a-task-settles"


# Both price columns of the guide's FLUX.2 rows, at one megapixel.  [GUIDE]
@pytest.mark.parametrize(
    ("model", "text_to_image", "image_to_image"),
    [
        ("flux-2-klein-4b", 1.4, 1.5),
        ("flux-2-klein-9b", 1.5, 1.7),
        ("flux-2-pro", 3.0, 4.5),
        ("flux-2-max", 7.0, 10.0),
        ("flux-2-flex", 5.0, 10.0),
    ],
)
def test_the_oracle_knows_the_guides_prices(model: str, text_to_image: float, image_to_image: float) -> None:
    request: dict[str, Json] = {"prompt": "x", "width": 1024, "height": 1024}
    edit = {**request, "input_image": png(1024, 1024)}
    assert COST not in broken_laws(submitted(model=model, request=request, cost=text_to_image))
    assert COST not in broken_laws(submitted(model=model, request=edit, cost=image_to_image, input_mp=1.0))
    assert COST in broken_laws(submitted(model=model, request=edit, cost=text_to_image, input_mp=1.0))


# What each size costs on flux-2-pro.  [CASS, YUTO, HK]
@pytest.mark.parametrize(
    ("width", "height", "cost", "output_mp"), [(256, 256, 3.0, 0.06), (65, 65, 3.0, 0.0), (1920, 1080, 4.5, 1.98)]
)
def test_the_oracle_knows_the_recorded_costs(width: int, height: int, cost: float, output_mp: float) -> None:
    request: dict[str, Json] = {"prompt": "x", "width": width, "height": height}
    assert broken_laws(submitted(request=request, cost=cost, output_mp=output_mp)) == []
    assert broken_laws(submitted(request=request, cost=cost + 1.5, output_mp=output_mp)) == [COST]


def test_a_decimal_megapixel_is_noticed() -> None:
    request: dict[str, Json] = {"prompt": "x", "width": 256, "height": 256}
    assert broken_laws(submitted(request=request, output_mp=0.07)) == ["megapixels-have-two-decimals"]


def test_seven_credits_are_not_a_round_seven_on_the_wire() -> None:
    assert broken_laws(submitted(model="flux-2-max", cost=7.000000000000001)) == []
    assert broken_laws(submitted(model="flux-2-max", cost=7.0)) == ["cost-is-dollars-times-100"]


def test_the_oracle_says_nothing_where_the_server_chooses_the_size() -> None:
    assert broken_laws(submitted(request={"prompt": "x"}, cost=99.0, output_mp=7.0)) == []


def test_the_oracle_says_nothing_of_a_reference_that_it_cannot_measure() -> None:
    request: dict[str, Json] = {"prompt": "x", "width": 1024, "height": 1024, "input_image": "https://a.example/b.jpg"}
    assert broken_laws(submitted(request=request, cost=99.0, input_mp=9.0)) == []


def test_flux_dev_shows_no_price() -> None:
    nothing = submitted(model="flux-dev", request={"prompt": "x"}, cost=None, input_mp=None, output_mp=None)
    assert broken_laws(nothing) == []
    shown = submitted(model="flux-dev", request={"prompt": "x"}, cost=2.5, input_mp=None, output_mp=None)
    assert broken_laws(shown) == ["dev-shows-no-price"]


def test_a_balance_falls_by_the_cost_of_what_is_running() -> None:
    history = (credits_seen(100), submitted(at_s=1), polled("Pending", at_s=2))
    assert broken_laws(*history, credits_seen(97, at_s=2)) == []
    assert broken_laws(*history, credits_seen(98.5, at_s=2)) == [BALANCE]
    assert broken_laws(*history, credits_seen(100, at_s=2)) == [BALANCE]


def test_without_a_poll_a_task_may_have_been_given_back_already() -> None:
    history = (credits_seen(100), submitted(at_s=1))
    assert broken_laws(*history, credits_seen(97, at_s=9)) == []
    assert broken_laws(*history, credits_seen(100, at_s=9)) == []
    assert broken_laws(*history, credits_seen(96, at_s=9)) == [BALANCE]


def test_a_ready_task_stays_paid() -> None:
    history = (credits_seen(100), submitted(at_s=1), ready(at_s=5))
    assert broken_laws(*history, credits_seen(97, at_s=9)) == []
    assert broken_laws(*history, credits_seen(100, at_s=9)) == [BALANCE]


@pytest.mark.parametrize("end", ["Request Moderated", "Content Moderated"])
def test_a_task_without_a_picture_is_given_back_exactly_once(end: str) -> None:
    running = (credits_seen(100), submitted(at_s=1), polled("Pending", at_s=2), credits_seen(97, at_s=2))
    history = (*running, polled(end, at_s=5))
    assert broken_laws(*history, credits_seen(100, at_s=5)) == []
    assert broken_laws(*history, credits_seen(97, at_s=5)) == [BALANCE]
    assert broken_laws(*history, credits_seen(103, at_s=5)) == [BALANCE]
    assert broken_laws(*history, credits_seen(100, at_s=5), credits_seen(103, at_s=6)) == [BALANCE]


def test_a_failed_task_may_be_paid_or_given_back_but_not_given_back_twice() -> None:
    """No document says which."""
    history = (credits_seen(100), submitted(at_s=1), polled("Error", at_s=5))
    assert broken_laws(*history, credits_seen(97, at_s=5)) == []
    assert broken_laws(*history, credits_seen(100, at_s=5)) == []
    assert broken_laws(*history, credits_seen(103, at_s=5)) == [BALANCE]


def test_another_key_pays_nothing() -> None:
    history = (credits_seen(100, key="B"), submitted(at_s=1, key="A"))
    assert broken_laws(*history, credits_seen(100, at_s=2, key="B")) == []
    assert broken_laws(*history, credits_seen(97, at_s=2, key="B")) == [BALANCE]


@pytest.mark.parametrize("balance", [None, "100", True])
def test_credits_are_a_number(balance: Json) -> None:
    assert broken_laws(credits_seen(balance)) == ["credits-are-a-number"]


def crowd(count: int, *, model: str = "flux-2-pro", key: str = "A") -> list[object]:
    cost = {"flux-2-pro": 3.0, "flux-kontext-max": 8.0}[model]
    return [submitted(number, model=model, cost=cost, key=key) for number in range(1, count + 1)]


def all_pending(count: int) -> list[object]:
    return [polled("Pending", number=number) for number in range(1, count + 1)]


def last_broken(*seen: object) -> list[str]:
    return broken_laws(*seen)  # type: ignore[arg-type]  # lists of observations, typed loosely for the tests' sake


def test_a_25th_task_beside_24_that_run_is_one_too_many() -> None:
    history = [*crowd(24), *all_pending(24)]
    assert last_broken(*history, submitted(25)) == ["limit-is-kept"]


def test_a_25th_task_is_fine_when_one_of_24_may_have_settled() -> None:
    assert last_broken(*crowd(24), *all_pending(23), submitted(25)) == []


def test_later_polls_prove_an_acceptance_beyond_the_limit_exactly_once() -> None:
    polls = all_pending(25)
    assert last_broken(*crowd(25), *polls[:23]) == []
    assert last_broken(*crowd(25), *polls[:24]) == ["limit-was-kept"]
    assert last_broken(*crowd(25), *polls) == []


def test_the_slots_of_another_key_do_not_count() -> None:
    others = [submitted(number, key="B") for number in range(1, 25)]
    assert last_broken(*others, *all_pending(24), submitted(25, key="A")) == []


def test_a_seventh_task_of_kontext_max_is_one_too_many() -> None:
    crowded = [*crowd(6, model="flux-kontext-max"), *all_pending(6)]
    assert last_broken(*crowded, submitted(7, model="flux-kontext-max", cost=8.0)) == ["limit-is-kept"]
    assert last_broken(*crowded, submitted(7)) == []


def test_429_is_right_while_24_tasks_may_be_active() -> None:
    assert last_broken(*crowd(24), refused(429)) == []
    assert last_broken(*crowd(23), refused(429)) == [SLOT]


def test_a_slot_is_free_as_soon_as_a_task_was_seen_at_its_end() -> None:
    assert last_broken(*crowd(24), ready(at_s=5), refused(429, at_s=5)) == [SLOT]


def test_six_of_kontext_max_are_no_reason_to_refuse_another_model() -> None:
    crowded = crowd(6, model="flux-kontext-max")
    assert last_broken(*crowded, refused(429, model="flux-kontext-max")) == []
    assert last_broken(*crowded, refused(429, model="flux-2-pro")) == [SLOT]


def test_refusals_have_the_envelope_of_the_dialect() -> None:
    guide: dict[str, Json] = {"error": "rate_limit_exceeded", "message": "Too many", "retry_after": 5}
    assert "refusal-has-the-envelope" in broken_laws(refused(402, guide))
    assert broken_laws(refused(402, guide), dialect="guide") == []
    assert "refusal-has-the-envelope" in broken_laws(refused(402), dialect="guide")
    assert broken_laws(refused(402), dialect="any") == []


def test_a_refusal_names_every_fault() -> None:
    one: dict[str, Json] = {"type": "missing", "loc": ["body", "prompt"], "msg": "Field required"}
    assert broken_laws(refused(422, {"detail": [one]}, faults=("prompt",))) == []
    assert broken_laws(refused(422, {"detail": [one]}, faults=("prompt", "width"))) == ["every-fault-is-named"]
    assert broken_laws(refused(400, {"detail": [one]}, faults=("prompt",))) == ["every-fault-is-named"]


def test_a_valid_body_is_not_refused_as_invalid() -> None:
    assert broken_laws(refused(422)) == ["valid-is-accepted"]
