package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test's own program become a component, as main does.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == BecomeArg {
		_, err := Become(os.Args[2:])
		// a program of a path was executed; only an error leads here
		println(err.Error())
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func start(t *testing.T, args ...string) (*Handle, Spec) {
	t.Helper()
	program, err := exec.LookPath(args[0])
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	spec := Spec{Name: "it", Component: program, Args: args[1:], Records: dir, Logs: dir}
	h, err := Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return h, spec
}

func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	for range 200 {
		if check() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

func TestProcessRecordsItselfAndIsKilled(t *testing.T) {
	h, spec := start(t, "sleep", "60")
	var r Record
	eventually(t, "recorded", func() bool {
		var err error
		r, err = ReadRecord(spec.RecordFile())
		return err == nil
	})
	if !r.Alive() || h.Err() != nil {
		t.Fatalf("record %+v alive %t, handle %v", r, r.Alive(), h.Err())
	}
	if err := Kill(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if r.Alive() {
		t.Error("still alive")
	}
	eventually(t, "handle notices", func() bool { return h.Err() != nil })
}

func TestEndedProcessIsReportedWithItsLastLines(t *testing.T) {
	h, _ := start(t, "sh", "-c", "echo the reason; exit 3")
	eventually(t, "ended", func() bool { return h.Err() != nil })
	if message := h.Err().Error(); !strings.Contains(message, "the reason") || !strings.Contains(message, "exit status 3") {
		t.Errorf("got %q", message)
	}
}

func TestProcessEndsWhereRecordsAreClosed(t *testing.T) {
	dir := t.TempDir()
	spec := Spec{Name: "it", Component: "/bin/sleep", Args: []string{"60"}, Records: filepath.Join(dir, "gone"), Logs: dir}
	h, err := Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "ended", func() bool { return h.Err() != nil })
}

func TestRecordOfAnotherProcessWithTheSameNumber(t *testing.T) {
	file := filepath.Join(t.TempDir(), "me.json")
	if err := WriteRecord(file, os.Getpid()); err != nil {
		t.Fatal(err)
	}
	r, err := ReadRecord(file)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Alive() {
		t.Error("this process runs")
	}
	r.Start = "1"
	if r.Alive() {
		t.Error("a process that started at another time is another")
	}
}

func TestTail(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(file, []byte("a\nb\n"+strings.Repeat("c", 2*lineBytes)+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	want := "    b\n    " + strings.Repeat("c", lineBytes) + " ..."
	if got := Tail(file, 2); got != want {
		t.Errorf("got %q", got)
	}
	if got := Tail(file+".none", 2); !strings.Contains(got, "no such file") {
		t.Errorf("got %q", got)
	}
}
