package render

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
)

// random are the template functions whose result differs from call to call.
var random = regexp.MustCompile(`\b(rand(Alpha|AlphaNum|Numeric|Ascii|Bytes|Int)|uuidv4|genPrivateKey|genCA|` +
	`genCAWithKey|genSelfSigned\w*|genSigned\w*|htpasswd|bcrypt|shuffle|now|date\w*|ago)\b`)

// recheckWithin: a chart that takes longer is not rendered twice.
const recheckWithin = 3 * time.Second

// noticeRandom tells of templates that render to something else each time:
// what they make would change with every commit. Those that made nothing for
// the set, as tests, do not matter.
func noticeRandom(out *output, c *chart.Chart, top chartutil.Values, files map[string]string, folder string) {
	if !usesRandom(c) {
		return
	}
	again, err := engine.Engine{}.Render(c, top)
	if err != nil {
		return
	}
	var differ []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file := chartPath(c, folder, name)
		made := slices.ContainsFunc(out.objects, func(o Object) bool { return o.Origin == file })
		if made && files[name] != again[name] {
			differ = append(differ, file)
		}
	}
	if len(differ) > 0 {
		out.notice("%s: random or time-dependent, so it changes with every commit: set the value it makes up",
			strings.Join(differ, ", "))
	}
}

func usesRandom(c *chart.Chart) bool {
	return slices.ContainsFunc(c.Templates, func(t *chart.File) bool { return random.Match(t.Data) }) ||
		slices.ContainsFunc(c.Dependencies(), usesRandom)
}
