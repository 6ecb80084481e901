#!/bin/sh
# Make the cluster on the first start, then be the server: `postgres -c name=value …`.
set -eu
data=/var/lib/postgresql/data
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
as_postgres="setpriv --reuid=postgres --regid=postgres --init-groups"
[ "$1" = postgres ] && shift

mkdir -p /run/postgresql && chown postgres /run/postgresql "$data" && chmod 0700 "$data"
if [ ! -s "$data/PG_VERSION" ]; then
    password=$(mktemp) && printf '%s\n' "$POSTGRES_PASSWORD" > "$password" && chown postgres "$password"
    # shellcheck disable=SC2086 - several words each
    $as_postgres initdb -D "$data" -U "$POSTGRES_USER" --pwfile="$password" --auth=scram-sha-256 ${POSTGRES_INITDB_ARGS:-}
    rm "$password"
    echo 'host all all all scram-sha-256' >> "$data/pg_hba.conf"
    [ "$POSTGRES_DB" = postgres ] || echo "CREATE DATABASE \"$POSTGRES_DB\"" | $as_postgres postgres --single -D "$data" postgres
fi
exec $as_postgres postgres -D "$data" -c listen_addresses='*' "$@"
