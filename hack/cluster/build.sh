#!/bin/sh
# Builds bin/cluster, or the file named. The first build compiles all of
# Kubernetes; Go's build cache keeps that, so that later ones only link again.
set -eu
out="${1:-}"
case "$out" in
/*) ;;
?*) out="$PWD/$out" ;;
esac
cd "$(dirname "$0")"
out="${out:-$(cd ../.. && pwd)/bin/cluster}"
version=v1.36.3

if [ ! -e "$out" ]; then
	echo "building the embedded control plane (the first time takes 5 to 10 minutes)" >&2
fi
(
	halves=0
	# with the output elsewhere, or whoever reads ours waits for the last sleep
	while sleep 30 >/dev/null 2>&1; do
		halves=$((halves + 1))
		echo "  still building the embedded control plane: $((halves / 2)).$((halves % 2 * 5)) min" >&2
	done
) &
heartbeat=$!
trap 'kill "$heartbeat" 2>/dev/null || true' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir -p "$(dirname "$out")"
go build -trimpath -o "$out" -ldflags "-s -w \
	-X k8s.io/component-base/version.gitVersion=$version \
	-X k8s.io/client-go/pkg/version.gitVersion=$version" .
