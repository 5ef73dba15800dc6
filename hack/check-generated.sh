#!/bin/sh
# Fails when `make generate` changes a file that is tracked or could be.
set -eu
state() {
	git ls-files --cached --others --exclude-standard | while read -r file; do
		if [ -f "$file" ]; then echo "$(git hash-object "$file") $file"; fi
	done
}
before=$(state)
make --no-print-directory generate
after=$(state)
[ "$before" = "$after" ] && exit 0
echo "out of date, run make generate and commit:"
# What stands in only one of the two lists changed; the name comes after the hash.
printf '%s\n%s\n' "$before" "$after" | sort | uniq -u | cut -d ' ' -f 2- | sort -u | sed 's/^/  /'
exit 1
