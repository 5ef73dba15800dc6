package observe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// maxPage is the largest page that is read.
const maxPage = 4 << 20

// askPod asks one pod: the value of a metric, or 1 or 0 for whether it answers.
func askPod(ctx context.Context, s guide.MetricSource, address netip.Addr) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout.Duration)
	defer cancel()
	host := net.JoinHostPort(address.String(), strconv.Itoa(int(s.Port)))
	switch {
	case s.Scrape != nil:
		return scrape(ctx, host, *s.Scrape)
	case s.Probe.HTTP != "":
		return answers(get(ctx, host, s.Probe.HTTP, nil)), nil
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", host)
	if err == nil {
		_ = conn.Close()
	}
	return answers(err), nil
}

func answers(err error) float64 {
	if err != nil {
		return 0
	}
	return 1
}

// scrape adds up the series of a metric that have the labels.
func scrape(ctx context.Context, host string, s guide.Scrape) (total float64, err error) {
	path := s.Path
	if path == "" {
		path = "/metrics"
	}
	err = get(ctx, host, path, func(body io.Reader) error {
		families, err := expfmtParser().TextToMetricFamilies(body)
		if err != nil {
			return fmt.Errorf("read metrics: %w", err)
		}
		family, found := families[s.Metric], false
		for _, m := range family.GetMetric() {
			if value, ok := valueOf(m, s.LE); ok && hasLabels(m, s.Labels) {
				total, found = total+value, true
			}
		}
		if !found {
			if s.LE != nil {
				return fmt.Errorf("there is no bucket up to %v of %s", *s.LE, s.Metric)
			}
			return fmt.Errorf("there is no series %s", s.Metric)
		}
		return nil
	})
	return total, err
}

func expfmtParser() *expfmt.TextParser {
	p := expfmt.NewTextParser(model.UTF8Validation)
	return &p
}

func hasLabels(m *dto.Metric, labels map[string]string) bool {
	has := map[string]string{}
	for _, l := range m.GetLabel() {
		has[l.GetName()] = l.GetValue()
	}
	for name, value := range labels {
		if has[name] != value {
			return false
		}
	}
	return true
}

// valueOf is the value of a series, or of a histogram what was measured in all or
// up to a bound. It is false where the series has no such value.
func valueOf(m *dto.Metric, bound *float64) (float64, bool) {
	switch {
	case m.Histogram != nil && bound != nil:
		for _, b := range m.GetHistogram().GetBucket() {
			if b.GetUpperBound() == *bound {
				return float64(b.GetCumulativeCount()), true
			}
		}
		return 0, false
	case bound != nil:
		return 0, false
	case m.Histogram != nil:
		return float64(m.GetHistogram().GetSampleCount()), true
	case m.Summary != nil:
		return float64(m.GetSummary().GetSampleCount()), true
	case m.Counter != nil:
		return m.GetCounter().GetValue(), true
	case m.Gauge != nil:
		return m.GetGauge().GetValue(), true
	}
	return m.GetUntyped().GetValue(), m.Untyped != nil
}

// get asks an address and follows nothing that it is told: no redirect, no proxy.
func get(ctx context.Context, host, path string, read func(io.Reader) error) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+host+path, nil)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "spotguide")
	transport := &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10, DialContext: (&net.Dialer{}).DialContext}
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("answers %s", response.Status)
	}
	if read == nil {
		return nil
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("answers %s", response.Status)
	}
	body := &io.LimitedReader{R: response.Body, N: maxPage + 1}
	if err := read(body); err != nil {
		return err
	}
	if body.N == 0 {
		return errors.New("page is larger than 4 MiB")
	}
	return nil
}
