"""Every example of the documents runs as it is printed, or says why it is not run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import OUTPUT, PAGES, RUNNABLE, Block, blocks
from tests.docs.stage import Stage, resembles

EXAMPLES = {page: [block for block in blocks(page) if block.is_run] for page in PAGES}
TEST_MODULES = {page: [block for block in blocks(page) if block.is_test_module] for page in PAGES}
FOREIGN_PLUGINS = ("hypothesispytest", "xdist", "benchmark", "pytest_cov", "anyio", "cacheprovider")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="the examples need curl")
ALL_BLOCKS = [block for page in PAGES for block in blocks(page)]


@needs_curl
@pytest.mark.parametrize("page", [page for page, examples in EXAMPLES.items() if examples])
def test_the_examples_of_a_page_run_in_order(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Stage(tmp_path, monkeypatch).run(EXAMPLES[page])


def test_the_test_modules_of_all_pages_pass_under_pytest(tmp_path: Path) -> None:
    """In one run of a suite that has mock-bfl installed and sets nothing up."""
    modules = [block for page in PAGES for block in TEST_MODULES[page]]
    for block in modules:
        name = block.code.splitlines()[0].removeprefix("# ")
        assert not (tmp_path / name).exists(), f"{block}: two examples are called {name}"
        (tmp_path / name).write_text(block.code, "utf-8")
    # What a reader may not have installed, and takes longer to load than the examples to run.
    without = [option for plugin in FOREIGN_PLUGINS for option in ("-p", f"no:{plugin}")]
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "--rootdir", ".", *without]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(modules) > 1


def test_every_block_names_its_language() -> None:
    assert [str(block) for block in ALL_BLOCKS if block.language not in RUNNABLE | OUTPUT] == []


def test_a_block_that_is_not_run_says_why() -> None:
    unexplained = [str(block) for block in ALL_BLOCKS if block.reason_not_run is not None and not block.reason_not_run]
    assert unexplained == []


def test_every_comment_before_a_block_is_understood() -> None:
    remarks = [block for block in ALL_BLOCKS if block.comment not in {"", "end of generated"}]
    assert [str(block) for block in remarks if block.reason_not_run is None and not block.refusals] == []


def test_the_quick_start_of_the_readme_is_run() -> None:
    languages = {block.language for block in EXAMPLES["README.md"]}
    assert languages == {"bash", "python"}
    assert TEST_MODULES["README.md"] != []


def shell(code: str, *, comment: str = "", output: str | None = None) -> Block:
    return Block(page="page.md", line=1, language="sh", code=code, comment=comment, output=output)


@needs_curl
def test_a_block_finds_what_the_one_before_it_assigned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Stage(tmp_path, monkeypatch).run([shell("name='a red cube'"), shell('echo "$name"', output="a red cube")])


@needs_curl
@pytest.mark.parametrize(
    "block",
    [
        shell("false; true"),
        shell("nonsense-that-does-not-exist"),
        shell('curl -s "$BFL_BASE_URL/v1/credits"'),
        shell("true", comment="answers 403"),
        shell("echo one", output="two"),
        Block(page="page.md", line=1, language="python", code="print(1)", output="2"),
    ],
    ids=["fails", "unknown command", "refused", "not refused as announced", "prints else", "python prints else"],
)
def test_an_example_that_does_not_do_what_the_page_says_is_caught(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AssertionError, match=r"page\.md:1"):
        Stage(tmp_path, monkeypatch).run([block])


@pytest.mark.parametrize(
    ("printed", "shown", "alike"),
    [
        ('{"id":"7"}', '{"id": "7"}\n', True),
        ('{"id":"7"}', '{"id": "..."}', True),
        ("429 x\n", "429 ...", True),
        ('{"id":"7"}', '{"id": "8"}', False),
        ("a and more", "a", False),
        ("", "...", True),
    ],
)
def test_output_is_compared_loosely(printed: str, shown: str, alike: bool) -> None:
    assert resembles(printed, shown) is alike


def test_an_example_comes_with_its_comment_and_its_output() -> None:
    text = "<!-- answers 402 429 -->\n```sh\nx\n```\n\n```text\n...\n```\nprose\n```json\n{}\n```\n"
    example, output, other = blocks("page.md", text)
    assert example.refusals == frozenset({402, 429})
    assert (example.output, example.line) == ("...\n", 3)
    assert (output.output, other.comment) == (None, "")


@pytest.mark.parametrize(("comment", "reason"), [("not run: slow", "slow"), ("not run:", ""), ("answers 403", None)])
def test_a_block_is_excused_by_its_comment(comment: str, reason: str | None) -> None:
    assert Block(page="p", line=1, language="sh", code="", comment=comment).reason_not_run == reason
