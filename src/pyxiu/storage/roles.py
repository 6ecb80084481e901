"""What each module may do in the database: the one table of tables, modules and verbs.

    "journal": "engine:ra api:r …"      r SELECT, a INSERT, w UPDATE, d DELETE, t TRUNCATE

Every module has a role `pyxiu_<module>` that may do this and no more; `grant_roles.py` holds the database to it.
Invariant: every table of the schema is named here, so that who adds one says who may use it (a test compares). Only the
engine appends to the journal, and nobody at all changes or deletes what is in it; the public modules do not see the
signer's schema, and what only staff decides only the role of the admin writes. Limit: whole tables; the rows and
columns that staff shares with the public (a role, a restriction, the trail) are kept from the public by triggers.
Commands that people run use the database's owner.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

PREFIX: Final = "pyxiu_"
#: What a role can be had for: the services of `app/modules.py`, and `watcher`, `signer`, `scheduler`.
MODULES: Final = ("engine", "projector", "api", "admin", "stream", "relay", "mailer", "watcher", "scheduler", "signer")
VERBS: Final = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "t": "TRUNCATE"}
#: Schemas other than `public`, and who may look into them.
SCHEMAS: Final = {"signer": ("signer",)}


class Grant(NamedTuple):
    """One privilege on one table for one role."""

    schema: str
    table: str
    role: str
    privilege: str


def role_of(module: str) -> str:
    return PREFIX + module


def named_tables() -> set[str]:
    """All tables of the table below; those of another schema than public as `schema.table`."""
    return {table for tables, _ in _TABLES for table in tables.split()}


def grants() -> set[Grant]:
    """Everything that is granted, and nothing else is."""
    return set(_grants())


def _grants() -> Iterator[Grant]:
    for tables, rights in _TABLES:
        for table in tables.split():
            schema, _, name = table.rpartition(".")
            for right in rights.split():
                modules, _, verbs = right.partition(":")
                for module in MODULES if modules == "all" else modules.split(","):
                    assert module in MODULES, f"no module {module!r}"
                    for verb in verbs:
                        yield Grant(schema or "public", name, role_of(module), VERBS[verb])


_TABLES: Final = (
    # Which revision the tables are at: asked at the start of every process.
    ("alembic_version", "all:r"),
    # The truth, and what recovery starts from.
    ("journal", "engine:ra projector,api,admin,stream,relay:r"),
    ("snapshots", "engine:rad"),
    ("snapshot_parts", "engine:ra"),
    ("engine_leader", "engine:raw"),
    # What the journal is as tables. A rebuild empties them, and the projector finishes one that was cut off.
    ("money_keys", "engine:r projector:ra"),
    ("projection_cursors", "projector:raw engine,api,admin,stream,relay,watcher,scheduler:r"),
    ("orders trades accounts entries holds candles", "projector:rawdt api,stream,relay:r"),
    ("pnl pnl_prices", "projector:rawdt api:r"),
    ("pnl_currencies", "projector:rad"),
    ("accounts", "watcher,scheduler:r"),
    ("entries", "scheduler:r"),
    ("proj_assets proj_markets proj_members proj_fee_rules", "projector:rawdt api,stream,relay:r"),
    # Every process that serves HTTP knows the books; the one of staff shows none.
    ("orders proj_markets", "admin:r"),
    # The catalog: staff change it by commands of the command line; what the engine is owed is sent by its process.
    (
        "blockchains currencies asset_networks engines markets trading_fees withdraw_limits",
        "engine,api,admin,stream,watcher,scheduler,signer:r",
    ),
    ("catalog_commands", "engine:rw"),
    ("catalog_version", "engine:rw api,admin,stream,watcher,scheduler,signer:r"),
    # Who may come in: asked by every gateway for each request. Roles, and what staff says of a state, are the admin's.
    ("users", "api,admin:raw stream,mailer:r"),
    ("labels", "api,admin:rawd stream,mailer:r"),
    ("levels", "api,admin,stream:r"),
    ("sessions", "api,admin:rawd stream:rw"),
    ("api_keys", "api,admin:rawd stream:rw"),
    ("service_accounts", "admin:raw api,stream:r"),
    ("permissions", "admin:rawd api,stream:r"),
    # Who has a whitelink lets the own address in, and no more. Staff makes the links; whoever tidies drops old ones.
    ("restrictions", "admin:rawd api:raw stream:r"),
    ("whitelinks", "admin:rad api:rd stream:r"),
    ("used_signatures", "api,admin,stream:rad"),
    ("identity_changes", "api,admin:rad stream:r"),
    ("throttles", "api,admin,stream:rawd"),
    # What people prove themselves by, and what they handed in: for the API and staff alone.
    ("mail_tokens mail_requests", "api,admin:rawd"),
    ("bootstrap_tokens", "admin:rawd"),
    ("totp_secrets recovery_codes passkeys passkey_challenges factor_approvals", "api,admin:rawd"),
    ("passkeys", "stream:r"),
    ("profiles documents", "api,admin:raw"),
    ("phones", "api:rawd admin:r"),
    ("data_storages", "api:ra admin:rd"),
    ("used_captchas external_identities used_identity_tokens", "api,admin:rawd"),
    ("identity_commands", "api,admin:rawd"),
    ("comments", "admin:rawd"),
    # What happened: appended to and never changed. What staff did is in a chain that the public cannot extend.
    ("activities", "api,admin,stream:ra"),
    ("activity_chain", "admin:rw"),
    # What a change of rows announces.
    ("outbox", "api,admin,watcher,scheduler:ra relay,mailer:rw stream:r"),
    ("outbox_cursors", "mailer,relay:raw"),
    ("mails", "mailer:raw"),
    ("mailbox", "mailer,api:rad admin:r"),
    ("relay_cursors", "relay:raw"),
    ("relay_refused", "relay:ra"),
    # What the nodes of chains say.
    ("chain_blocks chain_payments chain_spends", "watcher:rawd api,scheduler:r"),
    # What came to members' accounts: noted by a trigger with the payment, taken off by the sweep.
    ("unswept_payments", "watcher:ra scheduler:rd"),
    ("paid_accounts", "watcher:ra scheduler:r"),
    ("chain_alarms", "watcher,scheduler:raw api:r"),
    ("chain_destinations", "watcher,api:raw scheduler:r"),
    # Wallets are the operator's to make and change, by commands; the API gives the next address of one, and no more.
    ("wallets wallet_currencies", "api,watcher,scheduler:r"),
    ("wallet_indexes", "api:rw"),
    ("deposit_addresses", "api:ra watcher,scheduler,signer:r"),
    # Deposits: made by the watcher; a sweep marks what it has collected.
    ("deposits", "watcher:raw api:r scheduler:rw"),
    ("pending_payments", "watcher:rawd api:r"),
    ("deposit_bookings", "watcher:raw scheduler:r"),
    ("deposit_exceptions", "watcher:rawd scheduler:r"),
    ("member_freezes", "watcher:raw api,scheduler:r"),
    # From deposit addresses to the treasury; what the ledger is told of it, and the ledger against the chains.
    ("sweeps sweep_parts wallet_balances treasury_entries treasury_moves solvency_checks", "scheduler:raw"),
    ("sweep_dust", "scheduler:rawd"),
    ("solvency_bases", "scheduler:raw"),
    # What people do about custody they do by commands; its end is moved by a trigger, with the owner's rights.
    ("custody_activities custody_activity_chain", ""),
    # The address book, and withdrawals: asked for by members, finished and watched by the scheduler.
    ("beneficiaries withdrawal_settings", "api:raw"),
    ("beneficiary_pins", "api:rawd"),
    ("withdrawals internal_transfers", "api:raw scheduler:rw"),
    ("withdrawal_approvals", "api:r scheduler:r"),
    ("withdrawal_alarms", "scheduler:raw api:r"),
    # Payouts are planned and followed by the scheduler, signed and sent by the signer.
    # A payment of our own to a member is told from others by what we have sent.
    ("payouts payout_attempts", "watcher:r"),
    ("payouts payout_attempts", "scheduler:raw signer:rw"),
    ("payout_outputs reserved_inputs reserved_nonces", "scheduler:raw"),
    # What the signer looks at with its own eyes before it signs, and changes nothing of.
    ("withdrawals wallets reserved_nonces adopted_facts", "signer:r"),
    ("chain_blocks chain_payments chain_spends chain_destinations", "signer:r"),
    ("adopted_facts", "scheduler:r"),
    ("chain_alarms", "signer:raw"),
    # What the signer allows is set by commands; what it has signed it only adds to. Nobody else sees any of it.
    ("signer.limits signer.fee_caps signer.allowed", "signer:r"),
    ("signer.log signer.requests signer.groups signer.paid signer.spending", "signer:ra"),
)
