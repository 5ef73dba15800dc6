package compose

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Project is a compose file.
type Project struct {
	// File is its path in the tree.
	File string
	// Services are those that start by themselves, by their names.
	Services []Service
	// Notices tell what is done otherwise than the file says.
	Notices []string
}

// Service is one of a compose file's.
type Service struct {
	guide.Composed
	// Line of the file that it begins on.
	Line int
	// Context is the folder in the tree that it is built from, Dockerfile the file
	// below it if it is not the usual one; empty where it only runs an image.
	Context, Dockerfile string
}

// Built says that it is made from source code.
func (s Service) Built() bool { return s.Context != "" }

// Bounds of a file: maxNodes of what aliases of YAML blow it up to, maxRange of
// all ports in ranges, each of which the library writes out.
const (
	maxNodes    = 50_000
	maxServices = 200
	maxRange    = 5_000
)

var portRange = regexp.MustCompile(`^(?:[^\s]*:)?(\d{1,5})-(\d{1,5})(?:/\w+)?$`)

// Load reads the compose file of that path, with a file of the environment's own
// over it (compose.staging.yaml) if there is one. An error names the file and
// what to do; one of the tree's that is temporary says so as the tree does.
func Load(ctx context.Context, tree fs.FS, file, environment string) (_ Project, err error) {
	defer func() { // of the library: the file is anybody's
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: cannot be read: %v", file, r)
		}
	}()
	l := &load{tree: tree, file: file, dir: path.Dir(file), names: map[string]string{}, shared: map[string][]string{}}
	files, err := l.files(environment)
	if err != nil {
		return Project{}, err
	}
	if err := l.readVariables(); err != nil {
		return Project{}, err
	}
	l.project, err = loader.LoadWithContext(ctx, types.ConfigDetails{WorkingDir: "/", ConfigFiles: files, Environment: types.Mapping(l.variables)}, l.options)
	if err != nil {
		return Project{}, l.explain(err)
	}
	return l.services()
}

// load is the reading of one file.
type load struct {
	tree      fs.FS
	file, dir string
	project   *types.Project
	lines     map[string]int
	variables map[string]string
	ranged    int                 // ports in ranges
	unset     []string            // variables that are given no value
	names     map[string]string   // of services and what they are called in the cluster
	shared    map[string][]string // services by the volumes that they mount
	notices   []string
}

func (l *load) notice(format string, args ...any) {
	l.notices = append(l.notices, l.file+": "+fmt.Sprintf(format, args...))
}

// options keep the library from reading anything itself.
func (l *load) options(o *loader.Options) {
	o.SetProjectName("compose", true)
	o.SkipInclude, o.SkipResolveEnvironment, o.SkipResolveLabels, o.ResolvePaths = true, true, true, false
	o.MaxNodeVisits = maxNodes
	o.ResourceLoaders = append(o.ResourceLoaders, sealed{})
	o.Interpolate.LookupValue = func(name string) (string, bool) {
		value, ok := l.variables[name]
		return value, ok
	}
	o.Interpolate.Substitute = func(text string, values template.Mapping) (string, error) {
		for name, v := range template.ExtractVariables(map[string]any{"": text}, template.DefaultPattern) {
			if _, ok := values(name); !ok && v.DefaultValue == "" && v.PresenceValue == "" && !v.Required && !slices.Contains(l.unset, name) {
				l.unset = append(l.unset, name)
			}
		}
		text, err := template.SubstituteWithOptions(text, values, template.WithoutLogging)
		if m := portRange.FindStringSubmatch(text); m != nil && err == nil {
			first, _ := strconv.Atoi(m[1])
			last, _ := strconv.Atoi(m[2])
			if l.ranged += max(0, last-first); l.ranged > maxRange {
				return "", fmt.Errorf("%s: more than %d ports in ranges; name those that are needed", text, maxRange)
			}
		}
		return text, err
	}
}

// sealed is the only way to other files, and leads nowhere.
type sealed struct{}

func (sealed) Accept(string) bool { return true }

func (sealed) Load(_ context.Context, file string) (string, error) {
	return "", fmt.Errorf("a service extends one of %s, and only those of the same file are read; put it there", file)
}

func (sealed) Dir(string) string { return "" }

// explain makes the library's error one that says what to do.
func (l *load) explain(err error) error {
	var missing *template.MissingRequiredError
	text := strings.TrimPrefix(err.Error(), "validating "+l.file+": ")
	text = strings.TrimSuffix(strings.ReplaceAll(text, " false schema", " is no key of compose files"), ": invalid compose project")
	if errors.As(err, &missing) {
		return fmt.Errorf("%s: %s; give it a value in %s", l.file, text, path.Join(l.dir, ".env"))
	}
	for name, line := range l.lines {
		if strings.Contains(text, "services."+name) || strings.Contains(text, fmt.Sprintf("service %q", name)) {
			return fmt.Errorf("%s:%d: %s; `docker compose config` checks such files, and guide: web in %s takes the folder without it", l.file, line, text, path.Join(l.dir, guide.OverlayDir, guide.ApplicationFile))
		}
	}
	return fmt.Errorf("%s: %s; `docker compose config` checks such files, and guide: web in %s takes the folder without it", l.file, text, path.Join(l.dir, guide.OverlayDir, guide.ApplicationFile))
}
