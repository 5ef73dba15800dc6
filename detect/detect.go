package detect

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Options steer one detection. The zero value is usable.
type Options struct {
	// RootName names an application that lies in dir itself; "app" unless given.
	RootName string
	// Guide takes dir as one application of that guide, whatever it holds.
	Guide string
	// Environment chooses among variants.
	Environment string

	// Files and Depth bound the walk: 200,000 and 32 unless given.
	Files, Depth int
	// Timeout bounds the whole; 10 s unless given.
	Timeout time.Duration
}

// Result is what was found.
type Result struct {
	// Matches are the applications, in the order of their folders.
	Matches []guide.Match
	// Undecided are applications that are there but cannot be taken before
	// somebody decides. They must not be taken for gone.
	Undecided []Undecided
	// Sources are folders of source code in which nothing was seen to run, where
	// there is nothing else: their kind is library.
	Sources []guide.Source
	// Notices tell people what was left out and why, in the order of folders.
	Notices []string
}

// Undecided is an application of which there are several variants.
type Undecided struct {
	// App is the name that it will have.
	App string `json:"application"`
	// Dir is the folder that holds the variants.
	Dir string `json:"dir"`
	// Variants are the environments to choose from, sorted.
	Variants []string `json:"variants"`
	// Text says what to do.
	Text string `json:"message"`
	// Sources are the programs whose source code lies beside the variants.
	Sources []guide.Source `json:"sources,omitempty"`
}

// Detector knows guides, with their patterns compiled. Many goroutines may use it
// at once.
type Detector struct {
	guides []*matcher // by priority, then name
}

// New compiles the guides' patterns. The error names the guide that is at fault.
func New(guides []*guide.Guide) (*Detector, error) {
	d := &Detector{}
	for _, g := range guides {
		m, err := newMatcher(g)
		if err != nil {
			return nil, err
		}
		d.guides = append(d.guides, m)
	}
	slices.SortFunc(d.guides, func(a, b *matcher) int {
		return cmp.Or(b.detect.Priority-a.detect.Priority, cmp.Compare(a.name, b.name))
	})
	return d, nil
}

// Detect is New and its Detect in one, for who detects once.
func Detect(ctx context.Context, tree fs.FS, dir string, guides []*guide.Guide, opt Options) (Result, error) {
	d, err := New(guides)
	if err != nil {
		return Result{}, err
	}
	return d.Detect(ctx, tree, dir, opt)
}

// Detect finds the applications below dir. Paths in the result are relative to
// the root of tree. The result depends on nothing but its arguments.
func (all *Detector) Detect(ctx context.Context, tree fs.FS, dir string, opt Options) (Result, error) {
	opt = opt.withDefaults()
	ctx, cancel := context.WithTimeoutCause(ctx, opt.Timeout,
		fmt.Errorf("detection took longer than %s; choose a smaller path", opt.Timeout))
	defer cancel()
	d := &detector{ctx: ctx, tree: tree, guides: all.guides, opt: opt, parts: map[string]string{}, variant: map[string]bool{}}
	root, err := d.walk(path.Clean(dir))
	if err != nil {
		return Result{}, err
	}
	if opt.Guide != "" {
		return d.forced(root)
	}
	if err := d.findParts(root); err != nil {
		return Result{}, err
	}
	if err := d.visit(root, nil); err != nil {
		return Result{}, err
	}
	if err := d.findSources(root); err != nil {
		return Result{}, err
	}
	return d.choose(root)
}

func (o Options) withDefaults() Options {
	o.RootName = cmp.Or(label(o.RootName), "app")
	o.Files = cmp.Or(o.Files, 200_000)
	o.Depth = cmp.Or(o.Depth, 32)
	o.Timeout = cmp.Or(o.Timeout, 10*time.Second)
	return o
}

// detector is one run of Detect.
type detector struct {
	ctx    context.Context
	tree   fs.FS
	guides []*matcher // by priority, then name
	opt    Options

	parts      map[string]string // folders that are parts, and of what
	candidates []*candidate
	variant    map[string]bool // folders that are variants
	idle       []guide.Source  // source code in which nothing runs
	notices    []string
}

// candidate is a folder that may turn out to be an application.
type candidate struct {
	dir   string
	guide *matcher
	// name is the one that .spotguide/application.yaml gives.
	name     string
	explicit bool
	// alias is the name that others know it by, composed how it runs, both by a
	// compose file.
	alias    string
	composed *guide.Composed
	// outward: its kustomization refers to what lies outside of it.
	outward bool
	facts   map[string]string
	why     []guide.Evidence
	// stack is what its source code is, if it was read.
	stack *guide.Stack
	// sources are what lies beside the files that deploy it.
	sources []guide.Source
	// member: it is a package of a workspace.
	member bool
}

func (d *detector) notice(dir, format string, args ...any) {
	d.notices = append(d.notices, dir+": "+fmt.Sprintf(format, args...))
}

// forced takes the root for an application of the guide that was asked for.
func (d *detector) forced(root *folder) (Result, error) {
	m, err := d.named(d.opt.Guide)
	if err != nil {
		return Result{}, err
	}
	own, err := d.readOwn(root)
	if err != nil {
		return Result{}, err
	}
	c := &candidate{dir: root.dir, guide: m, name: own.Name, facts: map[string]string{},
		why: []guide.Evidence{{Fact: factGuide, File: root.dir, Text: "guide " + m.name + " was asked for"}}}
	if err := d.describe(root, c); err != nil {
		return Result{}, err
	}
	d.candidates = []*candidate{c}
	return d.result(root, nil)
}

func (d *detector) named(name string) (*matcher, error) {
	var known []string
	for _, m := range d.guides {
		if m.name == name {
			return m, nil
		}
		known = append(known, m.name)
	}
	slices.Sort(known)
	return nil, fmt.Errorf("there is no guide %q; there are %s", name, strings.Join(known, ", "))
}
