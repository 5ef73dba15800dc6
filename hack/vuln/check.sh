#!/bin/sh
# check.sh GOVULNCHECK... runs govulncheck. Findings fail; a database that
# cannot be reached does not, since that says nothing about the code.
set -u
out=$("$@" 2>&1) && exit 0
code=$?
case $out in
*"fetching vulnerabilities"*)
	echo "govulncheck: NOT CHECKED, the vulnerability database cannot be reached: ${out##*: }"
	exit 0
	;;
esac
echo "$out"
exit $code
