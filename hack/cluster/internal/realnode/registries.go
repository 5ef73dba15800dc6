package realnode

import (
	"fmt"
	"os"
	"path/filepath"
)

// writeRegistries tells containerd which registries speak plain HTTP. It looks
// at each pull, so that a node that runs learns of new ones.
func (n Node) writeRegistries() error {
	for _, registry := range n.Insecure {
		dir := n.path("registries", registry)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		// containerd 1.6 takes no file without a host, even if it is the server
		hosts := fmt.Sprintf("server = %[1]q\n[host.%[1]q]\n", "http://"+registry)
		if err := os.WriteFile(filepath.Join(dir, "hosts.toml"), []byte(hosts), 0o644); err != nil {
			return err
		}
	}
	return nil
}
