package dockerfile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spotguide/spotguide/spotguides/guide"
)

func TestCompile(t *testing.T) {
	base := guide.Stack{
		Language: "go", Version: "1.25", Install: "go mod download", Build: "go build -o app ./cmd/shop",
		Start: "./app serve -v", Ports: []guide.Port{{Port: 8080}},
	}
	for name, test := range map[string]struct {
		change func(*guide.Stack)
		want   Compiled
		err    string
	}{
		"detected": {func(*guide.Stack) {}, Compiled{
			Script: "go mod download\ngo build -o app ./cmd/shop\n", Program: "app", Args: []string{"serve", "-v"}, Port: 8080,
		}, ""},
		"a name of the Procfile's": {func(s *guide.Stack) { s.Start, s.Install, s.Ports = "bin/web", "", nil }, Compiled{
			Script: "go build -o bin/web ./cmd/shop\n", Program: "bin/web", Args: []string{},
		}, ""},
		"own Dockerfile":   {func(s *guide.Stack) { s.Dockerfile = "Dockerfile" }, Compiled{}, "there is a Dockerfile"},
		"another language": {func(s *guide.Stack) { s.Language = "node" }, Compiled{}, "this is node"},
		"links to C":       {func(s *guide.Stack) { s.CGO = true }, Compiled{}, "links to code in C"},
		"needs a shell":    {func(s *guide.Stack) { s.Start = "./app -p $PORT" }, Compiled{}, `"./app -p $PORT"`},
		"another program":  {func(s *guide.Stack) { s.Start = "./../run.sh" }, Compiled{}, `"./../run.sh"`},
		"is not built":     {func(s *guide.Stack) { s.Build = "" }, Compiled{}, `"./app serve -v"`},
	} {
		s := base
		test.change(&s)
		got, err := Compile(s)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s: error %v, want %q", name, err, test.err)
			}
			continue
		}
		test.want.Image, test.want.Base = "golang:1.26-alpine", "gcr.io/distroless/static-debian12:nonroot"
		test.want.Environment = map[string]string{"CGO_ENABLED": "0"}
		if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}
