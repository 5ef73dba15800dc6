package platform

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/spotguide/spotguide/spotguides/guide"
)

func object(apiVersion, kind string, spec map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": apiVersion, "kind": kind, "spec": spec}}
}

func TestOf(t *testing.T) {
	const ingress, traefik = "networking.k8s.io/v1", "traefik.io/v1alpha1"
	offers := guide.Platform{Provisions: "traefik"}
	taken := guide.Platform{Provisions: "traefik", IngressClasses: []guide.IngressClass{{Name: "nginx", Default: true}}}
	annotated := func(class string) *unstructured.Unstructured {
		o := object(ingress, "Ingress", nil)
		o.SetAnnotations(map[string]string{classAnnotation: class})
		return o
	}
	points := func(names ...any) map[string]any { return map[string]any{"entryPoints": names} }
	tests := map[string]struct {
		platform guide.Platform
		objects  []*unstructured.Unstructured
		want     Needs
	}{
		"nothing":                 {platform: offers, objects: []*unstructured.Unstructured{object("v1", "Service", nil)}},
		"an Ingress of the class": {platform: taken, objects: []*unstructured.Unstructured{object(ingress, "Ingress", map[string]any{"ingressClassName": "traefik"})}, want: Needs{HTTP: true}},
		"an Ingress of another":   {platform: offers, objects: []*unstructured.Unstructured{object(ingress, "Ingress", map[string]any{"ingressClassName": "alb"})}},
		"an Ingress of none":      {platform: offers, objects: []*unstructured.Unstructured{object(ingress, "Ingress", nil)}, want: Needs{HTTP: true}},
		"annotated for another":   {platform: offers, objects: []*unstructured.Unstructured{annotated("gce")}},
		"annotated for it":        {platform: offers, objects: []*unstructured.Unstructured{annotated("traefik")}, want: Needs{HTTP: true}},
		"none, but a default":     {platform: taken, objects: []*unstructured.Unstructured{object(ingress, "Ingress", nil)}},
		"nothing is brought up":   {objects: []*unstructured.Unstructured{object(ingress, "Ingress", nil)}},
		"ports, sorted and once": {
			platform: offers,
			objects: []*unstructured.Unstructured{
				object(traefik, "IngressRouteTCP", points("tcp-6379", "tcp-5432")), object(traefik, "IngressRouteTCP", points("tcp-5432")),
				object(traefik, "IngressRouteUDP", points("udp-53")),
			},
			want: Needs{TCP: []int32{5432, 6379}, UDP: []int32{53}},
		},
		"entry points of others": {
			platform: offers,
			objects:  []*unstructured.Unstructured{object(traefik, "IngressRouteTCP", points("websecure", "tcp-", "tcp-0", "tcp-80x", "tcp--1"))},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Of(test.objects, test.platform)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAll(t *testing.T) {
	got := all(map[string]Needs{"a/x": {HTTP: true, TCP: []int32{9000, 5432}}, "b/y": {TCP: []int32{5432}, UDP: []int32{53}}})
	if diff := cmp.Diff(Needs{HTTP: true, TCP: []int32{5432, 9000}, UDP: []int32{53}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestTaken(t *testing.T) {
	each := map[string]Needs{"a/db": {TCP: []int32{5432}}, "b/dns": {UDP: []int32{53}}, "c/web": {HTTP: true}}
	for owner, want := range map[string]string{
		"a/db": "", "c/web": "", "d/db": "TCP port 5432 is public for a/db already", "d/dns": "UDP port 53 is public for b/dns already",
	} {
		some := maps.Clone(each)
		switch owner {
		case "d/db":
			some[owner] = Needs{TCP: []int32{5432}}
		case "d/dns":
			some[owner] = Needs{UDP: []int32{53}}
		}
		err := taken(some, owner)
		if (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", owner, err, want)
		}
	}
}
