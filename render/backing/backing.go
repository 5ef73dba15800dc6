package backing

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Placeholder stands for every password that is rendered without a seed.
const Placeholder = "made-in-the-cluster"

// Application is what depends on services.
type Application struct {
	Name     string
	Settings map[string]guide.Backing
	// Stack is what its source code is, if that is known.
	Stack *guide.Stack
	// Seed is the namespace's; empty where nobody knows it.
	Seed []byte
	// StorageClass of the cluster, empty without a default.
	StorageClass string
}

// Service runs beside the application, as one pod with a volume.
type Service struct {
	Kind  string `json:"kind"`
	Name  string `json:"name"`
	Image string `json:"image"`
	Port  int32  `json:"port"`
	// User that the image's program runs as.
	User int64 `json:"user"`
	// Args replace the image's command.
	Args []string `json:"args,omitempty"`
	// Env is the container's, beside the Secret's keys in FromSecret.
	Env map[string]string `json:"env,omitempty"`
	// FromSecret are variables of the container by the Secret's key.
	FromSecret map[string]string `json:"fromSecret,omitempty"`
	// Secret is what the application is told; the Secret has the service's name.
	Secret map[string]string `json:"secret"`
	// Mount is where the volume goes.
	Mount        string `json:"mount"`
	Storage      string `json:"storage"`
	StorageClass string `json:"storageClass,omitempty"`
	// Ready is a command that succeeds when it answers.
	Ready []string `json:"ready"`
}

// Plan is what is done about an application's services.
type Plan struct {
	// Services run beside it.
	Services []Service
	// Secrets are those whose keys become its environment variables.
	Secrets []string
	Notices []string
}

// For plans. What the code needs and the environment does not speak of is told.
func For(a Application) Plan {
	var p Plan
	for _, kind := range slices.Sorted(maps.Keys(a.Settings)) {
		b := a.Settings[kind]
		if !b.Provide {
			p.Secrets = append(p.Secrets, b.Secret)
			continue
		}
		s := a.service(kind, b)
		if a.StorageClass == "" && b.StorageClass == "" {
			p.Notices = append(p.Notices, fmt.Sprintf("the cluster has no default storage class, so the volume of %s waits for one: set services.%s.storageClass", s.Name, kind))
		}
		p.Services = append(p.Services, s)
		p.Secrets = append(p.Secrets, s.Name)
	}
	if len(p.Services) > 0 && len(a.Seed) == 0 {
		p.Notices = append(p.Notices, "passwords of provided services are made in the cluster; here they read "+Placeholder)
	}
	return p.unspoken(a)
}

// unspoken tells of services that the code needs and nobody provides.
func (p Plan) unspoken(a Application) Plan {
	if a.Stack == nil {
		return p
	}
	for _, s := range a.Stack.Services {
		if _, ok := a.Settings[s.Kind]; ok || s.Optional || s.Beside != "" {
			continue
		}
		how := fmt.Sprintf("services.%s.secret in environment.yaml names a Secret with what it has to know", s.Kind)
		if slices.Contains([]string{guide.ServiceKafka, guide.ServicePostgreSQL, guide.ServiceRedis}, s.Kind) {
			how = fmt.Sprintf("services.%s in environment.yaml provides one, or names the Secret of one that is there", s.Kind)
		}
		p.Notices = append(p.Notices, fmt.Sprintf("its code needs %s: %s", s.Kind, how))
	}
	return p
}

func (a Application) service(kind string, b guide.Backing) Service {
	s := Service{
		Kind: kind, Name: a.Name + "-" + kind, Storage: cmp.Or(b.Storage, "1Gi"), StorageClass: b.StorageClass,
	}
	switch kind {
	case guide.ServicePostgreSQL:
		a.postgresql(&s, cmp.Or(b.Version, "17"))
	case guide.ServiceRedis:
		a.redis(&s, cmp.Or(b.Version, "8"))
	case guide.ServiceKafka:
		a.kafka(&s, cmp.Or(b.Version, "4.1.0"))
	}
	return s
}

// Seed is an application's own, for credentials that its chart makes: derived from
// the namespace's, and empty without that.
func Seed(app string, namespace []byte) string {
	if len(namespace) == 0 {
		return ""
	}
	return hex.EncodeToString(Application{Name: app, Seed: namespace}.derive("chart"))
}

// derive gives bytes that only who knows the seed can tell.
func (a Application) derive(what string) []byte {
	mac := hmac.New(sha256.New, a.Seed)
	fmt.Fprintf(mac, "%s/%s", a.Name, what)
	return mac.Sum(nil)
}

// password of a service: 32 letters and digits, 160 bits.
func (a Application) password(kind string) string {
	if len(a.Seed) == 0 {
		return Placeholder
	}
	return strings.ToLower(base32.StdEncoding.EncodeToString(a.derive(kind + "/password")[:20]))
}

// uuid is 16 bytes as Kafka writes a cluster's id.
func (a Application) uuid(kind string) string {
	return base64.RawURLEncoding.EncodeToString(a.derive(kind + "/id")[:16])
}

// java tells whether Spring's variables are worth giving.
func (a Application) java() bool {
	return a.Stack != nil && slices.Contains([]string{"java", "kotlin", "scala", "groovy"}, a.Stack.Language)
}
