#!/bin/sh
# Runs every fuzz target of the module for the given time (10s unless given).
set -eu
time=${1:-10s}
go list -f '{{$p := .ImportPath}}{{range .TestGoFiles}}{{$p}} {{$.Dir}}/{{.}}{{"\n"}}{{end}}{{range .XTestGoFiles}}{{$p}} {{$.Dir}}/{{.}}{{"\n"}}{{end}}' ./... |
while read -r package file; do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "${file:-/dev/null}"); do
		echo "fuzz $package $target for $time"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package" >/dev/null </dev/null ||
			{ echo "failed: go test -run '^\$' -fuzz '^$target\$' $package"; exit 1; }
	done
done
