package binding

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/spotguide/spotguide/agent/source"
)

// ours are the annotations that may stand on a namespace: those that people
// set, then those that the agent writes.
func ours() []string {
	return []string{
		Repository, Ref, Path, Credentials, Interval, Guide, Environment, ServiceAccount, Suspend, Prune,
		Drift, Verify, DependsOn, SyncRequestedAt, PruneApproved, RollbackTo, Approved, Consumers, Promoted, PromotedFrom,
		Phase, Revision, Message,
	}
}

var approvals = regexp.MustCompile(`^[0-9a-f]{10}(,[0-9a-f]{10})*$`)

var consumer = regexp.MustCompile(`^[a-z0-9*]([-a-z0-9*]{0,61}[a-z0-9*])?$`)

var revision = regexp.MustCompile(`^(([^\s@]+@)?sha1:)?[0-9a-f]{7,40}$`)

// Bound tells whether the annotations ask for anything at all.
func Bound(annotations map[string]string) bool {
	return annotations[Repository] != ""
}

// Parse reads the annotations of a bound namespace. The error joins every
// annotation that is wrong, each by name and with the form it should have; the
// binding then holds what could be read.
func Parse(namespace string, annotations map[string]string) (Binding, error) {
	p := parser{annotations: annotations}
	b := Binding{
		Namespace:       namespace,
		Repository:      p.repository(),
		Ref:             p.ref(),
		Path:            p.path(),
		Credentials:     p.name(Credentials, ""),
		Interval:        p.interval(),
		Guide:           p.name(Guide, ""),
		Environment:     p.name(Environment, ""),
		ServiceAccount:  p.name(ServiceAccount, DefaultServiceAccount),
		OwnAccount:      annotations[ServiceAccount] != "",
		Suspend:         p.bool(Suspend, false),
		Prune:           p.bool(Prune, true),
		Drift:           p.drift(),
		DependsOn:       p.dependencies(namespace),
		SyncRequestedAt: annotations[SyncRequestedAt],
		PruneApproved:   p.revision(PruneApproved),
		RollbackTo:      p.revision(RollbackTo),
		Approved:        p.approved(),
		Consumers:       p.consumers(),
		Promoted:        p.commit(Promoted),
		PromotedFrom:    p.name(PromotedFrom, ""),
	}
	p.verify()
	p.unknown()
	return b, errors.Join(p.errs...)
}

// Equal tells whether both ask for the same.
func (b Binding) Equal(o Binding) bool {
	if !slices.Equal(b.DependsOn, o.DependsOn) {
		return false
	}
	b.DependsOn, o.DependsOn = nil, nil
	return fmt.Sprintf("%#v", b) == fmt.Sprintf("%#v", o)
}

type parser struct {
	annotations map[string]string
	errs        []error
}

func (p *parser) fail(key, format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("annotation %s: %s", key, fmt.Sprintf(format, args...)))
}

func (p *parser) repository() string {
	v := strings.TrimSpace(p.annotations[Repository])
	if strings.ContainsAny(v, " \t\n\x00") {
		p.fail(Repository, "%q has white space in it; give one address such as https://example.com/team/app.git", v)
	}
	return v
}

func (p *parser) ref() string {
	v := p.annotations[Ref]
	if _, err := source.ParseReference(v); err != nil {
		p.fail(Ref, "%v", err)
	}
	return v
}

func (p *parser) path() string {
	v := p.annotations[Path]
	if v == "" {
		return "."
	}
	clean := path.Clean(strings.TrimPrefix(v, "./"))
	if path.IsAbs(v) || clean == ".." || strings.HasPrefix(clean, "../") || strings.ContainsAny(v, "\\\x00") {
		p.fail(Path, "%q leaves the repository; give a folder in it such as apps/shop", v)
		return "."
	}
	return clean
}

func (p *parser) name(key, fallback string) string {
	v := p.annotations[key]
	if v == "" {
		return fallback
	}
	if msgs := validation.IsDNS1123Subdomain(v); len(msgs) > 0 {
		p.fail(key, "%q is not a name: %s", v, msgs[0])
		return fallback
	}
	return v
}

func (p *parser) interval() time.Duration {
	v := p.annotations[Interval]
	if v == "" {
		return DefaultInterval
	}
	d, err := time.ParseDuration(v)
	switch {
	case err != nil:
		p.fail(Interval, "%q is not a duration; write it as 30s, 5m or 1h", v)
		return DefaultInterval
	case d < MinInterval:
		p.fail(Interval, "%s is too short; %s is the least, and a webhook is faster than any interval", v, MinInterval)
		return DefaultInterval
	}
	return d
}

func (p *parser) bool(key string, fallback bool) bool {
	v := p.annotations[key]
	if v == "" {
		return fallback
	}
	b, err := strconv.ParseBool(v)
	if err != nil || (v != "true" && v != "false") {
		p.fail(key, "%q is neither true nor false", v)
		return fallback
	}
	return b
}

func (p *parser) drift() DriftMode {
	switch v := DriftMode(p.annotations[Drift]); v {
	case "":
		return DriftCorrect
	case DriftCorrect, DriftWarn, DriftIgnore:
		return v
	default:
		p.fail(Drift, "%q is not one of correct, warn, ignore", v)
		return DriftCorrect
	}
}

func (p *parser) dependencies(namespace string) []Dependency {
	var all []Dependency
	for item := range strings.SplitSeq(p.annotations[DependsOn], ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		ns, app, _ := strings.Cut(item, "/")
		if len(validation.IsDNS1123Label(ns)) > 0 || (app != "" && len(validation.IsDNS1123Label(app)) > 0) {
			p.fail(DependsOn, "%q is neither a namespace nor namespace/application", item)
			continue
		}
		if ns == namespace && app == "" {
			p.fail(DependsOn, "namespace %q waits for itself", ns)
			continue
		}
		all = append(all, Dependency{Namespace: ns, Application: app})
	}
	return all
}

func (p *parser) revision(key string) string {
	v := p.annotations[key]
	if v != "" && !revision.MatchString(v) {
		p.fail(key, "%q is not a revision; copy it from `spotguide status -o wide`", v)
		return ""
	}
	return v
}

// commit is a revision with all of its commit's digits: what is followed has to
// be fetched by them.
func (p *parser) commit(key string) string {
	v := p.annotations[key]
	if _, err := source.Pinned(v); v != "" && err != nil {
		p.fail(key, "%q is no whole revision; `spotguide promote` writes one such as main@sha1:<40 digits>", v)
		return ""
	}
	return v
}

// approved are names that the monitor gives to what it would like to do.
func (p *parser) approved() string {
	value := p.annotations[Approved]
	if value != "" && !approvals.MatchString(value) {
		p.fail(Approved, "%q is not a list of approvals: let `spotguide approve` write it", value)
	}
	return value
}

// consumers are namespaces, or patterns of them.
func (p *parser) consumers() string {
	var all []string
	for item := range strings.SplitSeq(p.annotations[Consumers], ",") {
		switch item = strings.TrimSpace(item); {
		case item == "":
		case !consumer.MatchString(item):
			p.fail(Consumers, "%q is no namespace; write names such as shop, or team-* for all that begin so", item)
		default:
			all = append(all, item)
		}
	}
	return strings.Join(all, ",")
}

func (p *parser) verify() {
	if v := p.annotations[Verify]; v != "" {
		p.fail(Verify, "signature verification is not part of this version; remove the annotation, "+
			"or the namespace would follow commits that nobody verified")
	}
}

func (p *parser) unknown() {
	known := ours()
	var keys []string
	for key := range p.annotations {
		if strings.HasPrefix(key, Prefix) && !slices.Contains(known, key) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		p.fail(key, "there is no such annotation; known are %s", strings.Join(known[:len(known)-3], ", "))
	}
}
