#!/bin/sh
# cached.sh OUT BUILD SOURCES: links OUT, a file or a folder, to what BUILD has made
# of the folder SOURCES in the user's cache. It is kept by what it was made of, so
# that another clone takes it from there: linking these programs takes minutes. What
# nobody has linked to for a month goes.
set -eu
out=$1 build=$2 sources=$3
cache="${XDG_CACHE_HOME:-$HOME/.cache}/spotguide"
sum=$({ go version && find "$sources" -type f ! -name '*_test.go' ! -name '*.md' | LC_ALL=C sort | xargs cat; } | sha256sum | cut -c 1-16)
name=$(basename "$out")
kept="$cache/$name-$sum"

if [ ! -e "$kept" ]; then
	mkdir -p "$cache"
	new=$(mktemp -d "$cache/new-XXXXXX")
	trap 'rm -rf "$new"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	"$build" "$new/$name"
	# whoever was faster has made the same
	mv -T "$new/$name" "$kept" 2>/dev/null || true
fi
touch "$kept"
find "$cache" -maxdepth 1 -name "$name-*" -mtime +30 -exec rm -rf {} +
rm -rf "$out"
mkdir -p "$(dirname "$out")"
ln -s "$kept" "$out"
