package realnode

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"text/template"

	"golang.org/x/sys/unix"

	"github.com/spotguide/spotguide/hack/cluster/internal/image"
	"github.com/spotguide/spotguide/hack/cluster/internal/process"
)

const containerdConfig = `version = 2
root = {{printf "%q" .Root}}
state = {{printf "%q" .State}}

[grpc]
address = {{printf "%q" .Socket}}

[plugins."io.containerd.internal.v1.opt"]
path = {{printf "%q" .Opt}}

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = {{printf "%q" .Pause}}
stream_server_address = "127.0.0.1"
stream_server_port = "0"
netns_mounts_under_state_dir = true
# without the right to lower a process's score, containers must keep ours
restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = {{printf "%q" .Snapshotter}}
default_runtime_name = "runc"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false

[plugins."io.containerd.grpc.v1.cri".registry]
config_path = {{printf "%q" .Registries}}

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = {{printf "%q" .Plugins}}
conf_dir = {{printf "%q" .CNI}}
`

// Containerd writes its configuration and says how to start it.
func (n Node) Containerd() (process.Spec, error) {
	for _, dir := range []string{n.run(), n.path("containerd"), n.path("cni")} {
		if err := os.MkdirAll(dir, 0o711); err != nil {
			return process.Spec{}, fmt.Errorf("containerd of %s: %w", n.Name, err)
		}
	}
	cni, err := json.MarshalIndent(n.cniConfig(), "", "  ")
	if err != nil {
		return process.Spec{}, fmt.Errorf("network of %s: %w", n.Name, err)
	}
	if err := os.WriteFile(n.path("cni", "10-bridge.conflist"), cni, 0o644); err != nil {
		return process.Spec{}, fmt.Errorf("network of %s: %w", n.Name, err)
	}
	if err := n.writeRegistries(); err != nil {
		return process.Spec{}, fmt.Errorf("registries of %s: %w", n.Name, err)
	}
	if err := n.writeContainerdConfig(); err != nil {
		return process.Spec{}, fmt.Errorf("containerd of %s: %w", n.Name, err)
	}
	program, err := exec.LookPath("containerd")
	if err != nil {
		return process.Spec{}, fmt.Errorf("containerd of %s: %w", n.Name, err)
	}
	return n.spec("containerd", program, "--config="+n.path("containerd.toml"), "--log-level=warn"), nil
}

func (n Node) writeContainerdConfig() error {
	f, err := os.Create(n.path("containerd.toml"))
	if err != nil {
		return err
	}
	defer f.Close()
	parsed, err := template.New("containerd.toml").Parse(containerdConfig)
	if err != nil {
		return err
	}
	return parsed.Execute(f, map[string]string{
		"Root": n.path("containerd"), "State": n.run(), "Socket": n.Socket(), "Opt": n.path("opt"),
		"Pause": image.PauseReference, "Snapshotter": n.snapshotter(), "Plugins": cniPlugins, "CNI": n.path("cni"),
		"Registries": n.path("registries"),
	})
}

// snapshotter is the one that copies where the folder lies on an overlay
// itself, as in a container: overlays do not stack.
func (n Node) snapshotter() string {
	var stat unix.Statfs_t
	if err := unix.Statfs(n.Dir, &stat); err == nil && stat.Type == unix.OVERLAYFS_SUPER_MAGIC {
		return "native"
	}
	return "overlayfs"
}
