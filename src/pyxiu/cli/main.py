"""The command line: what there is, in the order in which one meets it; a command's file is imported when it is called.

Invariant: `pyxiu --help` imports no command, so it answers at once. Limit: what a command does is in its file.
"""

import sys

from cyclopts import App

from pyxiu import __version__
from pyxiu.cli.running import explained

app = App(
    name="pyxiu",
    help="Pyxiu, a crypto exchange that starts with one command and never loses money.",
    version=__version__,
    sort_key=None,
)
journal = App(name="journal", help="Look into the journal, the exchange's only truth.")
projections = App(name="projections", help="Tables made from the journal: how far they are, and making them anew.")
mail = App(name="mail", help="Mails to members: try one, see what waits and why, send it again.")
tokens = App(name="tokens", help="The keys that tokens for other services are signed with: list, rotate.")
keys = App(name="keys", help="The keys that secrets and personal data are sealed with: list, rotate, reseal, drop.")
demo = App(name="demo", help="The demo exchange: its seed, its members, its bots.")
admin = App(name="admin", help="Who runs the exchange: make staff, and the token for the first superadmin.")
events = App(name="events", help="The Event API: its key, and how far each destination is.")
chain = App(name="chain", help="Nodes of chains: check one before anything depends on it.")
bench = App(name="bench", help="Measure, and print the figures as JSON.")

app.command(
    "pyxiu.cli.up:up", name="up", help="Start an exchange: database, engine, projections and API in one process."
)
app.command(
    "pyxiu.cli.run:run_services",
    name="run",
    help="Run chosen modules as a service: engine, projector, relay, mailer, api, stream.",
)
app.command("pyxiu.cli.migrate:migrate", name="migrate", help="Bring the database's tables up to date.")
app.command("pyxiu.cli.seed:seed", name="seed", help="Add currencies, markets, fees from Peatio seed files.")
app.command(demo)
app.command(admin)
app.command(keys)
app.command(tokens)
app.command(mail)
app.command(journal)
app.command("pyxiu.cli.audit:audit", name="audit", help="Check every invariant of the books and name what breaks one.")
app.command(projections)
app.command(events)
app.command(chain)
app.command("pyxiu.cli.certs:certs", name="certs", help="Make or renew the certificates that services show each other.")
app.command("pyxiu.cli.config:config", name="config", help="Check all settings and print those that are set.")
app.command("pyxiu.cli.doctor:doctor", name="doctor", help="Check this machine and say what to do.")
app.command(bench)
app.command("pyxiu.cli.explain:explain", name="explain", help="Explain a rejection by its name, number or wire code.")
app.command("pyxiu.cli.version:version", name="version", help="Print the version.")

admin.command("pyxiu.cli.admin:create", name="create", help="Make an account for staff, or give one a role.")
admin.command("pyxiu.cli.admin:token", name="token", help="Print a token that makes the first superadmin.")

mail.command("pyxiu.cli.mail:send_test", name="test", help="Send a test mail to an address, now.")
mail.command("pyxiu.cli.mail:list_mails", name="list", help="Show the newest mails: state, attempts, reason.")
mail.command("pyxiu.cli.mail:retry", name="retry", help="Try again what waits or was given up.")

demo.command("pyxiu.cli.demo:seed", name="seed", help="Make the demo: catalog, members, funds. Twice changes nothing.")
demo.command(
    "pyxiu.cli.demo:credentials", name="credentials", help="Print the demo members' e-mails, passwords, API keys."
)
demo.command("pyxiu.cli.demo:bots", name="bots", help="Let the two demo bots trade on a running exchange.")

keys.command("pyxiu.cli.keys:list_all", name="list", help="Show each key and how many values it has sealed.")
keys.command("pyxiu.cli.keys:rotate", name="rotate", help="Make a new key, which seals from then on.")
keys.command("pyxiu.cli.keys:reseal", name="reseal", help="Seal everything with the newest key.")
keys.command("pyxiu.cli.keys:drop", name="drop", help="Remove a key that nothing is sealed with any more.")

tokens.command("pyxiu.cli.tokens:list_all", name="list", help="Show the keys that sign tokens for other services.")
tokens.command("pyxiu.cli.tokens:rotate", name="rotate", help="Make a new key, which signs from then on.")

journal.command("pyxiu.cli.journal:inspect", name="inspect", help="Print records: commands and their events.")
journal.command(
    "pyxiu.cli.journal:verify", name="verify", help="Check the hash chain, and that every decision repeats."
)
journal.command(
    "pyxiu.cli.journal:snapshot", name="snapshot", help="Write a snapshot of the state at the journal's end."
)

projections.command("pyxiu.cli.projections:list_all", name="list", help="Show each projection's cursor and lag.")
projections.command("pyxiu.cli.projections:rebuild", name="rebuild", help="Make a projection anew from the journal.")

chain.command("pyxiu.cli.chain:check", name="check", help="Check a node: its network, its tip, a block.")

events.command(
    "pyxiu.cli.events:public_key", name="public-key", help="Print the key that consumers check messages with."
)
events.command("pyxiu.cli.events:status", name="status", help="Show how far each destination has come.")

bench.command(
    "pyxiu.cli.bench.commands:core", name="core", help="The core alone: cost per command, book sizes, memory."
)
bench.command("pyxiu.cli.bench.commands:e2e", name="e2e", help="Orders over HTTP, durable, against a no-op route.")
bench.command("pyxiu.cli.bench.commands:stream", name="stream", help="Market data to thousands, orders over sockets.")
bench.command("pyxiu.cli.bench.commands:recovery", name="recovery", help="Restart from the journal, from a snapshot.")
bench.command("pyxiu.cli.bench.commands:all_of_them", name="all", help="All benchmarks, one after another.")


def main() -> None:
    """The entry point of the `pyxiu` program."""
    sys.exit(explained(lambda: app(result_action="return_value") or 0))
