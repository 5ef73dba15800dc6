package render

import (
	"bytes"
	"context"
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// heavyNodes is about how many YAML nodes are decoded outside a worker; each
// takes some 250 bytes for a moment.
const heavyNodes = 20_000

// renderManifests takes every Kubernetes object below the folder as it is.
func renderManifests(ctx context.Context, j job, in *input) (output, error) {
	var out output
	var found problems
	nodes := 0
	enter := func(name string) bool { return enterManifests(j, in, &out, name) }
	err := in.walk(j.Folder, enter, func(f file) error {
		if !isManifest(f.name) || j.excludes(f) {
			return nil
		}
		data, err := in.read(f.name)
		if err != nil {
			found.add(err)
			return ctx.Err()
		}
		if nodes += estimateNodes(data); j.light && nodes > heavyNodes {
			return errHeavy
		}
		found.add(out.takeManifest(f.name, data))
		return nil
	})
	found.add(err)
	if len(found) > 0 {
		return output{notices: out.notices}, found.join()
	}
	out.objects = stage(&out)
	return out, nil
}

// enterManifests leaves out hidden folders and, with a notice, those that
// another engine would render.
func enterManifests(j job, in *input, out *output, name string) bool {
	if leftOut(path.Base(name)) || j.excludes(file{name: name, below: below(j.Folder, name)}) {
		return false
	}
	if in.exists(path.Join(name, guide.OverlayDir, "application.yaml")) {
		return false // an application of its own
	}
	if in.exists(path.Join(name, "Chart.yaml")) {
		out.notice("%s: is a Helm chart, left out", name)
		return false
	}
	for _, kustomization := range konfig.RecognizedKustomizationFileNames() {
		if in.exists(path.Join(name, kustomization)) {
			out.notice("%s: is a kustomization, left out", name)
			return false
		}
	}
	return true
}

// takeManifest adds a file's objects or says why there are none.
func (o *output) takeManifest(name string, data []byte) error {
	if !mentionsObjects(data) {
		o.notice("%s: holds no Kubernetes objects, left out", name)
		return nil
	}
	f := decodeFile(name, data)
	if len(f.problems) > 0 {
		if len(f.objects) == 0 && !claimsObjects(data) {
			o.notice("%s: holds no Kubernetes objects, left out", name)
			return nil
		}
		return f.problems.join()
	}
	kept := f.objects[:0]
	for _, object := range f.objects {
		if !guide.IsObject(object.GetAPIVersion(), object.GetKind()) {
			o.notice("%s: %s configures a tool, left out", object.Origin, object.GetKind())
			continue
		}
		kept = append(kept, object)
	}
	o.objects = append(o.objects, kept...)
	if len(f.objects) == 0 && f.foreign > 0 {
		o.notice("%s: holds no Kubernetes objects, left out", name)
	}
	return nil
}

// leftOut are folders that never hold the repository's own manifests; package
// detect does not look into them either.
func leftOut(name string) bool {
	return strings.HasPrefix(name, ".") || name == "node_modules" || name == "vendor" || name == "testdata"
}

func isManifest(name string) bool {
	if strings.HasPrefix(path.Base(name), ".") {
		return false
	}
	switch path.Ext(name) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// excludes matches render.exclude against the path below the application's
// folder, or below the one that is rendered instead of it.
func (j job) excludes(f file) bool {
	name := f.below
	if contains(j.Dir, f.name) {
		name = below(j.Dir, f.name)
	}
	for _, pattern := range j.Exclude {
		if ok, _ := path.Match(pattern, name); ok {
			return true
		}
	}
	return false
}

// mentionsObjects: a file without these words needs no parsing.
func mentionsObjects(data []byte) bool {
	return bytes.Contains(data, []byte("apiVersion")) || bytes.Contains(data, []byte("kind"))
}

// claimsObjects: a line begins as a Kubernetes object's would.
func claimsObjects(data []byte) bool {
	for line := range bytes.Lines(data) {
		line = bytes.TrimLeft(line, "{ \"'")
		if bytes.HasPrefix(line, []byte("apiVersion")) {
			return true
		}
	}
	return false
}

// estimateNodes is never less than the number of YAML nodes in data.
func estimateNodes(data []byte) int {
	n := 1
	for _, mark := range []byte("\n,:-[{?") {
		n += bytes.Count(data, []byte{mark})
	}
	return n
}
