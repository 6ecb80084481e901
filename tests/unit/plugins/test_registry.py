"""The door: what is installed is found, what is enabled is checked, and what cannot work is said in words."""

import sys
from pathlib import Path

import pytest

from pyxiu.app.plugging import load_plugins, reader_of
from pyxiu.app.plugin_settings import read_plugins
from pyxiu.app.settings import Settings, load_settings
from pyxiu.app.settings_error import SettingsError
from pyxiu.cli.plugins import plugins as list_plugins
from pyxiu.kit.errors import PermanentError
from pyxiu.plugins.registry import Host, PluginError, Registry, missing_members
from pyxiu.plugins.spec import CHAINS, INTERFACE, KINDS, PHONES, Parts, Plugin
from tests.support.distributions import make_distribution

GOOD = """
class Phones:
    kind = "acme"
    def __init__(self, parts): self.parts = parts
    async def send(self, message): pass

PLUGIN = Plugin(
    name="acme", version="9", interface=(1, 0), phones={"acme-sms": Phones},
    settings=(Setting(name="TOKEN", about="of the account at Acme", required=True), Setting(name="URL", about="where")),
)
"""
TOKEN = {"PYXIU_PLUGIN_ACME_TOKEN": "canary-token"}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path of imports; what was imported from it is forgotten afterwards."""
    before = set(sys.modules)
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "modules", {name: sys.modules[name] for name in before})
    return folder


def settings_with(tmp_path: Path, **variables: str) -> Settings:
    return load_settings(environment={"PYXIU_HOME": str(tmp_path), **variables})


def test_a_plugin_that_is_not_enabled_is_not_even_imported(site: Path, tmp_path: Path) -> None:
    make_distribution(site, "acme", "1.2", "raise RuntimeError('imported')")
    assert [plugin.name for plugin in load_plugins(settings_with(tmp_path)).plugins] == ["pyxiu"]
    assert "pyxiu_acme" not in sys.modules


def test_an_enabled_plugin_gets_its_settings_its_folder_and_nothing_from_inside(site: Path, tmp_path: Path) -> None:
    make_distribution(site, "acme", "1.2", GOOD)
    variables = TOKEN | {"PYXIU_PLUGINS": "acme", "PYXIU_PHONES": "acme-sms", "PYXIU_EXCHANGE_NAME": "Ours"}
    made = load_plugins(settings_with(tmp_path, **variables)).make(PHONES, "acme-sms", inside="secrets of the process")
    parts: Parts = made.parts  # type: ignore[attr-defined]  # the plugin above keeps them
    assert dict(parts.settings) == {"TOKEN": "canary-token"}
    assert (parts.folder, parts.exchange_name, parts.inside) == (tmp_path / "plugins/acme", "Ours", None)
    assert "canary-token" not in repr(parts)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("PLUGIN = 7", "expected pyxiu_acme:PLUGIN to be a pyxiu.plugins.spec.Plugin, found int"),
        ("raise RuntimeError('no library')", "'acme' of pyxiu-acme 1.2 cannot be loaded: RuntimeError"),
        ("PLUGIN = Plugin(name='acme', version='1', interface=(2, 0))", "written for interface 2.0; this Pyxiu has 1."),
        ("PLUGIN = Plugin(name='acme', version='1', interface=(1, 99))", "written for interface 1.99; this Pyxiu has"),
        ("PLUGIN = Plugin(name='other', version='1', interface=(1, 0))", "leads to a plugin called 'other'"),
        ("PLUGIN = Plugin(name='acme', version='1', interface=(1, 0), phones={'A b': int})", "no name for a sender"),
        ("PLUGIN = Plugin(name='acme', version='1', interface=(1, 0), phones={'a': 3})", "expected a maker, found 3"),
        (
            "PLUGIN = Plugin(name='acme', version='1', interface=(1, 0), phones={'twilio': int})",
            "plugins 'pyxiu' and 'acme' both offer a sender to phones 'twilio'",
        ),
    ],
)
def test_what_cannot_be_used_is_said_by_name(site: Path, tmp_path: Path, code: str, says: str) -> None:
    make_distribution(site, "acme", "1.2", code)
    with pytest.raises(SettingsError) as raised:
        load_plugins(settings_with(tmp_path, PYXIU_PLUGINS="acme"))
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"PYXIU_PLUGINS": "acne"}, "PYXIU_PLUGINS: no plugin 'acne' is installed; installed: acme"),
        ({"PYXIU_PLUGINS": "acme"}, "PYXIU_PLUGIN_ACME_TOKEN is not set: of the account at Acme"),
        (TOKEN | {"PYXIU_PLUGIN_ACME_TOKN": "canary-token"}, "PYXIU_PLUGIN_ACME_TOKEN: no enabled plugin reads it"),
        (
            TOKEN | {"PYXIU_PLUGINS": "acme", "PYXIU_PLUGIN_ACME_TOKN": "canary-token"},
            "PYXIU_PLUGIN_ACME_TOKN: no enabled plugin reads it; they read PYXIU_PLUGIN_ACME_TOKEN",
        ),
        (
            TOKEN | {"PYXIU_PLUGINS": "acme", "PYXIU_CAPTCHA": "acme-sms"},
            "PYXIU_CAPTCHA: 'acme-sms' is a sender to phones of plugin 'acme' and no captcha; there are none, pow",
        ),
        (TOKEN | {"PYXIU_PLUGINS": "acme", "PYXIU_SINKS": "kafka"}, "PYXIU_SINKS: there is no event sink 'kafka'"),
        ({"PYXIU_PHONES": "acme-sms"}, "PYXIU_PHONES: there is no sender to phones 'acme-sms'; there are mailbox"),
    ],
)
def test_a_setting_that_names_what_is_not_there_is_refused(
    site: Path, tmp_path: Path, variables: dict[str, str], says: str
) -> None:
    make_distribution(site, "acme", "1.2", GOOD)
    with pytest.raises(SettingsError) as raised:
        load_plugins(settings_with(tmp_path, **variables))
    assert says in str(raised.value)
    assert "canary-token" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"PYXIU_PLUGINS": "acme,acme"}, "PYXIU_PLUGINS: expected different names"),
        ({"PYXIU_SINKS": "a b"}, "PYXIU_SINKS: expected different names"),
        ({"PYXIU_PHONES": "Über"}, "PYXIU_PHONES: expected a name"),
        ({"PYXIU_ERRORS": "sentry"}, "expected both or neither"),
        ({"PYXIU_SENTRY_DSN": "https://canary@host/1"}, "expected both or neither"),
        ({"PYXIU_KYC_PROVIDER": "acme", "PYXIU_KYC_CALLBACK_KEY": "canary"}, "expected at least 16 characters"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_without_its_secret(given: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError, match=says) as raised:
        read_plugins(given)
    assert "canary" not in str(raised.value)


def test_two_distributions_with_one_name_are_refused(site: Path, tmp_path: Path) -> None:
    make_distribution(site, "acme", "1.2", GOOD)
    make_distribution(site, "acme-copy", "1.2", GOOD, point="acme")
    with pytest.raises(SettingsError, match="two plugins are called 'acme'"):
        load_plugins(settings_with(tmp_path, PYXIU_PLUGINS="acme", **TOKEN))


def test_what_is_made_must_have_what_its_port_has() -> None:
    class HalfPhones:
        kind = "half"

    half = Plugin(name="half", version="1", interface=INTERFACE, phones={"half": lambda _: HalfPhones()})  # type: ignore[dict-item,return-value] # that is the point
    with pytest.raises(PluginError, match="its sender to phones 'half' is a HalfPhones without send"):
        Registry(half, (), Host()).make(PHONES, "half")


def test_what_a_maker_raises_is_said_with_the_plugins_name() -> None:
    def broken(_: Parts) -> None:
        raise KeyError("URL")

    plugin = Plugin(name="half", version="1", interface=INTERFACE, phones={"half": broken})  # type: ignore[dict-item] # that is the point
    with pytest.raises(PermanentError, match="plugin 'half' cannot make its sender to phones 'half': KeyError"):
        Registry(plugin, (), Host()).make(PHONES, "half")


def test_every_field_of_a_plugin_is_a_kind_and_every_kind_has_a_suite() -> None:
    from pyxiu.plugins import testing

    told = {"name", "version", "interface", "about", "settings"}
    assert {field for field in Plugin.__dataclass_fields__ if field not in told} == {kind.field for kind in KINDS}
    suites = {name.removesuffix("Contract").lower() for name in vars(testing) if name.endswith("Contract")}
    assert suites == {kind.field.replace("_", "") for kind in KINDS}


def test_members_of_a_port_are_methods_and_attributes() -> None:
    class Bare:
        pass

    assert missing_members(Bare(), PHONES) == ["kind", "send"]
    assert missing_members(Bare(), CHAINS) == ["a way to be called"]


async def test_a_chain_is_found_by_its_name_or_its_family(tmp_path: Path) -> None:
    plugins = load_plugins(settings_with(tmp_path))
    for network in ("litecoin-regtest", "ethereum", "evm:31337"):
        await reader_of(plugins, network, "http://user:password@127.0.0.1:1/").close()
    with pytest.raises(PluginError, match="there is no chain 'dogecash'"):
        reader_of(plugins, "dogecash", "http://127.0.0.1:1/")


def test_plugins_are_listed_with_what_they_offer(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_distribution(site, "acme", "1.2", GOOD)
    make_distribution(site, "other", "3.4", "raise RuntimeError('imported')")
    for name, value in (TOKEN | {"PYXIU_PLUGINS": "acme"}).items():
        monkeypatch.setenv(name, value)
    assert list_plugins(home=tmp_path) == 0
    told = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert told[0].startswith("pyxiu 0.")
    assert "captchas: none, pow" in told[0]
    assert told[1:] == ["acme 9 enabled phones: acme-sms", "other 3.4 installed, not enabled"]
