#!/bin/sh
# Builds Traefik, static, into bin/traefik or the folder named: about ten minutes
# the first time on two cores. go.mod pins its version.
set -eu
out="${1:-}"
case "$out" in
/*) ;;
?*) out="$PWD/$out" ;;
esac
cd "$(dirname "$0")"
out="${out:-$(cd ../.. && pwd)/bin/traefik}"
version=$(go list -m -f '{{.Version}}' github.com/traefik/traefik/v3)

if [ ! -e "$out/traefik" ]; then
	echo "building Traefik (the first time takes 10 minutes)" >&2
fi
mkdir -p "$out"
CGO_ENABLED=0 go build -trimpath -o "$out/" -ldflags "-s -w \
	-X github.com/traefik/traefik/v3/pkg/version.Version=$version" tool
