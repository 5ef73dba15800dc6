package stack

import (
	"slices"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Folder is a folder of a tree, as far as it is known already.
type Folder interface {
	// Dir is its path in the tree.
	Dir() string
	// Files are the files below it by their paths in it, those of upper folders
	// first. The list may be cut.
	Files() []string
	// Read returns the beginning of a file, named as Files does.
	Read(name string) ([]byte, error)
}

// Result is what was found in a folder.
type Result struct {
	// Stack is nil where nothing can be run. Library is what there is then, if a
	// manifest tells: its kind is library.
	Stack, Library *guide.Stack
	// Why holds the evidence of each of its fields, in the order of the fields.
	Why []guide.Evidence
	// Workspace: folders below are packages of their own. Weak: only a script
	// says that it is run itself, which in a workspace may mean a package's.
	Workspace, Weak bool
	// Notices tell of files that could not be used, "file: why".
	Notices []string
}

// IsManifest says whether a file of that name tells what is beside it: more than
// the name of a program's first file does.
func IsManifest(name string) bool {
	t, err := table()
	return err == nil && Marked(name) && !t.bare[name]
}

// Marked says whether a file of that name marks source code. A folder without
// any need not be read.
func Marked(name string) bool {
	t, err := table()
	if err != nil {
		return true // Read tells
	}
	return t.marks[name] || slices.ContainsFunc(t.patterns, func(p string) bool { return glob(p, name) })
}

// Around is what folders above tell of a folder.
type Around struct {
	// Member: it is a package of a workspace, where most are libraries. A file
	// that is called like an entry is not enough there.
	Member bool
	// Dir is the workspace's folder, Files the names of the files in it.
	Dir   string
	Files []string
	// Read returns the beginning of a file of the workspace; nil without one.
	Read func(name string) ([]byte, error)
	// Composed is the service of a compose file that is built from the folder.
	Composed *Composed
	// Dockerfile is the one that somebody names, below the folder, and Target the
	// stage of it.
	Dockerfile, Target string
}

// Read tells what the folder is. The error is the folder's: what cannot be read
// for a moment. Tables that are wrong are an error as well.
func Read(f Folder, around Around) (Result, error) {
	t, err := table()
	if err != nil {
		return Result{}, err
	}
	src := newSource(f)
	said := said{readDockerfile(src, around), readProcfile(src), readCrontab(src)}
	var first, found *survey
	for _, l := range t.order(said.docker) {
		s := newSurvey(t, src, l, said, around)
		if s == nil {
			continue
		}
		if first == nil || first.language.Beside == l.Language && !first.complete {
			first = s
		}
		if s.complete && s.runs() {
			found = s
			break
		}
	}
	workspace := first != nil && first.workspace
	on, file := t.systemOf(src)
	if found == nil && (on != nil || said.any()) {
		if found = first; found == nil {
			found = newBare(t, src, said, around)
		}
	}
	if found == nil || src.err != nil {
		said.cron.tellApart(src)
		result := Result{Workspace: workspace, Notices: src.notices}
		if first != nil && len(first.manifests) > 0 {
			result.Library, result.Why = first.describeLibrary()
		}
		return result, src.err
	}
	if on != nil {
		found.runOn(on, file)
	}
	found.tellOthers()
	found.describe()
	return Result{Stack: &found.stack, Why: found.why, Workspace: workspace || found.workspace, Weak: found.weak, Notices: src.notices}, src.err
}

// order is that of the table, but for the language whose image the Dockerfile
// starts from, which comes first, with those that are built beside it.
func (t *tables) order(docker dockerfile) []*language {
	l := t.imageLanguage(docker)
	if l == nil || l.Kind != "" {
		return t.Languages
	}
	first := func(other *language) bool { return other == l || other.Beside == l.Language }
	ordered := slices.DeleteFunc(slices.Clone(t.Languages), func(other *language) bool { return !first(other) })
	return append(ordered, slices.DeleteFunc(slices.Clone(t.Languages), first)...)
}
