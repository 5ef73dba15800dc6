#!/bin/sh
# Builds buildkitd and buildctl, static, into bin/buildkit or the folder named:
# about two minutes the first time. go.mod pins their version.
set -eu
out="${1:-}"
case "$out" in
/*) ;;
?*) out="$PWD/$out" ;;
esac
cd "$(dirname "$0")"
out="${out:-$(cd ../.. && pwd)/bin/buildkit}"
mkdir -p "$out"
CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$out/" \
	github.com/moby/buildkit/cmd/buildkitd github.com/moby/buildkit/cmd/buildctl
