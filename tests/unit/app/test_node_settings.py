"""Nodes from PYXIU_* variables: parsed whole, and never shown."""

import pytest

from pyxiu.app.node_settings import NodeSettingsError, read_nodes
from pyxiu.app.settings import load_settings
from pyxiu.cli.config import masked


def test_each_network_has_a_node_to_read_from_and_one_to_send_by() -> None:
    nodes = read_nodes(
        {
            "PYXIU_WATCHER_NODES": "litecoin=http://u:p@127.0.0.1:9332/, ethereum=https://node.example/key?a=b",
            "PYXIU_SIGNER_NODES": "litecoin=http://u:p@127.0.0.1:9333/",
        }
    )
    assert nodes.watcher == {
        "litecoin": "http://u:p@127.0.0.1:9332/",
        "ethereum": "https://node.example/key?a=b",
    }
    assert nodes.signer == {"litecoin": "http://u:p@127.0.0.1:9333/"}


@pytest.mark.parametrize(
    "value",
    [
        "http://user:hunter2@localhost:1/",
        "litecoin",
        "Litecoin=http://user:hunter2@localhost:1/",
        "litecoin=ws://user:hunter2@localhost:1/",
        "litecoin=http://user:hunter2@localhost:99999999/",
        "litecoin=http:///hunter2",
        "litecoin=http://user:hunter2@a/,litecoin=http://user:hunter2@b/",
    ],
)
def test_a_value_that_cannot_be_used_is_refused_without_its_password(value: str) -> None:
    with pytest.raises(NodeSettingsError, match="PYXIU_WATCHER_NODES") as caught:
        read_nodes({"PYXIU_WATCHER_NODES": value})
    assert "hunter2" not in str(caught.value)


def test_a_nodes_password_is_neither_in_the_settings_repr_nor_in_the_shown_configuration() -> None:
    value = "litecoin=http://user:hunter2@localhost:1/"
    settings = load_settings(environment={"PYXIU_WATCHER_NODES": value, "PYXIU_SIGNER_NODES": value})
    assert settings.nodes.watcher["litecoin"].endswith("@localhost:1/")
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in masked("PYXIU_WATCHER_NODES", value) + masked("PYXIU_SIGNER_NODES", value)
