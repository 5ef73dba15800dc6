package backing

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spotguide/spotguide/spotguides/guide"
)

func shop(seed string, settings map[string]guide.Backing, stack *guide.Stack) Application {
	return Application{Name: "my-shop", Seed: []byte(seed), Settings: settings, Stack: stack, StorageClass: "fast"}
}

func TestCredentials(t *testing.T) {
	provided := map[string]guide.Backing{"postgresql": {Provide: true}, "redis": {Provide: true}, "kafka": {Provide: true}}
	once, again, other := For(shop("a", provided, nil)), For(shop("a", provided, nil)), For(shop("b", provided, nil))
	if diff := cmp.Diff(once, again); diff != "" {
		t.Errorf("rendered again it is another:\n%s", diff)
	}
	seen := map[string]bool{}
	for _, plan := range []Plan{once, other} {
		for _, s := range plan.Services {
			secret := s.Secret["PGPASSWORD"] + s.Secret["REDIS_PASSWORD"] + s.Env["CLUSTER_ID"]
			if len(secret) < 22 || seen[secret] {
				t.Errorf("%s has the secret %q, which is short or another's", s.Name, secret)
			}
			seen[secret] = true
		}
	}
	renamed := shop("a", provided, nil)
	renamed.Name = "other"
	if For(renamed).Services[1].Secret["PGPASSWORD"] == once.Services[1].Secret["PGPASSWORD"] {
		t.Error("two applications share a password")
	}
}

func TestVariables(t *testing.T) {
	p := For(shop("a", map[string]guide.Backing{"postgresql": {Provide: true, Version: "16", Storage: "5Gi"}}, &guide.Stack{Language: "java"}))
	s := p.Services[0]
	if s.Image != "docker.io/library/postgres:16-alpine" || s.Storage != "5Gi" || s.Name != "my-shop-postgresql" {
		t.Errorf("got %+v", s)
	}
	for variable, want := range map[string]string{
		"PGHOST": "my-shop-postgresql", "PGUSER": "my_shop", "PGDATABASE": "my_shop",
		"DATABASE_URL":          "postgresql://my_shop:" + s.Secret["PGPASSWORD"] + "@my-shop-postgresql:5432/my_shop",
		"SPRING_DATASOURCE_URL": "jdbc:postgresql://my-shop-postgresql:5432/my_shop",
	} {
		if s.Secret[variable] != want {
			t.Errorf("%s is %q, want %q", variable, s.Secret[variable], want)
		}
	}
	if diff := cmp.Diff([]string{"my-shop-postgresql"}, p.Secrets); diff != "" {
		t.Error(diff)
	}
}

func TestNotices(t *testing.T) {
	stack := &guide.Stack{Services: []guide.Service{{Kind: "redis"}, {Kind: "mongodb"}, {Kind: "mysql", Optional: true}, {Kind: "postgresql"}}}
	a := shop("", map[string]guide.Backing{"postgresql": {Provide: true}, "rabbitmq": {Secret: "rabbit"}}, stack)
	a.StorageClass = ""
	p := For(a)
	want := []string{"no default storage class", Placeholder, "needs redis: services.redis in environment.yaml provides", "needs mongodb: services.mongodb.secret"}
	if len(p.Notices) != len(want) {
		t.Fatalf("notices: %q", p.Notices)
	}
	for i, text := range want {
		if !strings.Contains(p.Notices[i], text) {
			t.Errorf("notice %q does not say %q", p.Notices[i], text)
		}
	}
	if p.Services[0].Secret["PGPASSWORD"] != Placeholder {
		t.Error("without a seed there is a password")
	}
	if diff := cmp.Diff([]string{"my-shop-postgresql", "rabbit"}, p.Secrets); diff != "" {
		t.Error(diff)
	}
}
