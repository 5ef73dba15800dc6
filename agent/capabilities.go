package agent

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/agent/platform"
	"github.com/spotguide/spotguide/render"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// capabilitiesAge is for how long charts are told what was found once: an upgrade
// of the cluster and new definitions are rare, and a question costs requests.
const capabilitiesAge = 10 * time.Minute

// Capabilities asks a cluster what charts want to know of it. Kinds of an
// aggregated API server that does not answer are missing.
func Capabilities(client discovery.DiscoveryInterface) (render.Kubernetes, error) {
	version, err := client.ServerVersion()
	if err != nil {
		return render.Kubernetes{}, fmt.Errorf("read the API server's version: %w", err)
	}
	found := render.Kubernetes{Version: version.GitVersion}
	_, lists, err := client.ServerGroupsAndResources()
	if err != nil && !discovery.IsGroupDiscoveryFailedError(err) {
		return render.Kubernetes{}, fmt.Errorf("read the API server's kinds: %w", err)
	}
	for _, list := range lists {
		found.APIVersions = append(found.APIVersions, list.GroupVersion)
		for _, r := range list.APIResources {
			if !strings.Contains(r.Name, "/") { // else it is a part of another one
				found.APIVersions = append(found.APIVersions, list.GroupVersion+"/"+r.Kind)
			}
		}
	}
	return found, nil
}

// capabilities remembers them, and what else the cluster offers.
type capabilities struct {
	client     kubernetes.Interface
	other      dynamic.Interface
	provisions string // class that the agent brings up

	mu       sync.Mutex
	known    render.Kubernetes
	platform guide.Platform
	asked    time.Time
}

// get answers from memory for a while, and for longer while nobody answers.
func (c *capabilities) get(ctx context.Context) (render.Kubernetes, guide.Platform, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.asked) < capabilitiesAge {
		return c.known, c.platform, nil
	}
	found, err := Capabilities(c.client.Discovery())
	var offers guide.Platform
	if err == nil {
		offers, err = platform.Survey(ctx, c.client, c.other)
	}
	if err != nil && (c.known.Version == "" || ctx.Err() != nil) {
		return found, offers, err
	}
	if err == nil {
		offers.Provisions = provisions(c.provisions, offers.IngressClasses)
		c.known, c.platform = found, offers
	}
	c.asked = time.Now()
	return c.known, c.platform, nil
}

// provisions is the class that the agent brings up, where nobody else serves any.
func provisions(class string, there []guide.IngressClass) string {
	for _, c := range there {
		if !c.Provided {
			return ""
		}
	}
	return class
}
