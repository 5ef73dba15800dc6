package agent

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"k8s.io/client-go/discovery"

	"github.com/spotguide/spotguide/render"
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

// capabilities remembers them.
type capabilities struct {
	client discovery.DiscoveryInterface

	mu    sync.Mutex
	known render.Kubernetes
	asked time.Time
}

// get answers from memory for a while, and for longer while nobody answers.
func (c *capabilities) get() (render.Kubernetes, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.asked) < capabilitiesAge {
		return c.known, nil
	}
	found, err := Capabilities(c.client)
	if err != nil && c.known.Version == "" {
		return found, err
	}
	if err == nil {
		c.known = found
	}
	c.asked = time.Now()
	return c.known, nil
}
