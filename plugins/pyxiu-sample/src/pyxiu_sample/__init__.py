"""A sample plugin: a sink, a sender to phones, a route and a chain, each as small as it can be and still be right.

Invariant: a sink confirms only what is on the disk. Limit: for trying out; nobody reads what it writes.
"""

from pyxiu.plugins.spec import Plugin, Setting
from pyxiu_sample import family
from pyxiu_sample.file_sink import make_file_sink
from pyxiu_sample.folder_phones import make_folder_phones
from pyxiu_sample.greeting import make_greeting

PLUGIN = Plugin(
    name="sample",
    version="1.0.0",
    interface=(1, 1),
    about="events into a file, codes into a folder, a route that greets, a chain of the Bitcoin family",
    settings=(Setting(name="FOLDER", about="where it writes; the plugin's own folder in the home by default"),),
    sinks={"sample-file": make_file_sink},
    phones={"sample-folder": make_folder_phones},
    routes={"sample": make_greeting},
    chains={family.NAME: family.make_reader},
    addresses={family.NAME: family.make_addresses},
    payouts={family.NAME: family.make_payouts},
    signing={family.NAME: family.make_signing},
)
