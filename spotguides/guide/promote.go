package guide

import (
	"io/fs"
	"path"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Promote feeds an environment with what is healthy in another one.
type Promote struct {
	// From is the environment that a revision has to be healthy in.
	From string `json:"from" jsonschema:"required"`
	// After is for how long it has to be healthy there; at once unless given.
	After metav1.Duration `json:"after,omitempty"`
	// Approval has each revision wait for `spotguide promote`.
	Approval bool `json:"approval,omitempty"`
}

// Fed tells whether the settings say which revisions come in.
func (s Settings) Fed() bool { return s.Ref != "" || s.Promote != nil }

// ReadEnvironment reads the environment.yaml in the .spotguide/ of a folder of
// the tree by itself, without a guide below it; there need not be one. Errors are
// as Load's, with the file's path in the tree.
func ReadEnvironment(tree fs.FS, folder string) (Environment, error) {
	dir := path.Join(folder, OverlayDir)
	sub, err := fs.Sub(tree, dir)
	if err != nil {
		return Environment{}, err
	}
	data, err := readFile(sub, EnvironmentFile)
	if err != nil {
		return Environment{}, err
	}
	r, g := &report{}, &Guide{}
	over := parse(EnvironmentFile, data, r)
	doc := r.document(descriptor{EnvironmentFile, "Environment", &g.Environment}, &node{kind: mapNode}, over)
	r.asDecoded = append(Problems(nil), r.problems...)
	checkEnvironment(doc, g)
	return g.Environment, r.problems.In(dir).err()
}
