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
demo = App(name="demo", help="The demo exchange: its seed, its members, its bots.")
bench = App(name="bench", help="Measure, and print the figures as JSON.")

app.command(
    "pyxiu.cli.up:up", name="up", help="Start an exchange: database, engine, projections and API in one process."
)
app.command("pyxiu.cli.run:run_services", name="run", help="Run chosen modules as a service: engine, projector, api.")
app.command("pyxiu.cli.migrate:migrate", name="migrate", help="Bring the database's tables up to date.")
app.command("pyxiu.cli.seed:seed", name="seed", help="Add currencies, markets, fees from Peatio seed files.")
app.command(demo)
app.command(journal)
app.command("pyxiu.cli.audit:audit", name="audit", help="Check every invariant of the books and name what breaks one.")
app.command(projections)
app.command("pyxiu.cli.doctor:doctor", name="doctor", help="Check this machine and say what to do.")
app.command(bench)
app.command("pyxiu.cli.explain:explain", name="explain", help="Explain a rejection by its name, number or wire code.")
app.command("pyxiu.cli.version:version", name="version", help="Print the version.")

demo.command("pyxiu.cli.demo:seed", name="seed", help="Make the demo: catalog, members, funds. Twice changes nothing.")
demo.command(
    "pyxiu.cli.demo:credentials", name="credentials", help="Print the demo members' e-mails, passwords, API keys."
)
demo.command("pyxiu.cli.demo:bots", name="bots", help="Let the two demo bots trade on a running exchange.")

journal.command("pyxiu.cli.journal:inspect", name="inspect", help="Print records: commands and their events.")
journal.command(
    "pyxiu.cli.journal:verify", name="verify", help="Check the hash chain, and that every decision repeats."
)
journal.command(
    "pyxiu.cli.journal:snapshot", name="snapshot", help="Write a snapshot of the state at the journal's end."
)

projections.command("pyxiu.cli.projections:list_all", name="list", help="Show each projection's cursor and lag.")
projections.command("pyxiu.cli.projections:rebuild", name="rebuild", help="Make a projection anew from the journal.")

bench.command(
    "pyxiu.cli.bench.commands:core", name="core", help="The core alone: cost per command, book sizes, memory."
)
bench.command("pyxiu.cli.bench.commands:e2e", name="e2e", help="Orders over HTTP, durable, against a no-op route.")
bench.command("pyxiu.cli.bench.commands:recovery", name="recovery", help="Restart from the journal, from a snapshot.")
bench.command("pyxiu.cli.bench.commands:all_of_them", name="all", help="All benchmarks, one after another.")


def main() -> None:
    """The entry point of the `pyxiu` program."""
    sys.exit(explained(lambda: app(result_action="return_value") or 0))
