package stack

import (
	"bytes"
	"embed"
	"fmt"
	"path"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed tables/*.yaml
var files embed.FS

// tables are the rows of tables/.
type tables struct {
	Languages  []*language
	Frameworks map[string][]*framework
	Services   []service
	Code       code
	Systems    []system
	Words      map[string]string // to languages

	libraries index // to rows of Services
	// marks are names of files that mark source code; patterns those with a *.
	marks    map[string]bool
	bare     map[string]bool // those that no manifest is called
	patterns []string
}

// table returns the tables, which are part of the program.
var table = sync.OnceValues(load)

func load() (*tables, error) {
	t := &tables{marks: map[string]bool{}, bare: map[string]bool{}}
	for name, into := range map[string]any{"languages": t, "frameworks": t, "services": t, "systems": t, "code": &t.Code} {
		data, err := files.ReadFile("tables/" + name + ".yaml")
		if err != nil {
			return nil, err
		}
		decoder := yaml.NewDecoder(bytes.NewReader(data))
		decoder.KnownFields(true)
		if err := decoder.Decode(into); err != nil {
			return nil, fmt.Errorf("table %s: %w", name, err)
		}
	}
	for i, s := range t.Services {
		for _, library := range s.Libraries {
			t.libraries.add(library, i)
		}
	}
	t.foldPatterns()
	for _, s := range t.Systems {
		t.mark(s.File)
	}
	for _, file := range []string{"Procfile", "crontab", "Dockerfile.*", "*.dockerfile", "*.Dockerfile"} {
		t.bare[file] = true
		t.mark(file)
	}
	for _, l := range t.Languages {
		if l.Entry.Regexp == nil && (l.Search || len(l.Weak) > 0) {
			return nil, fmt.Errorf("table languages: %s: search and weak need an entry", l.Language)
		}
		l.patterns = sortedKeys(l.Manifests)
		for _, file := range l.patterns {
			t.mark(path.Base(file))
		}
	}
	for _, l := range t.Languages {
		for _, file := range l.Bare {
			t.bare[path.Base(file)] = !t.marks[path.Base(file)] || t.bare[path.Base(file)]
			t.mark(path.Base(file))
		}
	}
	return t, nil
}

func (t *tables) mark(file string) {
	if strings.Contains(file, "*") {
		t.patterns = append(t.patterns, file)
		return
	}
	t.marks[file] = true
}

// foldPatterns makes the patterns of dependencies comparable with folded names.
func (t *tables) foldPatterns() {
	lists := [][]string{t.Code.Databases}
	for _, rows := range t.Frameworks {
		for _, f := range rows {
			lists = append(lists, f.Any, f.With)
		}
	}
	for _, h := range t.Code.HealthPaths {
		lists = append(lists, h.Any)
	}
	for _, list := range lists {
		for i, pattern := range list {
			list[i] = fold(pattern)
		}
	}
}
