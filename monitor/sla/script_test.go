package sla_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/monitor/sla/script"
)

func newCompiler(t testing.TB) *sla.Compiler {
	t.Helper()
	c, err := sla.NewCompiler()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	c := newCompiler(t)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := script.Run(c, file, text, nil); err != nil {
				t.Error(err)
			}
		})
	}
}
