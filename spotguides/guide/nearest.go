package guide

import (
	"fmt"
	"slices"
	"strings"
)

// maxWord is longer than any name that is known.
const maxWord = 64

// nearest is the known name that word was most likely meant to be, "" when none
// is near.
func nearest(word string, known []string) string {
	if len(word) > maxWord {
		return ""
	}
	best, least := "", 1+len(word)/3
	for _, name := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(name)); d <= least && (best == "" || d < least) {
			best, least = name, d
		}
	}
	return best
}

// suggest is a hint made of the nearest name, or of all of them.
func suggest(word string, known []string) string {
	if name := nearest(word, known); name != "" {
		return fmt.Sprintf("did you mean %q?", name)
	}
	if len(known) == 0 {
		return ""
	}
	known = slices.Sorted(slices.Values(known))
	return "known: " + strings.Join(known, ", ")
}

// distance counts the insertions, deletions, substitutions and swaps of
// neighbours (optimal string alignment) that lead from a to b.
func distance(a, b string) int {
	two, one := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(one[j]+1, row[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, one = one, row
	}
	return one[len(b)]
}
