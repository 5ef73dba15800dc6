package guide

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"slices"
	"strings"
)

// The descriptor files of a guide and of an overlay.
const (
	ApplicationFile = "application.yaml"
	EnvironmentFile = "environment.yaml"
	SLAFile         = "sla.yaml"
	MonitorFile     = "monitor.yaml"
)

// Kinds maps the kinds of descriptors to the files that hold them.
func Kinds() map[string]string {
	return map[string]string{"Application": ApplicationFile, "Environment": EnvironmentFile,
		"SLA": SLAFile, "Monitor": MonitorFile}
}

// Load reads a guide from its folder and fills in the defaults. Descriptors
// that are wrong give an error of type Problems that holds everything that is
// wrong with them; a folder that cannot be read gives another. application.yaml
// is needed, the others may be absent.
func Load(folder fs.FS) (*Guide, error) {
	if _, err := fs.Stat(folder, ApplicationFile); errors.Is(err, fs.ErrNotExist) {
		return nil, Problems{{File: ApplicationFile, Message: "is missing",
			Hint: "a guide is a folder with at least this file"}}
	}
	return read(&Guide{}, folder)
}

// Overlay lays the descriptors in folder over base and returns the result; base
// is not modified. Maps merge, lists match by name, a null deletes (so that the
// default holds again), everything else replaces; Helm values are merged as
// Helm does it. The result keeps the guide's name and detection. Errors are as
// Load's.
func Overlay(base *Guide, folder fs.FS) (*Guide, error) {
	g, err := read(base, folder)
	if err != nil {
		return nil, err
	}
	g.Application.Name, g.Application.Detect = base.Application.Name, base.Application.Detect
	g.Application.Guide = ""
	return g, nil
}

// descriptor is one of the four files: its kind and the typed value in a guide.
type descriptor struct {
	file, kind string
	value      any // pointer
}

func (g *Guide) descriptors() []descriptor {
	return []descriptor{
		{ApplicationFile, "Application", &g.Application},
		{EnvironmentFile, "Environment", &g.Environment},
		{SLAFile, "SLA", &g.SLA},
		{MonitorFile, "Monitor", &g.Monitor},
	}
}

// read lays the descriptors in folder over base, which is empty for a guide.
func read(base *Guide, folder fs.FS) (*Guide, error) {
	r := &report{}
	r.strayFiles(folder)
	g, docs := &Guide{Chart: base.Chart}, map[string]document{}
	for i, d := range g.descriptors() {
		data, err := readFile(folder, d.file)
		if err != nil {
			return nil, err
		}
		over := parse(d.file, data, r)
		below, err := encode(base.descriptors()[i].value)
		if err != nil {
			return nil, err
		}
		docs[d.file] = r.document(d, below, over)
	}
	r.asDecoded = slices.Clone(r.problems)
	if g.Chart == nil && g.Application.Render.Engine == EngineChart {
		g.Chart, _ = fs.Sub(folder, "chart")
	}
	overlay := base.Application.Name != ""
	checkApplication(docs[ApplicationFile], g, overlay)
	checkEnvironment(docs[EnvironmentFile], g)
	checkSLA(docs[SLAFile], g)
	checkMonitor(docs[MonitorFile], g)
	if err := r.problems.err(); err != nil {
		return nil, err
	}
	g.setDefaults()
	return g, nil
}

// document decodes one descriptor into d.value: over, nil when the file is
// absent or empty, laid upon below.
func (r *report) document(d descriptor, below, over *node) document {
	t := reflect.TypeOf(d.value).Elem()
	doc := document{report: r, file: d.file, root: below, over: over}
	if over != nil {
		// What is wrong with the file is told from the file alone.
		decoder{r}.decode(over, reflect.New(t).Elem(), "")
		if over.kind == mapNode {
			doc.root = merge(below, over, t)
			doc.header(d.kind)
		}
	}
	decoder{&report{}}.decode(doc.root, reflect.ValueOf(d.value).Elem(), "")
	return doc
}

// header checks apiVersion and kind, which every file carries.
func (d document) header(kind string) {
	for _, h := range [][2]string{{"apiVersion", APIVersion}, {"kind", kind}} {
		if got := d.over.field(h[0]); got == nil {
			d.at(d.over, h[0], fmt.Sprintf("add %s: %s", h[0], h[1]), "is missing")
		} else if s, _ := got.string(); s != h[1] {
			d.at(got, h[0], fmt.Sprintf("write %s: %s", h[0], h[1]), "%s is not known in %s", got.text, d.file)
		}
	}
}

// strayFiles reports files that were most likely meant to be descriptors.
func (r *report) strayFiles(folder fs.FS) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return // reading the descriptors tells why
	}
	files := []string{ApplicationFile, EnvironmentFile, SLAFile, MonitorFile}
	for _, e := range entries {
		name := e.Name()
		stem, ext, _ := strings.Cut(name, ".")
		if slices.Contains(files, name) || ext != "yaml" && ext != "yml" {
			continue
		}
		if meant := nearest(stem+".yaml", files); meant != "" {
			r.file(name, "rename it to "+meant, "is not read")
		}
	}
}

// readFile reads a file of at most a little more than maxFileBytes; an absent
// one is empty.
func readFile(folder fs.FS, name string) ([]byte, error) {
	f, err := folder.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return data, nil
}
