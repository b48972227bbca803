"""A client in plain sh: it finds what it needs with grep, as the vendor's curl examples do."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.interop.conftest import Served
from tests.interop.shell import needs_curl, run

pytestmark = needs_curl

CLIENT = r"""
set -eu
value_of() { grep -o "\"$1\":\"[^\"]*\"" | sed 's/^[^:]*:"//; s/"$//'; }

submitted=$(curl -s -X POST "https://api.bfl.ai/v1/flux-2-pro" -H "x-key: $BFL_API_KEY" \
  -H "Content-Type: application/json" -d '{"prompt": "a cube [mock: after=3polls]", "output_format": "png"}')
polling_url=$(echo "$submitted" | grep -o '"polling_url":"[^"]*"' | cut -d'"' -f4)

status=Pending
while [ "$status" = Pending ]; do
  result=$(curl -s "$polling_url" -H "x-key: $BFL_API_KEY")
  status=$(echo "$result" | value_of status)
  echo "$status"
done
curl -s -o image.png "$(echo "$result" | value_of sample)"
"""
POST = 'curl -s -o reply.json -w "%{http_code}" "https://api.bfl.ai/v1/flux-2-pro" -H "x-key: $BFL_API_KEY" '


def test_it_submits_polls_until_ready_and_downloads(served: Served, tmp_path: Path) -> None:
    printed = run(CLIENT, host=served.base_url, folder=tmp_path)
    assert printed.split() == ["Pending", "Pending", "Ready"]
    with Image.open(tmp_path / "image.png") as picture:
        assert picture.format == "PNG"


@pytest.mark.parametrize("chunked", ["", '-H "Transfer-Encoding: chunked"'], ids=["with a length", "chunked"])
def test_a_body_of_megabytes_arrives_whole(served: Served, tmp_path: Path, chunked: str) -> None:
    """Over a megabyte curl first asks whether it may go on (Expect: 100-continue)."""
    (tmp_path / "body.json").write_text('{"prompt": "a", "input_image": "' + "A" * 3_000_000 + '"}')
    command = POST + f'-H "Content-Type: application/json" {chunked} --data-binary @body.json'
    assert run(command, host=served.base_url, folder=tmp_path) == "200"


def test_a_form_where_json_was_meant_is_told_so(served: Served, tmp_path: Path) -> None:
    """Without -H "Content-Type: …" curl says that its body is a form."""
    assert run(POST + """-d '{"prompt": "a"}'""", host=served.base_url, folder=tmp_path) == "422"
    assert "model_attributes_type" in (tmp_path / "reply.json").read_text()
