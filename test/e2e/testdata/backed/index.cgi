#!/bin/sh
# The application of TestServices: counts its visits in PostgreSQL and in Redis, by
# the variables that it is given, and nothing else.
printf 'Content-Type: text/plain\r\n\r\n'
export PGOPTIONS='-c client_min_messages=warning'
rows="$(psql -qtA -v ON_ERROR_STOP=1 -c 'create table if not exists visits (at timestamptz default now())' \
	-c 'insert into visits default values' -c 'select count(*) from visits' 2>&1)"
url="$(psql "$DATABASE_URL" -qtA -c 'select count(*) > 0 from visits' 2>&1)"
hits="$(redis-cli -u "$REDIS_URL" --no-auth-warning incr visits 2>&1)"
echo "rows=$rows url=$url hits=$hits"
