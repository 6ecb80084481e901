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
chain = App(name="chain", help="Chains: check a node, see how far the watcher is, explain a transaction.")
withdrawal = App(name="withdrawal", help="What members want paid out: list, approve, reject, and fiat by hand.")
deposit = App(name="deposit", help="What was paid in: list, explain exceptions, a bank's money, freezes.")
wallet = App(name="wallet", help="The exchange's wallets and their keys: make, list, use, retire.")
payout = App(name="payout", help="What leaves the wallets: list, explain, bump, set aside, reconcile with the chain.")
signer = App(name="signer", help="What the signer allows, and what it has signed.")
bench = App(name="bench", help="Measure, and print the figures as JSON.")

app.command(
    "pyxiu.cli.up:up", name="up", help="Start an exchange: database, engine, projections and API in one process."
)
app.command(
    "pyxiu.cli.run:run_services",
    name="run",
    help="Run chosen modules as a service: engine, projector, watcher, scheduler, signer, api, stream, …",
)
app.command("pyxiu.cli.migrate:migrate", name="migrate", help="Bring the database's tables up to date.")
app.command("pyxiu.cli.roles:roles", name="roles", help="The database's roles of the modules; logins for them.")
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
app.command(deposit)
app.command(withdrawal)
app.command(wallet)
app.command(payout)
app.command(signer)
app.command("pyxiu.cli.certs:certs", name="certs", help="Make or renew the certificates that services show each other.")
app.command("pyxiu.cli.config:config", name="config", help="Check all settings and print those that are set.")
app.command("pyxiu.cli.plugins:plugins", name="plugins", help="List plugins: installed, enabled, what they offer.")
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
chain.command("pyxiu.cli.chain:status", name="status", help="Show how far each network is scanned, and alarms.")
chain.command("pyxiu.cli.chain:rescan", name="rescan", help="Read blocks again from a height on.")
chain.command("pyxiu.cli.chain:explain", name="explain", help="Say what became of a transaction, and what is next.")

deposit.command("pyxiu.cli.deposit:list_all", name="list", help="Show the newest deposits.")
deposit.command("pyxiu.cli.deposit:exceptions", name="exceptions", help="Show payments that are no deposits, and why.")
deposit.command("pyxiu.cli.deposit:credit", name="credit", help="Make a deposit of a listed payment.")
deposit.command("pyxiu.cli.deposit:dismiss", name="dismiss", help="Take a payment off that list.")
deposit.command("pyxiu.cli.deposit:record", name="record", help="Record money that a bank says has come.")
deposit.command("pyxiu.cli.deposit:accept", name="accept", help="Credit a bank's deposit.")
deposit.command("pyxiu.cli.deposit:cancel", name="cancel", help="End a bank's deposit that was not accepted.")
deposit.command("pyxiu.cli.deposit:freezes", name="freezes", help="Show who may not withdraw, and why.")
deposit.command("pyxiu.cli.deposit:freeze", name="freeze", help="Stop a member's withdrawals.")
deposit.command("pyxiu.cli.deposit:lift", name="lift", help="End a freeze.")
withdrawal.command("pyxiu.cli.withdrawal:list_all", name="list", help="Show withdrawals that wait for staff.")
withdrawal.command("pyxiu.cli.withdrawal:show", name="show", help="Show one, and what happens next.")
withdrawal.command("pyxiu.cli.withdrawal:approve", name="approve", help="Approve one that waits.")
withdrawal.command("pyxiu.cli.withdrawal:reject", name="reject", help="Reject one; the funds go back.")
withdrawal.command("pyxiu.cli.withdrawal:cancel", name="cancel", help="Take one back for its member.")
withdrawal.command("pyxiu.cli.withdrawal:paid", name="paid", help="Say that a bank has paid.")
withdrawal.command("pyxiu.cli.withdrawal:failed", name="failed", help="Say that a bank will not pay.")
withdrawal.command("pyxiu.cli.withdrawal:retry", name="retry", help="Tell the engine what one still owes it.")

wallet.command("pyxiu.cli.wallet:init", name="init", help="Make the wallets that a network begins with, with keys.")
wallet.command("pyxiu.cli.wallet:add", name="add", help="Add a wallet: of a public key, an address, or a new key.")
wallet.command("pyxiu.cli.wallet:key", name="key", help="Make a key in this home's key store; prints its public half.")
wallet.command("pyxiu.cli.wallet:list_all", name="list", help="Show every wallet.")
wallet.command("pyxiu.cli.wallet:address", name="address", help="Print a wallet's own address.")
wallet.command("pyxiu.cli.wallet:carry", name="carry", help="Let a wallet carry further currencies.")
wallet.command("pyxiu.cli.wallet:status", name="status", help="Take a wallet out of use, or back into it.")
wallet.command("pyxiu.cli.wallet:rotate_address_of", name="rotate-address", help="Give a member a new deposit address.")
wallet.command("pyxiu.cli.treasury:balances", name="balances", help="Show what each wallet holds, and its bound.")
wallet.command("pyxiu.cli.treasury:sweeps", name="sweeps", help="Show sweeps, and what is not worth moving.")
wallet.command("pyxiu.cli.treasury:retry", name="retry-sweep", help="Take up a sweep that waits for a person.")
wallet.command("pyxiu.cli.treasury:drop", name="drop-sweep", help="Give up a sweep of which nothing has left.")
wallet.command("pyxiu.cli.treasury:move", name="move", help="Move coins between wallets of ours.")
wallet.command("pyxiu.cli.treasury:moved", name="moved", help="Name the transaction of a move that others signed.")
wallet.command("pyxiu.cli.treasury:inflows", name="inflows", help="Show payments into our wallets that are not booked.")
wallet.command("pyxiu.cli.treasury:book", name="book-inflow", help="Enter such a payment as the operator's money.")
wallet.command("pyxiu.cli.treasury:entries", name="entries", help="Show network fees and inflows, booked and owed.")
wallet.command("pyxiu.cli.treasury:solvency", name="solvency", help="Show the ledger against the chains, by asset.")

events.command(
    "pyxiu.cli.events:public_key", name="public-key", help="Print the key that consumers check messages with."
)
events.command("pyxiu.cli.events:status", name="status", help="Show how far each destination has come.")

payout.command("pyxiu.cli.payout:list_payouts", name="list", help="Show payouts that are under way, or all.")
payout.command("pyxiu.cli.payout:explain", name="explain", help="Tell all about one, by its number or a tid.")
payout.command("pyxiu.cli.payout:bump", name="bump", help="Offer more for one that no block takes.")
payout.command("pyxiu.cli.payout:cancel", name="cancel", help="Take its nonce, so that it cannot be mined.")
payout.command("pyxiu.cli.payout:park", name="park", help="Set one aside.")
payout.command("pyxiu.cli.payout:resume", name="resume", help="Let a parked one go on.")
payout.command("pyxiu.cli.payout:split", name="split", help="Take a batch apart that was not signed.")
payout.command("pyxiu.cli.payout:settle", name="settle", help="Say that a parked one was paid.")
payout.command("pyxiu.cli.payout:fail", name="fail", help="Say that a parked one will never be paid.")
payout.command("pyxiu.cli.payout:reconcile", name="reconcile", help="Show and adopt what only the chain knows.")
payout.command("pyxiu.cli.payout:approver", name="approver", help="Print the key that payouts are approved with.")

signer.command("pyxiu.cli.signer:policy", name="policy", help="Show what the signer allows.")
signer.command("pyxiu.cli.signer:limit", name="limit", help="Set how much of a currency may leave in a period.")
signer.command("pyxiu.cli.signer:fee", name="fee", help="Set the most that a transaction may cost.")
signer.command("pyxiu.cli.signer:allow", name="allow", help="Let moves go to an address of no key here.")
signer.command("pyxiu.cli.signer:log", name="log", help="Show or check what the signer has signed.")

bench.command(
    "pyxiu.cli.bench.commands:core", name="core", help="The core alone: cost per command, book sizes, memory."
)
bench.command("pyxiu.cli.bench.commands:e2e", name="e2e", help="Orders over HTTP, durable, against a no-op route.")
bench.command("pyxiu.cli.bench.commands:stream", name="stream", help="Market data to thousands, orders over sockets.")
bench.command("pyxiu.cli.bench.commands:recovery", name="recovery", help="Restart from the journal, from a snapshot.")
bench.command("pyxiu.cli.bench.commands:watcher", name="watcher", help="Full blocks, a thousand deposits in one.")
bench.command("pyxiu.cli.bench.commands:all_of_them", name="all", help="All benchmarks, one after another.")


def main() -> None:
    """The entry point of the `pyxiu` program."""
    sys.exit(explained(lambda: app(result_action="return_value") or 0))
