#!/bin/sh
# What the entrypoint of Docker's official image does, as far as the guides' chart
# makes use of it: a database cluster in PGDATA, once, with the superuser
# POSTGRES_USER, its password and the database POSTGRES_DB; passwords for whoever
# comes over the network.
set -eu

[ "${1:-}" = postgres ] || exec "$@"

if [ ! -s "$PGDATA/PG_VERSION" ]; then
	[ -z "${POSTGRES_PASSWORD_FILE:-}" ] || POSTGRES_PASSWORD="$(cat "$POSTGRES_PASSWORD_FILE")"
	: "${POSTGRES_PASSWORD:?has to be set, or nobody could log in}"
	user="${POSTGRES_USER:-postgres}"
	umask 077
	mkdir -p "$PGDATA"
	password="$(mktemp)"
	printf '%s\n' "$POSTGRES_PASSWORD" >"$password"
	initdb --username="$user" --pwfile="$password" --auth-local=trust --auth-host=scram-sha-256
	rm "$password"
	echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
	echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
	# Nobody outside finds it before it has its database.
	pg_ctl -w -o "-c listen_addresses=''" start
	if [ "${POSTGRES_DB:-$user}" != postgres ]; then
		createdb --username="$user" "${POSTGRES_DB:-$user}"
	fi
	pg_ctl -w -m fast stop
fi
exec "$@"
