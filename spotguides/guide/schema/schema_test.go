package schema

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	invopop "github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/spotguide/spotguide/spotguides/guide"
)

var update = flag.Bool("update", false, "write the schemas that the types give")

func TestUpToDate(t *testing.T) {
	for kind, v := range map[string]any{"Application": guide.Application{}, "Environment": guide.Environment{},
		"SLA": guide.SLA{}, "Monitor": guide.Monitor{}} {
		file := strings.ToLower(kind) + ".json"
		got := generate(t, kind, v)
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := Of(kind)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is not what the types give; run go generate ./spotguides/guide/schema\n%s", file, diff)
		}
	}
}

func generate(t *testing.T, kind string, v any) []byte {
	r := invopop.Reflector{
		Anonymous:                  true,
		ExpandedStruct:             true,
		RequiredFromJSONSchemaTags: true,
		Mapper:                     mapped,
	}
	if err := r.AddGoComments("github.com/spotguide/spotguide/spotguides/guide/schema", "..", invopop.WithFullComment()); err != nil {
		t.Fatal(err)
	}
	for name, text := range r.CommentMap {
		r.CommentMap[name] = strings.Join(strings.Fields(text), " ")
	}
	s := r.Reflect(v)
	s.Title = kind
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

// mapped are the types that are written otherwise than Go has them.
func mapped(t reflect.Type) *invopop.Schema {
	switch t {
	case reflect.TypeFor[metav1.Duration]():
		return &invopop.Schema{Type: "string", Pattern: `^([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h))+$|^0$`}
	case reflect.TypeFor[map[string]string]():
		return &invopop.Schema{Type: "object", AdditionalProperties: &invopop.Schema{
			OneOf: []*invopop.Schema{{Type: "string"}, {Type: "number"}, {Type: "boolean"}}}}
	}
	return nil
}

// The schemas accept the guides of this build and what Load accepts, and they
// refuse unknown fields, kinds and words as Load does.
func TestAgreesWithLoad(t *testing.T) {
	files, err := filepath.Glob("../../*/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d guides, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kind := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if err := validate(t, kind, data); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	const head = "apiVersion: spotguide.dev/v1\nkind: "
	for name, c := range map[string]struct {
		kind, text string
		ok         bool
	}{
		"numbers as text":  {"Environment", "resources: {web: {requests: {cpu: 1}}}", true},
		"percentage":       {"SLA", "resilience: {web: {maxUnavailable: 25%}}", true},
		"count":            {"SLA", "resilience: {web: {maxUnavailable: 1}}", true},
		"partial port":     {"Application", "components: [{name: web, ports: [{name: http, public: true}]}]", true},
		"switched off":     {"SLA", "rules: [{name: r, disabled: true}]", true},
		"any values":       {"Environment", "values: {a: [1, {b: null}]}", true},
		"unknown field":    {"Environment", "replica: 1", false},
		"unknown in depth": {"Application", "components: [{name: web, colour: blue}]", false},
		"unknown word":     {"Application", "render: {engine: jsonnet}", false},
		"no duration":      {"Monitor", "interval: 5 minutes", false},
		"no name":          {"Application", "components: [{image: x}]", false},
	} {
		if err := validate(t, c.kind, []byte(head+c.kind+"\n"+c.text)); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := validate(t, "SLA", []byte(head+"Monitor")); err == nil {
		t.Error("a wrong kind is accepted")
	}
}

func validate(t *testing.T, kind string, data []byte) error {
	text, err := Of(kind)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	data, err = yaml.YAMLToJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return compiled.Validate(value)
}
