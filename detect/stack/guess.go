package stack

import (
	"path"
	"slices"
)

// Guess is the language that most files are written in, and the first of them;
// empty where none is known. It is no more than that: nothing says what runs.
func Guess(files []string) (name, file string) {
	t, err := table()
	if err != nil {
		return "", "" // Read tells
	}
	if l, file := t.guess(files); l != nil {
		return l.Language, file
	}
	return "", ""
}

// guess counts files by their extensions. Headers are anybody's. Of languages
// that share theirs, the last of the table has no others.
func (t *tables) guess(files []string) (*language, string) {
	counts, first := map[string]int{}, map[string]string{}
	for _, file := range files {
		ext := path.Ext(file)
		if isTest(file) || ext == ".h" || ext == "" {
			continue
		}
		if counts[ext]++; first[ext] == "" {
			first[ext] = file
		}
	}
	var best *language
	var most int
	var file string
	for _, l := range t.Languages {
		sum, one := 0, ""
		for _, ext := range slices.Compact(l.Sources) {
			if sum += counts[ext]; one == "" {
				one = first[ext]
			}
		}
		if sum > 0 && sum >= most {
			best, most, file = l, sum, one
		}
	}
	return best, file
}
