"""A directive in the prompt scripts the task; a misspelt one is refused with a sentence that says what would do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_bfl.contract import statuses
from mock_bfl.contract.errors import TASK_ERROR_CODES
from mock_bfl.core.scenario import Misspelt, Scenario, apply_settings, read_directives

ANY_TEXT = st.text(st.characters(exclude_categories=()))
PIECES = st.sampled_from(
    [
        "[mock:",
        "]",
        "status=",
        '"',
        "Ready",
        "after=",
        "2s",
        "3polls",
        " ",
        "=",
        "progress=",
        "0.1,",
        "while=",
        "error=",
    ]
)


def read(settings: str) -> Scenario | Misspelt:
    return read_directives(f"a red cube [mock: {settings}] on a table")


def reason(settings: str) -> str:
    misspelt = read(settings)
    assert isinstance(misspelt, Misspelt), misspelt
    return misspelt.reason


@pytest.mark.parametrize("prompt", ["", "a red cube", "a [mock] up", "[MOCK: status=Ready]", "mock: status=Ready", "]"])
def test_an_ordinary_prompt_scripts_nothing(prompt: str) -> None:
    assert read_directives(prompt) == Scenario()


@pytest.mark.parametrize("settings", ["", "   ", "\n\t"])
def test_an_empty_directive_scripts_nothing(settings: str) -> None:
    assert read(settings) == Scenario()


@pytest.mark.parametrize("word", ["Ready", "Error", "Request Moderated", "Content Moderated", "Task not found"])
def test_a_terminal_status_is_how_the_task_ends(word: str) -> None:
    assert read(f'status="{word}"') == Scenario(final_status=word)


@pytest.mark.parametrize("word", ["Pending", "Reasoning", "Generating"])
def test_a_status_in_progress_is_where_the_task_gets_stuck(word: str) -> None:
    assert read(f"status={word}") == Scenario(final_status=word, waiting_status=word)


@pytest.mark.parametrize(
    ("value", "after_ms"),
    [("0s", 0), ("500ms", 500), ("2s", 2000), ("2.5s", 2500), ("0.4ms", 0), ("31622400s", 31_622_400_000)],
)
def test_after_sets_the_latency(value: str, after_ms: int) -> None:
    assert read(f"after={value}") == Scenario(after_ms=after_ms)


@pytest.mark.parametrize(("value", "polls"), [("1poll", 1), ("3polls", 3)])
def test_after_can_count_polls(value: str, polls: int) -> None:
    assert read(f"after={value}") == Scenario(after_polls=polls)


@pytest.mark.parametrize(
    ("value", "progress"),
    [("none", ()), ("0.1,0.5", (0.1, 0.5)), ("0.5,null", (0.5, None)), ("100", (100.0,)), ("1.000000", (1.0,))],
)
def test_progress_lists_what_is_shown(value: str, progress: tuple[float | None, ...]) -> None:
    assert read(f"progress={value}") == Scenario(progress=progress)


@pytest.mark.parametrize(
    ("value", "reasons"),
    [
        ('"Derivative Works Filter"', ("Derivative Works Filter",)),
        ('"Violence, Self Harm"', ("Violence", "Self Harm")),
        ("A,B", ("A", "B")),
        ('""', ()),
        ('","', ()),
    ],
)
def test_reasons_are_listed_with_commas(value: str, reasons: tuple[str, ...]) -> None:
    assert read(f"reasons={value}") == Scenario(reasons=reasons)


@pytest.mark.parametrize("code", TASK_ERROR_CODES)
def test_an_error_code_makes_the_task_fail(code: str) -> None:
    assert read(f"error={code}") == Scenario(error_code=code, final_status="Error")


@pytest.mark.parametrize("word", ["Generating", "Reasoning", "Pending", "Queued"])
def test_while_is_the_word_shown_until_the_end(word: str) -> None:
    assert read(f"while={word}") == Scenario(waiting_status=word)


@pytest.mark.parametrize(("value", "mp"), [("2", 2.0), ("2.5", 2.5), ("0", 0.0), ("999.9999", 999.9999)])
def test_input_mp_is_the_size_of_references_that_cannot_be_measured(value: str, mp: float) -> None:
    assert read(f"input_mp={value}") == Scenario(reference_mp=mp)


def test_settings_of_one_directive_and_of_several_add_up() -> None:
    expected = Scenario(final_status="Content Moderated", after_ms=2000, reasons=("A",))
    assert read('status="Content Moderated" after=2s reasons=A') == expected
    assert read_directives('[mock:status="Content Moderated"] x [mock: after = 2s ][mock:reasons=A]') == expected


def test_a_stuck_task_can_show_another_word() -> None:
    assert read("status=Pending while=Generating") == Scenario(final_status="Pending", waiting_status="Generating")


def test_an_error_code_may_come_with_the_status_it_belongs_to() -> None:
    expected = Scenario(final_status="Error", error_code="internal_error")
    assert read("status=Error error=internal_error") == read("error=internal_error status=Error") == expected


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("status=Ready status=Error", "status is given twice, as 'Ready' and 'Error': leave one out."),
        ("after=0s after=50s", "after is given twice, as '0s' and '50s': leave one out."),
        ("after=2s] and [mock: after=3polls", "after is given twice, as '2s' and '3polls': leave one out."),
        ("webhook=drop webhook=duplicate", "webhook is given twice, as 'drop' and 'duplicate': leave one out."),
        ("status=Ready status=Ready", "status is given twice, as 'Ready' and 'Ready': leave one out."),
        (
            "status=Ready error=internal_error",
            "status='Ready' and error contradict: an error code ends a task in Error.",
        ),
        ("error=internal_error status=Pending", "status='Pending' and error contradict: an error code ends a task in "),
        ("status=Pending after=2s", "status='Pending' never ends, so after contradicts it: write while=Pending for "),
        ("after=3polls status=Generating", "status='Generating' never ends, so after contradicts it: write while=Gen"),
    ],
)
def test_a_repeated_or_contradicting_setting_is_refused(settings: str, sentence: str) -> None:
    assert sentence in reason(settings)


def test_a_status_that_never_ends_takes_the_place_of_an_earlier_end() -> None:
    under = read("after=50s")
    assert isinstance(under, Scenario)
    assert apply_settings(under, "status=Pending") == Scenario(final_status="Pending", waiting_status="Pending")


def test_settings_on_top_of_a_scenario_repeat_nothing_but_replace_it() -> None:
    under = read("error=internal_error after=50s")
    assert isinstance(under, Scenario)
    expected = Scenario(final_status="Ready", after_polls=2)
    assert apply_settings(under, "status=Ready after=2polls") == expected


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("stauts=Ready", "Unknown directive 'stauts'. Did you mean status? Known: "),
        (
            "x=1",
            "Unknown directive 'x'. Known: status, after, progress, reasons, error, while, input_mp, webhook, grace.",
        ),
        ("status=Raedy", "Unknown status 'Raedy'. Did you mean 'Ready'? Known: Pending, "),
        ('status="content moderated"', "Did you mean 'Content Moderated'?"),
        ("status=@@@@", "Unknown status '@@@@'. Known: "),
        ("status=Content Moderated", "Did you mean 'Content Moderated'?"),
        ("after=2", "after takes 500ms, 2s or 3polls, not '2'."),
        ("after=-2s", "after takes 500ms, 2s or 3polls, not '-2s'."),
        ("after=2.5polls", "after takes a whole number of polls, at least 1."),
        ("after=0polls", "after takes a whole number of polls, at least 1."),
        ("after=31622401s", "after takes at most a year."),
        ("progress=high", "progress takes numbers such as 0.1,0.5,null or none, not 'high'."),
        ("progress=0.1,,0.2", "progress takes numbers such as 0.1,0.5,null or none, not ''."),
        ("progress=nan", "not 'nan'."),
        ("error=broken", "Unknown error code 'broken'. Known: internal_error, "),
        ("while=Ready", "while takes the word shown until the end"),
        ('while=" "', "while takes the word shown until the end"),
        ("input_mp=big", "input_mp takes megapixels such as 2.5, not 'big'."),
        ("input_mp=-1", "not '-1'."),
        ("status", "Expected name=value in a [mock: directive, found 'status'."),
        ('status="Ready', "Expected name=value in a [mock: directive, found 'status=\"Ready'."),
        ("status=", "Expected name=value in a [mock: directive, found 'status='."),
        ("after=2s, status=Ready", "after takes 500ms, 2s or 3polls, not '2s,'."),
        ("after=2s ; x", "Expected name=value in a [mock: directive, found '; x'."),
    ],
)
def test_a_misspelt_setting_is_refused_with_a_sentence_that_helps(settings: str, sentence: str) -> None:
    assert sentence in reason(settings)
    assert reason(settings).endswith(".")


@pytest.mark.parametrize("prompt", ["[mock:", "a cube [mock: status=Ready", "[mock: after=2s] and [mock: status=Ready"])
def test_a_directive_without_its_bracket_is_refused(prompt: str) -> None:
    assert read_directives(prompt) == Misspelt("A [mock: directive has no closing bracket.")


@pytest.mark.parametrize("name", ["status", "after", "progress", "reasons", "error", "while", "input_mp"])
def test_a_sentence_stays_short_however_long_the_setting(name: str) -> None:
    scenario = read(f"{name}={'x' * 100_000}")
    assert not isinstance(scenario, Misspelt) or len(scenario.reason) < 300


@pytest.mark.parametrize(
    "prompt",
    [
        "[mock:" * 50_000,
        "[mock:" + " " * 300_000 + "]",
        "[mock:" + "a" * 300_000 + "]",
        "[mock: a" + " " * 300_000 + "b]",
        "[mock: status=Ready]" * 5_000,
        "[mock: " + "status=Ready " * 5_000 + "]",
        "[mock: progress=" + "0.1," * 25_000 + "1]",
        'x [mock: reasons="' + "a," * 25_000 + '"] ' + "y" * 300_000,
    ],
    ids=["openings", "blanks", "name", "gap", "directives", "settings", "progress", "reasons"],
)
def test_a_huge_prompt_is_read_in_one_pass(prompt: str) -> None:
    assert isinstance(read_directives(prompt), Scenario | Misspelt)


@given(ANY_TEXT | st.lists(PIECES | ANY_TEXT, max_size=12).map("".join))
def test_no_prompt_at_all_breaks_the_reading(prompt: str) -> None:
    scenario = read_directives(prompt)
    assert isinstance(scenario, Misspelt) or "[mock:" in prompt or scenario == Scenario()


@given(st.sampled_from(statuses.WORDS), st.integers(0, 10**6), st.text(st.characters(exclude_characters="[]")))
def test_a_directive_means_the_same_wherever_it_stands(word: str, after_ms: int, text: str) -> None:
    directive = f'[mock: status="{word}" after={after_ms}ms]'
    assert read_directives(directive + text) == read_directives(text + directive) == read_directives(directive)
