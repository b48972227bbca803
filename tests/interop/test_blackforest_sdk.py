"""The vendor's own SDK, unmodified, takes the mock for the vendor."""

from __future__ import annotations

from importlib import import_module
from io import BytesIO
from typing import Any

import pytest
import requests
from PIL import Image

from tests.interop.conftest import KEY, Served

# The SDK hands pydantic arguments that pydantic will drop one day; that is the SDK's affair.
pytestmark = pytest.mark.filterwarnings("ignore:Using extra keyword arguments on `Field` is deprecated")


@pytest.fixture
def client(served: Served) -> Any:
    """Imported here and not above: the import itself warns."""
    return import_module("blackforest").BFLClient(api_key=KEY, base_url=served.base_url)


def generate(client: Any, model: str, inputs: dict[str, Any], *, track_usage: bool = False) -> Any:
    """Generate as the SDK's README does, waiting for the result."""
    settings = import_module("blackforest.types.general.client_config")
    config = settings.ClientConfig(sync=True, timeout=10, polling_interval=0.1)
    return client.generate(model, inputs, config, track_usage=track_usage)


@pytest.mark.parametrize(
    ("model", "size"), [("flux-dev", (512, 256)), ("flux-pro-1.1", (256, 512))], ids=["flux-dev", "flux-pro-1.1"]
)
def test_it_generates_an_image_that_opens(client: Any, model: str, size: tuple[int, int]) -> None:
    inputs = {"prompt": "a beautiful forest", "width": size[0], "height": size[1], "seed": 7}
    result = generate(client, model, inputs).result
    assert (result["seed"], result["prompt"]) == (7, "a beautiful forest")
    with Image.open(BytesIO(requests.get(result["sample"], timeout=10).content)) as picture:
        assert picture.size == size


def test_it_edits_an_image(client: Any) -> None:
    inputs = {"prompt": "make it night", "input_image": "https://example.com/photo.jpg"}
    assert generate(client, "flux-kontext-pro", inputs).result["sample"]


def test_it_follows_the_polling_url_of_an_asynchronous_task(client: Any, served: Served) -> None:
    task = client.generate("flux-pro-1.1-ultra", {"prompt": "a beautiful forest"})
    assert task.polling_url == f"{served.base_url}/v1/get_result?id={task.id}"
    assert client.get_task_status(task.id).status == "Ready"


def test_it_reports_the_usage_of_a_licensed_model(client: Any, served: Served) -> None:
    generate(client, "flux-dev", {"prompt": "a beautiful forest"}, track_usage=True)
    assert [(row.path, row.status) for row in served.exchanges()] == [
        ("/v1/flux-dev", 200),
        ("/v1/licenses/models/flux-1-dev/usage", 200),
        ("/v1/get_result", 200),
    ]


def test_it_raises_its_own_error_on_a_refusal(served: Served) -> None:
    sdk = import_module("blackforest")
    client = sdk.BFLClient(api_key="mock-broke", base_url=served.base_url)
    with pytest.raises(sdk.BFLError, match="402"):
        client.generate("flux-pro-1.1", {"prompt": "a beautiful forest"})
