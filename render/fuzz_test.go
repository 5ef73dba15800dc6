package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	kjson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

func seed(f *testing.F) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for part := range strings.SplitSeq(string(data), "\n-- ") {
			if _, content, ok := strings.Cut(part, " --\n"); ok {
				f.Add([]byte(content))
			}
		}
	}
	for _, text := range []string{aliasBomb, "---", "--- a\n---\nb: c\n...\n", "a: &a [*a]", "? {a: b}\n: c", "<<: 1", "a: !!binary x", "\xff\xfe"} {
		f.Add([]byte(text))
	}
}

// FuzzDocuments: every document is where it says, split either way.
func FuzzDocuments(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		lines := bytes.Split(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), []byte("\n"))
		for _, split := range []func([]byte) iter.Seq[document]{documents, looseDocuments} {
			for doc := range split(data) {
				first, _, _ := bytes.Cut(doc.data, []byte("\n"))
				if doc.line < 1 || doc.line > len(lines) || !bytes.Contains(lines[doc.line-1], bytes.TrimSpace(first)) {
					t.Fatalf("document %q is not on line %d", doc.data, doc.line)
				}
			}
		}
	})
}

// FuzzDecode: nothing panics, what aliases add is bounded, and a value is the
// one that sigs.k8s.io/yaml, which kubectl uses, reads.
func FuzzDecode(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		root, err := parse(document{data: data, line: 1})
		if err != nil || root == nil {
			return
		}
		got, err := newDecoder(len(data), false).value(root)
		if err != nil {
			return
		}
		if size := weigh(got); size > int64(aliasAllowance+(aliasFactor+12)*len(data)+64) {
			t.Fatalf("%d bytes became %d", len(data), size)
		}
		want, err := theirs(data)
		if err != nil {
			return
		}
		if d := cmp.Diff(want, got); d != "" && !excused(data) {
			t.Errorf("(-kubectl +ours)\n%s", d)
		}
	})
}

func theirs(data []byte) (v any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	text, err := yaml.YAMLToJSONStrict(data)
	if err != nil {
		return nil, err
	}
	err = kjson.Unmarshal(text, &v)
	return v, err
}

// excused: YAML libraries differ here on purpose or by their own faults: tags,
// merges, float keys, several documents, and text that is no UTF-8.
func excused(data []byte) bool {
	return bytes.ContainsAny(data, "!<.\r\x00%") || bytes.Contains(data, []byte("---")) || !json.Valid([]byte(`"`+clean(data)+`"`))
}

func clean(data []byte) string {
	quoted, err := json.Marshal(string(data))
	if err != nil || !bytes.Equal([]byte(strings.ToValidUTF8(string(data), "?")), data) {
		return "\""
	}
	return string(quoted[1 : len(quoted)-1])
}

// FuzzKustomization: nothing in a kustomization gets past the closure that is
// not in the tree.
func FuzzKustomization(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		in := newInput(t.Context(), strict{tree(map[string]string{"app/kustomization.yaml": string(data)}), t}, Limits{}.withDefaults())
		newClosure(in, "app").kustomization(reference{file: "app"}, "app", false)
	})
}
