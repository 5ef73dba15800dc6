package detect

import (
	"path"
	"strings"

	"github.com/spotguide/spotguide/detect/stack"
)

// maxIdle bounds the folders without a program that are told.
const maxIdle = 20

// tellIdle says what there is where nothing was found to deploy.
func (d *detector) tellIdle(root *folder) {
	const todo = "add a Procfile, a Dockerfile or a start script"
	for _, one := range d.idle {
		what := strings.Join(strings.Fields(one.Framework+" "+one.Language+" "+one.Version), " ")
		d.notice(one.Why[0].File, "%s, but nothing was seen that starts; %s", what, todo)
	}
	if len(d.idle) > 0 {
		return
	}
	files := (&below{detector: d, folder: root}).Files()
	if language, file := stack.Guess(files); language != "" {
		d.notice(path.Join(root.dir, file), "code in %s, but nothing says how it is built; add a manifest of its ecosystem or a Dockerfile", language)
	}
}
