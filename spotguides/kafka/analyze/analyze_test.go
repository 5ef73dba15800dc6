package analyze_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/analyze"
	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

func part(number int32, leader int32, replicas, inSync []int32) admin.Partition {
	return admin.Partition{ID: plan.ID{Topic: "t", Partition: number}, Leader: leader, Replicas: replicas, InSync: inSync, MinInSync: 2}
}

func TestFigures(t *testing.T) {
	dir := func(usable int64) []admin.LogDir { return []admin.LogDir{{Total: 100, Usable: usable}} }
	broken := []admin.LogDir{{Err: errors.New("gone"), Total: -1, Usable: -1}}
	moving := part(2, 1, []int32{1, 2, 3}, []int32{1, 2})
	moving.Adding = []int32{3}
	unknown := part(0, 1, []int32{1}, []int32{1})
	unknown.MinInSync = 0
	for name, test := range map[string]struct {
		seen    admin.Observation
		leaving []int32
		want    map[string]float64
	}{
		"one empty, one emptied to leave, one that has left": {
			admin.Observation{
				Brokers:    []admin.Broker{{ID: 1}, {ID: 2}, {ID: 3}, {ID: 4}, {ID: 5, Fenced: true}},
				Partitions: []admin.Partition{part(0, 1, []int32{1, 2}, []int32{1, 2}), part(1, 2, []int32{2, 1}, []int32{1, 2}), part(2, 1, []int32{1, 2}, []int32{1, 2})},
				Quorum:     admin.Quorum{Voters: []admin.Voter{{ID: 1000}}},
			},
			[]int32{4},
			map[string]float64{
				"brokersLeaving": 0, "brokersAlive": 4, "brokersGone": 1, "brokersEmpty": 1, "brokersLeft": 1, "offlinePartitions": 0, "underReplicated": 0,
				"underMinIsr": 0, "reassigning": 0, "replicaSkew": 1.5, "replicaExcess": 1, "leaderSkew": 2, "leaderExcess": 1,
			},
		},
		"whole": {
			admin.Observation{
				Brokers:    []admin.Broker{{ID: 1, Dirs: dir(40)}, {ID: 2, Dirs: dir(90)}},
				Partitions: []admin.Partition{part(0, 1, []int32{1, 2}, []int32{1, 2}), part(1, 2, []int32{2, 1}, []int32{1, 2})},
			},
			nil,
			map[string]float64{
				"brokersLeaving": 0, "brokersEmpty": 0, "brokersLeft": 0, "replicaExcess": 0, "leaderExcess": 0,
				"brokersAlive": 2, "brokersGone": 0, "offlinePartitions": 0, "underReplicated": 0, "underMinIsr": 0,
				"reassigning": 0, "offlineDirs": 0, "diskUsed": 0.6, "replicaSkew": 1, "leaderSkew": 1,
			},
		},
		"a broker fenced, one unregistered, one disk broken, replicas moved": {
			admin.Observation{
				Brokers:    []admin.Broker{{ID: 1, Dirs: dir(50)}, {ID: 2, Fenced: true}, {ID: 3, Dirs: broken}},
				Partitions: []admin.Partition{part(0, 1, []int32{1, 2}, []int32{1}), part(1, -1, []int32{2, 4}, nil), moving},
			},
			nil,
			map[string]float64{
				"brokersLeaving": 0, "brokersEmpty": 0, "brokersLeft": 0, "replicaExcess": 0.5, "leaderExcess": 1,
				"brokersAlive": 2, "brokersGone": 2, "offlinePartitions": 1, "underReplicated": 2, "underMinIsr": 2,
				"reassigning": 1, "offlineDirs": 1, "diskUsed": 0.5, "replicaSkew": 4. / 3, "leaderSkew": 2,
			},
		},
		"what is not told is not known": {
			admin.Observation{Brokers: []admin.Broker{{ID: 1}}, Partitions: []admin.Partition{unknown}},
			nil,
			map[string]float64{
				"brokersLeaving": 0, "brokersEmpty": 0, "brokersLeft": 0, "replicaExcess": 0, "leaderExcess": 0,
				"brokersAlive": 1, "brokersGone": 0, "offlinePartitions": 0, "underReplicated": 0, "reassigning": 0,
				"replicaSkew": 1, "leaderSkew": 1,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, analyze.Figures(test.seen, test.leaving)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestLeaving: what leaves may go once it holds nothing, not even what is only in
// sync yet, and is no controller; and nobody knows where nobody tells.
func TestLeaving(t *testing.T) {
	const unknown = -1
	seen := admin.Observation{
		Brokers:    []admin.Broker{{ID: 0}, {ID: 1}, {ID: 2}, {ID: 3}, {ID: 4}},
		Partitions: []admin.Partition{part(0, 0, []int32{0, 3}, []int32{0, 3}), part(1, 0, []int32{0, 1}, []int32{0, 1, 4})},
		Quorum:     admin.Quorum{Voters: []admin.Voter{{ID: 2}}},
	}
	silent := seen
	silent.Quorum = admin.Quorum{Leader: -1}
	for name, test := range map[string]struct {
		seen    admin.Observation
		leaving []int32
		want    float64
	}{
		"none":               {seen, nil, 0},
		"replicas":           {seen, []int32{3}, 1},
		"in sync":            {seen, []int32{4}, 1},
		"controller":         {seen, []int32{2}, 1},
		"all":                {seen, []int32{2, 3, 4, 5}, 3},
		"one that is not":    {seen, []int32{5}, 0},
		"nobody tells":       {silent, []int32{5}, unknown},
		"nobody has to tell": {silent, nil, 0},
	} {
		got, known := analyze.Figures(test.seen, test.leaving)["brokersLeaving"]
		if !known {
			got = unknown
		}
		if got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// TestAccess: only pods of brokers are asked, as the Secret says, and no error
// holds what a Secret holds.
func TestAccess(t *testing.T) {
	refused := errors.New("refused")
	for name, test := range map[string]struct {
		pods    []string
		secrets map[string]map[string][]byte
		want    string
	}{
		"no broker":      {pods: []string{"events-controller-0"}, want: "no broker's pod runs"},
		"no Secret":      {pods: []string{"events-broker-0"}, want: "no Secret events-admin"},
		"no password":    {[]string{"events-broker-0"}, map[string]map[string][]byte{"events-admin": {"username": []byte("admin")}}, "no password"},
		"no way like it": {[]string{"events-broker-0"}, map[string]map[string][]byte{"events-admin": {"username": []byte("admin"), "password": []byte("s3cret"), "mechanism": []byte("NTLM")}}, `"NTLM" is none of`},
		"no authority":   {[]string{"events-broker-0"}, map[string]map[string][]byte{"events-admin": {"tlsSecret": []byte("events-tls")}}, "no Secret events-tls"},
		"no certificate": {[]string{"events-broker-0"}, map[string]map[string][]byte{"events-admin": {"tlsSecret": []byte("events-tls")}, "events-tls": {"ca.crt": []byte("s3cret")}}, "no certificate in PEM"},
		"no connection":  {[]string{"events-broker-0"}, map[string]map[string][]byte{"events-admin": {"username": []byte("admin"), "password": []byte("s3cret")}}, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := analyze.New().Analyze(t.Context(), guide.Analyzed{
				Namespace: "shop", Application: "events", Pods: test.pods,
				Dial: func(_ context.Context, pod, port string) (net.Conn, error) {
					if pod != "events-broker-0" || port != "9092" {
						t.Errorf("asks %s:%s", pod, port)
					}
					return nil, refused
				},
				Secret: func(_ context.Context, name string) (map[string][]byte, error) {
					if secret, is := test.secrets[name]; is {
						return secret, nil
					}
					return nil, errors.New("no Secret " + name)
				},
			})
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}
