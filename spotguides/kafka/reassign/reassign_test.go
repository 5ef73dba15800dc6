package reassign_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
	"github.com/spotguide/spotguide/spotguides/kafka/reassign"
)

var update = flag.Bool("update", false, "write the golden files")

func cluster() plan.Cluster {
	return plan.Cluster{
		Brokers: []plan.Broker{{ID: 1, State: plan.Alive}, {ID: 2, State: plan.Alive}, {ID: 3, State: plan.New}, {ID: 4, State: plan.Alive}, {ID: 5, State: plan.Dead}},
		Partitions: []plan.Partition{
			{Topic: "orders", Number: 0, Replicas: []int32{1, 5}}, {Topic: "orders", Number: 1, Replicas: []int32{1, 2}}, {Topic: "bills", Number: 0, Replicas: []int32{4, 2}},
		},
	}
}

func TestParseTellsWhatIsWrong(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", "f.json:1: this is no JSON: EOF"},
		{"cut off", "{\"version\":1,\n\"partitions\":[{", "f.json:2: this is no JSON: EOF"},
		{"no JSON", "version: 1", "f.json:1: this is no JSON: invalid character 'v' looking for beginning of value"},
		{"a list", "[]", "f.json:1: the file is to be an object"},
		{"more", "{\"version\":1,\"partitions\":[]}\n{}", "f.json:2: something follows the end of the file's object: remove it"},
		{"nothing", "{}", "f.json:1: version is missing: write \"version\":1\nf.json:1: partitions is missing: write \"partitions\":[...]"},
		{"version", "{\n\"version\":2,\"partitions\":[]}", "f.json:2: version is 2, and only 1 is known"},
		{"version's type", "{\"version\":\"1\"}", "f.json:1: version is to be a whole number below 2^31"},
		{"a key twice", "{\"version\":1,\n\"version\":1}", "f.json:2: \"version\" is there twice in the file"},
		{"a field", "{\"versions\":1}", "f.json:1: \"versions\" is no field of the file; there are version and partitions"},
		{"a partition's field", parts(`{"topic":"a","partiton":0}`), "f.json:3: \"partiton\" is no field of a partition; there are topic, partition, replicas and log_dirs"},
		{"a partition's type", parts(`{"topic":"a","partition":0.5}`), "f.json:3: partition is to be a whole number below 2^31"},
		{"too large", parts(`{"topic":"a","partition":2147483648}`), "f.json:3: partition is to be a whole number below 2^31"},
		{"a topic's type", parts(`{"topic":1}`), "f.json:3: topic is to be a text"},
		{"replicas' type", parts(`{"topic":"a","partition":0,"replicas":1}`), "f.json:3: replicas is to be an array"},
		{"no topic", parts(`{"partition":0,"replicas":[1]}`), "f.json:3: a partition without a topic"},
		{"no number", parts(`{"topic":"a","replicas":[1]}`), "f.json:3: topic a: partition is missing or negative"},
		{"no replicas", parts(`{"topic":"a","partition":0}`), "f.json:3: partition a-0 has no replicas"},
		{"all at once", parts(`{"topic":"a","partition":0,"replicas":[1,2,1]},` + "\n" + `{"topic":"a","partition":0,"replicas":[-1]},` + "\n" + `{"topic":"a","partition":1,"replicas":[1],"log_dirs":["/data"]},` + "\n" + `{"topic":"a","partition":2,"replicas":[1],"log_dirs":["any","any"]}`),
			"f.json:3: partition a-0 has two replicas on broker 1\n" +
				"f.json:4: partition a-0 is there twice, first in line 3: remove one\n" +
				"f.json:4: partition a-0: -1 is no broker\n" +
				"f.json:5: partition a-1: log_dirs are \"any\", not \"/data\": brokers choose the disk themselves\n" +
				"f.json:6: partition a-2 has 2 log_dirs for 1 replicas: write one for each, or none"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := reassign.Parse("f.json", []byte(test.text))
			var problems reassign.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("no Problems: %v", err)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func parts(entries string) string { return "{\"version\":1,\n\"partitions\":[\n" + entries + "]}" }

func TestFormatAndRollback(t *testing.T) {
	data, err := os.ReadFile("testdata/kafka.json")
	if err != nil {
		t.Fatal(err)
	}
	f, err := reassign.Parse("kafka.json", data)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "formatted.json", f.Assignments())
	golden(t, reassign.RollbackName("formatted.json"), reassign.Rollback(f, cluster()))
	golden(t, "empty.json", nil)
}

func golden(t *testing.T, name string, assignments []plan.Assignment) {
	t.Helper()
	var out bytes.Buffer
	if err := reassign.Format(&out, assignments); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name, entry string
		allow       bool
		want        string
	}{
		{"good", `{"topic":"orders","partition":0,"replicas":[3,4]}`, false, ""},
		{"the dead one that it has", `{"topic":"orders","partition":0,"replicas":[5,4]}`, false, ""},
		{"topic", `{"topic":"order","partition":0,"replicas":[3,4]}`, false, "f.json:3: there is no topic order"},
		{"partition", `{"topic":"orders","partition":2,"replicas":[3,4]}`, false, "f.json:3: topic orders has 2 partitions, and 2 is none of them"},
		{"broker", `{"topic":"orders","partition":0,"replicas":[1,6]}`, false, "f.json:3: partition orders-0: there is no broker 6; there are 1, 2, 3, 4, 5"},
		{"dead", `{"topic":"orders","partition":1,"replicas":[1,5]}`, false, "f.json:3: partition orders-1: broker 5 is dead"},
		{"factor", `{"topic":"orders","partition":1,"replicas":[1,2,3]}`, false, "f.json:3: partition orders-1 has 2 replicas, and would have 3: keep their number, or allow it to change"},
		{"factor allowed", `{"topic":"orders","partition":1,"replicas":[1,2,3]}`, true, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, err := reassign.Parse("f.json", []byte(parts(test.entry)))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := reassign.Check(f, cluster(), test.allow); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"version":1,"partitions":[{"topic":"a","partition":0,"replicas":[1,2],"log_dirs":["any","any"]}]}`))
	f.Add([]byte("{\"version\":1,\n\"partitions\":[\n{\"topic\":\"\\u00e9\",\"partition\":1,\"replicas\":[]}]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := reassign.Parse("f.json", data)
		var problems reassign.Problems
		if err != nil {
			if lines := bytes.Count(data, []byte("\n")) + 1; !errors.As(err, &problems) || problems[0].Line < 1 || problems[0].Line > lines {
				t.Fatalf("no problem of one of the %d lines: %v", lines, err)
			}
			return
		}
		var once, twice bytes.Buffer
		if err := reassign.Format(&once, file.Assignments()); err != nil {
			t.Fatal(err)
		}
		again, err := reassign.Parse("f.json", once.Bytes())
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, once.String())
		}
		if err := reassign.Format(&twice, again.Assignments()); err != nil || !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Fatalf("written differently: %v\n%s\n%s", err, once.String(), twice.String())
		}
	})
}
