package sla

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// RuleStorage is what actions that make volumes larger name as their rule.
const RuleStorage = "storage"

// growEvery is the least time between two growths of a volume, which is what clouds
// demand, and between two words about one that cannot grow.
const growEvery = 6 * time.Hour

// gi is what sizes are rounded up to.
const gi = 1 << 30

// Growing is what the growth of one volume remembers.
type Growing struct {
	// At is when it grew last, Told when somebody was told that it cannot.
	At   time.Time `json:"at,omitzero"`
	Told time.Time `json:"told,omitzero"`
}

// grower is a StorageGrowth made ready for use.
type grower struct {
	full    float64 // share
	percent int64   // of what there is, or
	bytes   int64
	most    resource.Quantity
	metric  string
}

func newGrower(s guide.StorageGrowth) (*grower, error) {
	g := &grower{full: guide.DefaultFull / 100.0, metric: s.Metric}
	if s.Full > 0 {
		g.full = float64(s.Full) / 100
	}
	text := s.Grow
	if text == "" {
		text = guide.DefaultGrow
	}
	var err error
	if number, isPercent := strings.CutSuffix(text, "%"); isPercent {
		g.percent, err = strconv.ParseInt(number, 10, 32)
	} else {
		var q resource.Quantity
		q, err = resource.ParseQuantity(text)
		g.bytes = q.Value()
	}
	if err != nil || g.percent+g.bytes <= 0 {
		return nil, fmt.Errorf("grow %q is neither a percentage nor a quantity", text)
	}
	if g.most, err = resource.ParseQuantity(s.Max); err != nil {
		return nil, fmt.Errorf("max %q is no quantity", s.Max)
	}
	return g, nil
}

// grow makes the growth of volumes ready.
func (p *Program) grow(storage map[string]guide.StorageGrowth) error {
	var errs []error
	p.growers = map[string]*grower{}
	for volume, settings := range storage {
		g, err := newGrower(settings)
		if err != nil {
			errs = append(errs, fmt.Errorf("storage %q: %w", volume, err))
			continue
		}
		p.growers[volume] = g
	}
	return errors.Join(errs...)
}

// larger is the size after the next growth: no smaller than now, and no larger than
// the most.
func (g *grower) larger(now int64) int64 {
	more := g.bytes
	if g.percent > 0 {
		more = int64(min(math.Ceil(float64(now)/100*float64(g.percent)), math.MaxInt64/4))
	}
	size := now + max(0, min(more, math.MaxInt64/4))
	if rest := size % gi; rest > 0 && size > gi {
		size += gi - rest
	}
	return max(now, min(size, g.most.Value()))
}

// expand decides for every volume that the SLA lets grow.
func (d *decider) expand() {
	alive := map[string]bool{}
	for i := range d.observation.Volumes {
		c := &d.observation.Volumes[i]
		g := d.program.growers[c.Volume]
		if g == nil {
			g = d.program.growers["*"]
		}
		if g == nil {
			continue
		}
		key := subject{observation: d.observation}.local(c.Namespace, c.Name)
		alive[key] = true
		s := d.state.Growing[key]
		d.expandOne(g, c, &s)
		if s == (Growing{}) {
			continue
		}
		if d.state.Growing == nil {
			d.state.Growing = map[string]Growing{}
		}
		d.state.Growing[key] = s
	}
	for key, s := range d.state.Growing {
		if !alive[key] && d.now.Sub(s.At) >= growEvery && d.now.Sub(s.Told) >= growEvery {
			delete(d.state.Growing, key)
		}
	}
}

func (d *decider) expandOne(g *grower, c *guide.Claim, s *Growing) {
	target := Target{Kind: KindClaim, Namespace: c.Namespace, Name: c.Name, UID: c.UID}
	hold := func(h Hold, until time.Time, why string) {
		d.decision.Pending = append(d.decision.Pending, Pending{Rule: RuleStorage, Target: target, Hold: h, Until: until, Message: why})
		d.wake(until)
	}
	share, known := d.observation.Metrics[g.metric]
	switch {
	case !known || math.IsNaN(share):
		hold(HoldUnknown, time.Time{}, g.metric+" is not known")
		return
	case share < g.full:
		return
	}
	now := max(c.Requested, c.Capacity)
	size, why := g.larger(now), fmt.Sprintf("%.0f%% of %s are used", 100*share, bytesText(c.Capacity))
	if until := s.At.Add(growEvery); !s.At.IsZero() && until.After(d.now) {
		hold(HoldCooldown, until, why+"; it grew less than six hours ago")
		return
	}
	if cannot := fixed(c, g, size); cannot != "" {
		hold(HoldTarget, time.Time{}, why+"; "+cannot)
		d.tellFull(target, s, why+"; "+cannot)
		return
	}
	action := Action{Kind: Expand, Target: target, Rule: RuleStorage, Size: bytesText(size), Was: bytesText(c.Requested),
		Reason: fmt.Sprintf("%s, from %.0f%% on it grows to %s", why, 100*g.full, bytesText(size))}
	growth := candidate{rule: &rule{name: RuleStorage}, on: subject{observation: d.observation}}
	for _, gate := range []func(candidate, Action) (Hold, time.Time, string){d.brake, d.turn} {
		if h, until, held := gate(growth, action); h != "" {
			hold(h, until, held)
			return
		}
	}
	d.decision.Actions, d.decision.Acted = append(d.decision.Actions, action), true
	d.state.write(d.now, action)
	d.state.Touched, s.At, s.Told = d.now, d.now, time.Time{}
}

// tellFull tells that a volume gets full and cannot grow.
func (d *decider) tellFull(t Target, s *Growing, why string) {
	if until := s.Told.Add(growEvery); !s.Told.IsZero() && until.After(d.now) {
		d.wake(until)
		return
	}
	action := Action{Kind: Notify, Target: t, Rule: RuleStorage, Reason: why}
	d.decision.Actions, d.decision.Acted = append(d.decision.Actions, action), true
	d.state.write(d.now, action)
	s.Told = d.now
}

// fixed is why a claim cannot be made larger now, empty when it can.
func fixed(c *guide.Claim, g *grower, size int64) string {
	switch {
	case c.Capacity == 0:
		return "it has no volume yet"
	case c.Resizing != "" || c.Capacity < c.Requested:
		return strings.TrimSuffix(fmt.Sprintf("it is being made larger, to %s: %s", bytesText(c.Requested), c.Resizing), ": ")
	case size <= max(c.Requested, c.Capacity):
		return "it may not grow beyond storage.max, " + g.most.String()
	case !c.Expandable && c.Class == "":
		return "it has no storage class that could expand it"
	case !c.Expandable:
		return fmt.Sprintf("its storage class %s does not allow to expand volumes (allowVolumeExpansion)", c.Class)
	}
	return ""
}

// bytesText is a size as a quantity.
func bytesText(n int64) string { return resource.NewQuantity(n, resource.BinarySI).String() }
