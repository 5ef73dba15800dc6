#!/bin/sh
# Builds bin/cluster. The first build compiles all of Kubernetes; the Go build
# cache keeps that, so that later ones only link again.
set -eu
cd "$(dirname "$0")"
out="${1:-../../bin/cluster}"
version=v1.36.3
cache_mark="$(go env GOCACHE)/spotguide-cluster-$version"
if [ ! -e "$cache_mark" ]; then
	echo "building the embedded control plane (the first time takes 5 to 10 minutes)" >&2
fi
(
	minutes=0
	while sleep 30 >/dev/null 2>&1; do
		minutes=$((minutes + 1))
		echo "  still building the embedded control plane: $((minutes / 2)).$((minutes % 2 * 5)) min" >&2
	done
) &
heartbeat=$!
trap 'kill $heartbeat 2>/dev/null || true' EXIT INT TERM
mkdir -p "$(dirname "$out")"
go build -trimpath -o "$out" -ldflags "-s -w \
	-X k8s.io/component-base/version.gitVersion=$version \
	-X k8s.io/client-go/pkg/version.gitVersion=$version" .
: >"$cache_mark"
