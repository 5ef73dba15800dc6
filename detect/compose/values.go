package compose

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"k8s.io/apimachinery/pkg/util/validation"
)

// environment collects a service's variables: files in their order, and what it
// says itself over them.
func (l *load) environment(to *Service, s types.ServiceConfig) error {
	values := map[string]string{}
	for _, file := range s.EnvFiles {
		name, ok := l.in(file.Path)
		if !ok {
			l.notice("service %s: env_file %s is not in the repository", s.Name, file.Path)
			continue
		}
		read, err := l.env(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if file.Required {
				l.notice("service %s: env_file %s is not in the repository, so its variables are missing; add it, or %s.example", s.Name, name, path.Base(name))
			}
		case err != nil:
			return err
		}
		maps.Copy(values, read)
	}
	for name, value := range s.Environment {
		if value != nil {
			values[name] = *value
		} else if set, ok := l.variables[name]; ok {
			values[name] = set
		} else {
			l.unset = append(l.unset, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if len(validation.IsEnvVarName(name)) > 0 {
			l.notice("service %s: %q is no name of an environment variable, and left out", s.Name, name)
			delete(values, name)
			continue
		}
		values[name] = l.value(values[name])
	}
	if len(values) > 0 {
		to.Component.Env = values
	}
	return nil
}

// value is one as it means the same in a cluster: hosts by the names that they
// have there, and $( as it is.
func (l *load) value(text string) string {
	for _, name := range slices.Sorted(maps.Keys(l.names)) {
		host := regexp.MustCompile(`(^|[@/,=\s])` + regexp.QuoteMeta(name) + `($|[:/,\s?])`)
		text = host.ReplaceAllString(text, "${1}"+l.names[name]+"${2}")
	}
	return strings.ReplaceAll(text, "$(", "$$(")
}
