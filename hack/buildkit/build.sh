#!/bin/sh
# Builds buildkitd, buildctl and rootlesskit, static, into bin/buildkit or the
# folder named: about three minutes the first time. go.mod pins their versions.
set -eu
out="${1:-}"
case "$out" in
/*) ;;
?*) out="$PWD/$out" ;;
esac
cd "$(dirname "$0")"
out="${out:-$(cd ../.. && pwd)/bin/buildkit}"
version=$(go list -m -f '{{.Version}}' github.com/moby/buildkit)

if [ ! -e "$out/buildkitd" ]; then
	echo "building BuildKit (the first time takes 3 minutes)" >&2
fi
mkdir -p "$out"
CGO_ENABLED=0 go build -trimpath -o "$out/" -ldflags "-s -w \
	-X github.com/moby/buildkit/version.Version=$version" tool
