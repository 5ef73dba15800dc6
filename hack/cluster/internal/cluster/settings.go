package cluster

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spotguide/spotguide/hack/cluster/internal/network"
)

// Settings are decided when a cluster is first brought up and kept until it is
// taken down; a later up may only add nodes.
type Settings struct {
	// ID tells this cluster's devices and namespaces from another's.
	ID        string          `json:"id"`
	Ports     map[string]int  `json:"ports"`
	Network   network.Network `json:"network"`
	Simulated int             `json:"simulated"`
	Real      int             `json:"real"`
	// Stopped are the nodes that stop-node stopped: up leaves them so.
	Stopped []string `json:"stopped,omitempty"`
	// Flags are extra ones for a component, which come last and so win.
	Flags map[string][]string `json:"flags,omitempty"`
	// Insecure are the registries, as HOST:PORT, that real nodes pull from
	// over plain HTTP.
	Insecure []string `json:"insecure,omitempty"`
}

// portNames are the ports that a cluster needs on the loopback address.
func portNames() []string {
	return []string{"etcd", "etcd-peer", "kube-apiserver", "kube-controller-manager",
		"kube-scheduler", "kwok", "metrics-server", "dns", "dns-health"}
}

// ErrNoCluster says that the folder holds no cluster.
var ErrNoCluster = errors.New("no cluster here")

func (l Layout) readSettings() (Settings, error) {
	data, err := os.ReadFile(l.Path("cluster.json"))
	if errors.Is(err, os.ErrNotExist) {
		return Settings{}, fmt.Errorf("%s: %w; cluster up makes one", l.Dir, ErrNoCluster)
	}
	if err != nil {
		return Settings{}, fmt.Errorf("settings: %w", err)
	}
	var s Settings
	if err := json.Unmarshal(data, &s); err != nil {
		return Settings{}, fmt.Errorf("settings %s: %w", l.Path("cluster.json"), err)
	}
	return s, nil
}

func (l Layout) writeSettings(s Settings) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	temporary := l.Path("cluster.json.new")
	if err := os.WriteFile(temporary, append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	if err := os.Rename(temporary, l.Path("cluster.json")); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	return nil
}

// settle returns the settings the cluster has, or decides them.
func (l Layout) settle(o UpOptions) (Settings, error) {
	s, err := l.readSettings()
	if errors.Is(err, ErrNoCluster) {
		s, err = l.decide()
	}
	if err != nil {
		return Settings{}, err
	}
	s.Simulated, s.Real = max(s.Simulated, o.Nodes.Simulated), max(s.Real, o.Nodes.Real)
	if len(o.Flags) > 0 {
		s.Flags = o.Flags
	}
	for _, registry := range o.Insecure {
		if !slices.Contains(s.Insecure, registry) {
			s.Insecure = append(s.Insecure, registry)
		}
	}
	return s, l.writeSettings(s)
}

// id follows from the folder, so that a down that finds no settings, since the
// up was killed before it wrote them, still knows what to look for.
func (l Layout) id() string {
	sum := sha256.Sum256([]byte(l.Dir))
	return "sg" + hex.EncodeToString(sum[:3])
}

func (l Layout) decide() (Settings, error) {
	ports, err := network.FreePorts(portNames())
	if err != nil {
		return Settings{}, err
	}
	net, err := network.Free()
	if err != nil {
		return Settings{}, err
	}
	return Settings{ID: l.id(), Ports: ports, Network: net}, nil
}
