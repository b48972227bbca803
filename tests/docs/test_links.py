"""Every link inside the documents leads somewhere, and every page can be found."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from tests.docs.pages import EVERY_PAGE, PAGES, ROOT, anchors, links, prose_of, read

KINDS = {"how-to": "How-to", "reference": "Reference", "explanation": "Explanation"}
OF_A_KIND = [page for page in PAGES if page.startswith("docs/") and page.count("/") == 2] + ["docs/tutorial.md"]


def local_links(page: str) -> list[str]:
    return [target for target in links(page) if "://" not in target and not target.startswith("mailto:")]


def resolved(page: str, target: str) -> str:
    """Return the path, from the root, of what a link names."""
    path = target.partition("#")[0]
    folder = (ROOT / page).parent
    return page if not path else (folder / path).resolve().relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_every_relative_link_leads_to_a_file(page: str) -> None:
    assert [target for target in local_links(page) if not (ROOT / resolved(page, target)).exists()] == []


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_every_anchor_is_a_heading(page: str) -> None:
    dead = [
        target
        for target in local_links(page)
        if "#" in target and target.partition("#")[2] not in anchors(resolved(page, target))
    ]
    assert dead == []


def test_the_index_links_every_page() -> None:
    linked = {resolved("docs/index.md", target) for target in local_links("docs/index.md")}
    assert linked >= {page for page in PAGES if page.startswith("docs/")} - {"docs/index.md"}


def test_the_readme_links_the_index() -> None:
    assert "docs/index.md" in links("README.md")


@pytest.mark.parametrize("page", OF_A_KIND)
def test_a_page_says_its_kind_and_links_its_neighbours(page: str) -> None:
    kind = KINDS.get(PurePosixPath(page).parent.name, "Tutorial")
    title, empty, first, *_ = read(page).splitlines()
    assert title.startswith("# ")
    assert empty == ""
    assert first.startswith(f"{kind}: ")
    introduction = prose_of(page).split("\n\n")[1]
    assert "index.md" in introduction
    assert introduction.count("](") >= 2
