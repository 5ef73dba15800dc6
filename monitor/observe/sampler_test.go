package observe

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// stall is a pod on loopback.
type stall struct {
	endpoint Endpoint
	port     int32
	page     atomic.Value
	status   atomic.Int32
}

func newStall(t *testing.T, address string, port int32, page string) *stall {
	t.Helper()
	s := &stall{}
	s.page.Store(page)
	s.status.Store(http.StatusOK)
	l, err := net.Listen("tcp", net.JoinHostPort(address, strconv.Itoa(int(port))))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
			return
		}
		w.WriteHeader(int(s.status.Load()))
		fmt.Fprint(w, s.page.Load())
	}))
	server.Listener = l
	server.Start()
	t.Cleanup(server.Close)
	at := netip.MustParseAddrPort(l.Addr().String())
	s.endpoint, s.port = Endpoint{UID: address, Address: at.Addr(), Ready: true}, int32(at.Port())
	return s
}

const queue = "# TYPE queue gauge\nqueue{name=\"a\"} %d\nqueue{name=\"b\"} 100\n# TYPE served counter\nserved %d\n"

func source(port int32) guide.MetricSource {
	return guide.MetricSource{Name: "m", Component: "web", Port: port}
}

// sample asks once and returns the values.
func sample(t *testing.T, s guide.MetricSource, endpoints ...Endpoint) map[string]float64 {
	t.Helper()
	sampler := follow(s, endpoints...)
	due, _ := sampler.due(time.Now())
	for _, one := range due {
		sampler.ask(t.Context(), one)
	}
	return sampler.Values(time.Now(), "shop", "shop")
}

func follow(s guide.MetricSource, endpoints ...Endpoint) *Sampler {
	sampler := newSampler(func(string, Ref) []Endpoint { return append([]Endpoint{}, endpoints...) })
	sampler.Follow(Target{Namespace: "shop", Application: "shop",
		Workloads: []Workload{{Ref: Ref{"Deployment", "web"}, Component: "web"}}}, []guide.MetricSource{s}, time.Minute)
	return sampler
}

func TestSamplerScrapes(t *testing.T) {
	a := newStall(t, "127.0.0.1", 0, fmt.Sprintf(queue, 30, 7))
	b := newStall(t, "127.0.0.2", a.port, fmt.Sprintf(queue, 10, 5))
	both := []Endpoint{a.endpoint, b.endpoint}
	starting := Endpoint{UID: "x", Address: netip.MustParseAddr("127.0.0.3")}
	labels := map[string]string{"name": "a"}
	for name, tt := range map[string]struct {
		scrape guide.Scrape
		pods   []Endpoint
		want   map[string]float64
	}{
		"sum of series and pods":   {guide.Scrape{Metric: "queue"}, both, map[string]float64{"m": 240}},
		"by labels":                {guide.Scrape{Metric: "queue", Labels: labels}, both, map[string]float64{"m": 40}},
		"average":                  {guide.Scrape{Metric: "queue", Labels: labels, Over: "average"}, both, map[string]float64{"m": 20}},
		"max":                      {guide.Scrape{Metric: "queue", Labels: labels, Over: "max"}, both, map[string]float64{"m": 30}},
		"min":                      {guide.Scrape{Metric: "queue", Labels: labels, Over: "min"}, both, map[string]float64{"m": 10}},
		"no such metric":           {guide.Scrape{Metric: "other"}, both, nil},
		"no such labels":           {guide.Scrape{Metric: "queue", Labels: map[string]string{"name": "c"}}, both, nil},
		"no pods are not zero":     {guide.Scrape{Metric: "queue"}, nil, nil},
		"one that does not answer": {guide.Scrape{Metric: "queue"}, append(both[:2:2], Endpoint{UID: "y", Address: starting.Address, Ready: true}), nil},
		"one that is not ready":    {guide.Scrape{Metric: "queue", Labels: labels}, append(both[:2:2], starting), map[string]float64{"m": 40}},
		"a redirect leads nowhere": {guide.Scrape{Metric: "queue", Path: "/elsewhere"}, both, nil},
		"a rate needs two looks":   {guide.Scrape{Metric: "served", Rate: true}, both, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := source(a.port)
			s.Scrape = &tt.scrape
			if diff := cmp.Diff(tt.want, sample(t, s, tt.pods...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A histogram gives what was measured in all or up to a bound of its buckets.
func TestSamplerHistograms(t *testing.T) {
	const page = "# TYPE took histogram\ntook_bucket{le=\"0.3\"} 7\ntook_bucket{le=\"+Inf\"} 9\ntook_sum 4\ntook_count 9\n" +
		"# TYPE size summary\nsize_sum 5\nsize_count 3\n# TYPE queue gauge\nqueue 4\n"
	a := newStall(t, "127.0.0.1", 0, page)
	third, half := 0.3, 0.5
	for name, tt := range map[string]struct {
		scrape guide.Scrape
		want   map[string]float64
	}{
		"all":              {guide.Scrape{Metric: "took"}, map[string]float64{"m": 9}},
		"up to a bound":    {guide.Scrape{Metric: "took", LE: &third}, map[string]float64{"m": 7}},
		"no such bucket":   {guide.Scrape{Metric: "took", LE: &half}, nil},
		"summary":          {guide.Scrape{Metric: "size"}, map[string]float64{"m": 3}},
		"summary, a bound": {guide.Scrape{Metric: "size", LE: &third}, nil},
		"gauge, a bound":   {guide.Scrape{Metric: "queue", LE: &third}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := source(a.port)
			s.Scrape = &tt.scrape
			if diff := cmp.Diff(tt.want, sample(t, s, a.endpoint)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSamplerRates(t *testing.T) {
	a := newStall(t, "127.0.0.1", 0, fmt.Sprintf(queue, 0, 100))
	s := source(a.port)
	s.Scrape = &guide.Scrape{Metric: "served", Rate: true}
	sampler := follow(s, a.endpoint)
	one := sampler.sources[sourceKey{"shop", "shop", "m"}]
	look := func(served int) map[string]float64 {
		a.page.Store(fmt.Sprintf(queue, 0, served))
		sampler.ask(t.Context(), one)
		return sampler.Values(time.Now(), "shop", "shop")
	}
	look(100)
	one.pages[a.endpoint.UID] = reading{100, time.Now().Add(-10 * time.Second)}
	if got := look(400)["m"]; got < 29 || got > 30 {
		t.Errorf("rate is %g, want nearly 30", got)
	}
	before := one.at
	if look(5); one.at != before {
		t.Errorf("a counter that began anew gave %g", one.value)
	}
}

func TestSamplerProbes(t *testing.T) {
	a := newStall(t, "127.0.0.1", 0, "")
	b := newStall(t, "127.0.0.2", a.port, "")
	b.status.Store(http.StatusServiceUnavailable)
	silent := Endpoint{UID: "x", Address: netip.MustParseAddr("127.0.0.3")}
	for name, tt := range map[string]struct {
		probe guide.Probe
		want  float64
	}{"nothing said": {guide.Probe{}, 2}, "tcp": {guide.Probe{TCP: true}, 2}, "http": {guide.Probe{HTTP: "/ready"}, 1}} {
		s := source(a.port)
		s.Probe = &tt.probe
		if got := sample(t, s, a.endpoint, b.endpoint, silent)["m"]; got != tt.want {
			t.Errorf("%s: %g answer, want %g", name, got, tt.want)
		}
	}
}

// An answer that is too old is not known any more, and so is what nobody follows.
func TestSamplerForgets(t *testing.T) {
	a := newStall(t, "127.0.0.1", 0, fmt.Sprintf(queue, 1, 1))
	s := source(a.port)
	s.Scrape, s.Interval = &guide.Scrape{Metric: "queue"}, metav1.Duration{Duration: 10 * time.Second}
	sampler := follow(s, a.endpoint)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- sampler.Run(ctx) }()
	deadline := time.Now().Add(2 * time.Minute)
	for len(sampler.Values(time.Now(), "shop", "shop")) == 0 && time.Now().Before(deadline) {
		<-time.After(5 * time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for after, known := range map[time.Duration]int{29 * time.Second: 1, 31 * time.Second: 0} {
		if got := sampler.Values(time.Now().Add(after), "shop", "shop"); len(got) != known {
			t.Errorf("after %s: %v", after, got)
		}
	}
	sampler.Follow(Target{Namespace: "shop", Application: "shop"}, nil, time.Minute)
	if got := sampler.Values(time.Now(), "shop", "shop"); len(got) != 0 || len(sampler.sources) != 0 {
		t.Errorf("%v is still there", got)
	}
}

// Only a pod's own address is ever asked.
func TestAddressOf(t *testing.T) {
	for name, tt := range map[string]struct {
		pod  corev1.Pod
		want string
	}{
		"its own":             {corev1.Pod{Status: corev1.PodStatus{PodIP: "10.1.2.3", HostIP: "192.168.0.1"}}, "10.1.2.3"},
		"the node's":          {corev1.Pod{Status: corev1.PodStatus{PodIP: "192.168.0.1", HostIP: "192.168.0.1"}}, "invalid IP"},
		"the node's network":  {corev1.Pod{Spec: corev1.PodSpec{HostNetwork: true}, Status: corev1.PodStatus{PodIP: "192.168.0.1"}}, "invalid IP"},
		"loopback":            {corev1.Pod{Status: corev1.PodStatus{PodIP: "127.0.0.1"}}, "invalid IP"},
		"the cloud's secrets": {corev1.Pod{Status: corev1.PodStatus{PodIP: "169.254.169.254"}}, "invalid IP"},
		"none":                {corev1.Pod{}, "invalid IP"},
	} {
		if got := addressOf(&tt.pod).String(); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}
