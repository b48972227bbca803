"""The guide's own commands, run with curl as printed.  [GUIDE: quick start, image editing]"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.interop.conftest import Served
from tests.interop.shell import needs_curl, run

pytestmark = needs_curl

SUBMIT = r"""
curl -s -X POST "https://api.bfl.ai/v1/flux-2-pro" \
  -H "x-key: $BFL_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"prompt": "A serene mountain landscape at sunset", "width": 1024, "height": 1024}'
"""
POLL = 'curl -s "POLLING_URL" -H "x-key: $BFL_API_KEY"'
DOWNLOAD = 'curl -s -o output.png "IMAGE_URL"'
MULTI_REFERENCE = r"""
curl -s -X POST "https://api.bfl.ai/v1/flux-2-pro" \
  -H "x-key: $BFL_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "prompt": "The cat from image 1 sitting in the cozy room from image 2",
    "input_image": "https://example.com/cat.jpg",
    "input_image_2": "https://example.com/room.jpg",
    "width": 1024,
    "height": 1024
  }'
"""
EDIT_ONE = r"""
curl -X POST "https://api.bfl.ai/v1/flux-2-pro" \
  -H "x-key: $BFL_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "prompt": "Change the background to a sunset",
    "input_image": "https://example.com/photo.jpg"
  }'
"""
EDIT_TWO = r"""
curl -X POST "https://api.bfl.ai/v1/flux-2-pro" \
  -H "x-key: $BFL_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "prompt": "The person from image 1 in the environment from image 2",
    "input_image": "https://example.com/person.jpg",
    "input_image_2": "https://example.com/background.jpg"
  }'
"""


def test_the_first_three_steps_of_the_quick_start_leave_a_picture(served: Served, tmp_path: Path) -> None:
    task = json.loads(run(SUBMIT, host=served.base_url, folder=tmp_path))
    poll = POLL.replace("POLLING_URL", task["polling_url"])
    result = json.loads(run(poll, host=served.base_url, folder=tmp_path))
    assert result["status"] == "Ready"
    run(DOWNLOAD.replace("IMAGE_URL", result["result"]["sample"]), host=served.base_url, folder=tmp_path)
    with Image.open(tmp_path / "output.png") as picture:
        assert picture.size == (1024, 1024)


@pytest.mark.parametrize(
    ("command", "cost", "input_mp"),
    [(MULTI_REFERENCE, 6.0, 2.0), (EDIT_ONE, 4.5, 1.0), (EDIT_TWO, 6.0, 2.0)],
    ids=["quick start, step 4", "one image", "two images"],
)
def test_an_edit_is_accepted_and_priced(
    *, served: Served, tmp_path: Path, command: str, cost: float, input_mp: float
) -> None:
    """A reference that is not fetched counts as one megapixel (ASSUMED); 3 credits and 1.5 for each.  [GUIDE]"""
    task = json.loads(run(command, host=served.base_url, folder=tmp_path))
    assert (task["cost"], task["input_mp"]) == (cost, input_mp)
    poll = POLL.replace("POLLING_URL", task["polling_url"])
    assert json.loads(run(poll, host=served.base_url, folder=tmp_path))["status"] == "Ready"
