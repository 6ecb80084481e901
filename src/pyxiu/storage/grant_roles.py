"""Hold a database to the table in `roles.py`: make the roles, grant what is missing, take back what is too much.

Invariant: afterwards the roles' rights on our tables are exactly those of the table; where nothing differs nothing is
written. Run at the end of every migration, by whoever owns the tables. Limit: roles belong to the whole server. Where
the owner may not make one this says so and goes on without it; its module then connects as the owner.
"""

import re
from collections.abc import Iterable
from typing import Final

import structlog
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from pyxiu.storage.roles import MODULES, SCHEMAS, Grant, grants, role_of

ROLES: Final = tuple(role_of(module) for module in MODULES)
#: Names come from our own table, and are checked all the same before they are put into statements.
_NAME: Final = re.compile(r"[a-z_][a-z0-9_]*")
#: SQLSTATEs: the role is there already, also when another database's migration has just made it.
_EXISTS: Final = frozenset({"42710", "23505"})
_MISSING: Final = """
    SELECT wanted FROM unnest(CAST(:roles AS text[])) AS wanted
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted)
"""
#: To connect as a role one must be a member of it; a superuser is one of all.
_NOT_MEMBER: Final = """
    SELECT rolname FROM pg_roles
    WHERE rolname = ANY(CAST(:roles AS text[])) AND NOT pg_has_role(current_user, oid, 'MEMBER')
"""
_TABLES: Final = """
    SELECT nspname, relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('r', 'p') AND (nspname = 'public' OR nspname = ANY(CAST(:schemas AS text[])))
"""
_GRANTED: Final = """
    SELECT nspname, relname, rolname, privilege_type
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace, aclexplode(relacl) AS acl
        JOIN pg_roles ON pg_roles.oid = acl.grantee
    WHERE relkind IN ('r', 'p') AND rolname = ANY(CAST(:roles AS text[]))
"""
_log = structlog.get_logger(__name__)


def grant_roles(connection: Connection) -> list[str]:
    """Bring roles and rights up to date in the caller's transaction; the statements that were run."""
    done = _make_roles(connection)
    there = set(ROLES) - set(_names(connection, _MISSING))
    rows = connection.execute(text(_TABLES), {"schemas": list(SCHEMAS)})
    tables = {(row[0], row[1]) for row in rows}
    wanted = {grant for grant in grants() if (grant.schema, grant.table) in tables and grant.role in there}
    found = {Grant(*row) for row in connection.execute(text(_GRANTED), {"roles": list(ROLES)})}
    statements = [f"GRANT {_on(grant)} TO {_name(grant.role)}" for grant in sorted(wanted - found)]
    statements += [f"REVOKE {_on(grant)} FROM {_name(grant.role)}" for grant in sorted(found - wanted)]
    statements += _schema_grants(connection, {schema for schema, _ in tables}, there)
    for statement in statements:
        connection.execute(text(statement))
    return done + statements


def _make_roles(connection: Connection) -> list[str]:
    """What is missing and may be made. A role that is not ours to use is named, and nothing fails."""
    done = []
    for role in _names(connection, _MISSING):
        done += _tried(connection, f"CREATE ROLE {_name(role)} NOLOGIN", "this database's owner may not make roles")
    for role in _names(connection, _NOT_MEMBER):
        done += _tried(connection, f"GRANT {_name(role)} TO CURRENT_USER", "a role of this server is not ours to use")
    return done


def _tried(connection: Connection, statement: str, complaint: str) -> list[str]:
    try:
        with connection.begin_nested():
            connection.execute(text(statement))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _EXISTS:
            _log.warning(f"{complaint}: its modules do without; see docs/operations/split.md", statement=statement)
        return []
    return [statement]


def _schema_grants(connection: Connection, schemas: Iterable[str], there: set[str]) -> list[str]:
    statements = []
    for schema in sorted(schemas):
        for role in sorted(there.intersection(map(role_of, SCHEMAS.get(schema, ())))):
            may = connection.execute(
                text("SELECT has_schema_privilege(:role, :schema, 'USAGE')"), {"role": role, "schema": schema}
            )
            if not may.scalar_one():
                statements.append(f"GRANT USAGE ON SCHEMA {_name(schema)} TO {_name(role)}")
    return statements


def _names(connection: Connection, query: str) -> list[str]:
    return list(connection.execute(text(query), {"roles": list(ROLES)}).scalars())


def _on(grant: Grant) -> str:
    return f"{grant.privilege} ON {_name(grant.schema)}.{_name(grant.table)}"


def _name(name: str) -> str:
    assert _NAME.fullmatch(name), name
    return name
