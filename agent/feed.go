package agent

import (
	"fmt"
	"io/fs"
	"path"

	"github.com/spotguide/spotguide/agent/source"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// feed is what the repository's environment.yaml says of the revisions that an
// environment gets.
type feed struct {
	ref   source.Reference // the default branch unless told
	place string           // line that says so: .spotguide/environment.yaml:5; "" when none does
	// promote: what is healthy in another environment. from is that one.
	promote *guide.Promote
	from    guide.Settings
}

// readFeed reads what feeds an environment from the environment.yaml at the root
// of what a namespace follows. Without one, or with one that says of no
// environment what feeds it, that is the default branch. Once it says so of some,
// it has to say so of the one that is asked for: a production that is forgotten
// there must not get whatever is pushed.
func readFeed(tree fs.FS, folder, environment string) (feed, error) {
	e, err := guide.ReadEnvironment(tree, folder)
	if err != nil || len(e.Environments) == 0 {
		return feed{}, err
	}
	dir := path.Join(folder, guide.OverlayDir)
	sub, err := fs.Sub(tree, dir)
	if err != nil {
		return feed{}, err
	}
	problem := func(field, message, hint string, steps ...any) error {
		line, column := guide.Locate(sub, guide.EnvironmentFile, steps...)
		return guide.Problems{{File: path.Join(dir, guide.EnvironmentFile), Line: line, Column: column, Path: field, Message: message, Hint: hint}}
	}
	settings, known := e.Environments[environment]
	if !known {
		_, err := e.For(environment)
		return feed{}, problem("environments", err.Error(), "", "environments")
	}
	field := "environments." + environment
	switch {
	case settings.Promote != nil:
		return feed{promote: settings.Promote, from: e.Environments[settings.Promote.From]}, nil
	case settings.Ref != "":
		ref, err := source.ParseReference(settings.Ref)
		if err != nil {
			return feed{}, problem(field+".ref", err.Error(), "", "environments", environment, "ref")
		}
		line, _ := guide.Locate(sub, guide.EnvironmentFile, "environments", environment, "ref")
		return feed{ref: ref, place: fmt.Sprintf("%s:%d", path.Join(dir, guide.EnvironmentFile), line)}, nil
	}
	for _, other := range e.Environments {
		if other.Fed() {
			return feed{}, problem(field, "has neither ref nor promote, though other environments have",
				"add ref: or promote:, or give the namespace the annotation spotguide.dev/ref", "environments", environment)
		}
	}
	return feed{}, nil
}
