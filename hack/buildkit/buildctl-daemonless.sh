#!/bin/sh
# Runs buildctl with the arguments given against a buildkitd that lives only as
# long: what the script of this name in BuildKit's own images does.
#
#   BUILDKITD_FLAGS                flags of buildkitd
#   BUILDCTL_CONNECT_RETRIES_MAX   how often to look for it, every 0.1 s (100)
set -eu

dir=$(mktemp -d)
address=unix://$dir/buildkitd.sock
if [ "$(id -u)" = 0 ]; then
	around=
else
	around=rootlesskit
fi
# shellcheck disable=SC2086 # the flags are several words
$around buildkitd ${BUILDKITD_FLAGS:-} --addr="$address" >"$dir/log" 2>&1 &
daemon=$!
end() {
	kill "$daemon" 2>/dev/null || true
	wait "$daemon" 2>/dev/null || true
	rm -rf "$dir"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

left=${BUILDCTL_CONNECT_RETRIES_MAX:-100}
until buildctl --addr="$address" debug workers >/dev/null 2>&1; do
	left=$((left - 1))
	if [ "$left" -le 0 ] || ! kill -0 "$daemon" 2>/dev/null; then
		echo "buildkitd does not answer at $address; it said:" >&2
		cat "$dir/log" >&2
		exit 1
	fi
	sleep 0.1
done
buildctl --addr="$address" "$@"
