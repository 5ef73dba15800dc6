package build

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/render/dockerfile"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// Request is what an image is to be made of.
type Request struct {
	Namespace, Application string
	// Tree holds the folder Dir, and Hash is the content address of the folder that
	// is built from: Dir, or the workspace around it.
	Tree fs.FS
	Dir  string
	Hash string
	// Stack says how it is built.
	Stack guide.Stack
	// Method is one of guide.Build's; "" is dockerfile.
	Method string
	// Target is the stage of the Dockerfile that is built, the last unless given,
	// and Args are its own.
	Target string
	Args   map[string]string
	// Asked is when a person last asked for a sync; a build that has failed before
	// that is tried again.
	Asked string
}

// ownDockerfile is what a generated Dockerfile is called in the context.
const ownDockerfile = "Dockerfile.spotguide"

// recipe is a request with its Dockerfile settled.
type recipe struct {
	Request
	filename string               // of the Dockerfile in the context
	written  []byte               // nil when the folder has its own
	compiled *dockerfile.Compiled // in place of a Dockerfile
	notices  []string
	tag      string
}

// settle writes the Dockerfile that the folder lacks and finds the image's tag.
func settle(r Request) (recipe, error) {
	c := recipe{Request: r, filename: r.Stack.Dockerfile}
	if r.Method == guide.BuildKo {
		return c.settleCompiled()
	}
	if c.filename == "" {
		written, err := dockerfile.Write(r.Stack, r.Dir)
		if err != nil {
			return c, fmt.Errorf("%s: %w", path.Join(r.Dir, "Dockerfile"), err)
		}
		c.filename, c.written, c.notices = ownDockerfile, written.Text, written.Notices
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n%s\n%s\n%s", r.Namespace, r.Application, r.Hash, c.filename, c.written)
	if r.Target != "" || len(r.Args) > 0 {
		fmt.Fprintf(sum, "\n%s\n%q", r.Target, r.arguments())
	}
	c.tag = hex.EncodeToString(sum.Sum(nil))[:tagLength]
	return c, nil
}

// settleCompiled settles a program that needs no Dockerfile.
func (c recipe) settleCompiled() (recipe, error) {
	compiled, err := dockerfile.Compile(c.Stack)
	if err != nil {
		return c, fmt.Errorf("%s: %w", c.Dir, err)
	}
	c.compiled, c.notices = &compiled, compiled.Notices
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n%s\n%s\n%q", c.Namespace, c.Application, c.Hash, guide.BuildKo, compiled)
	c.tag = hex.EncodeToString(sum.Sum(nil))[:tagLength]
	return c, nil
}

// arguments are Args as buildctl takes them, in order.
func (r Request) arguments() []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(r.Args)) {
		all = append(all, name+"="+r.Args[name])
	}
	return all
}

// tagLength is long enough that two folders never share a tag by chance.
const tagLength = 24

// image is the repository of an application's images.
func (c recipe) image(registry string) string {
	return strings.Trim(registry, "/") + "/" + c.Namespace + "/" + c.Application
}

// State is how far a build is.
type State string

// The states of a build.
const (
	Waiting State = "waiting" // for others to end
	Running State = "running"
	Failed  State = "failed"
	Done    State = "done"
)

// Outcome tells of a build.
type Outcome struct {
	State State
	// Image is the image with its digest, once it is done.
	Image string
	// Job that builds or has built, in the builds' namespace.
	Job string
	// Message says why it waits or failed: for a failure the end of its log.
	Message string
	Notices []string
}
