package realnode

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// cniPlugins is where Debian puts them.
const cniPlugins = "/usr/lib/cni"

// Require checks that this machine can run real nodes, and names all it lacks.
// With install it installs the missing Debian packages.
func Require(ctx context.Context, install bool, say func(string, ...any)) error {
	if os.Geteuid() != 0 {
		return errors.New("real nodes need root: they make network devices and containers (simulated nodes need none)")
	}
	missing := missingPackages()
	if len(missing) == 0 {
		return nil
	}
	command := "apt-get install -y --no-install-recommends " + strings.Join(missing, " ")
	if !install {
		return fmt.Errorf("real nodes need more than is installed; run: %s (or give --install)", command)
	}
	say("  %s", command)
	out, err := exec.CommandContext(ctx, "sh", "-c", "apt-get update -qq && DEBIAN_FRONTEND=noninteractive "+command).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", command, err, out)
	}
	if missing := missingPackages(); len(missing) > 0 {
		return fmt.Errorf("still missing after %s: %s", command, strings.Join(missing, " "))
	}
	return nil
}

func missingPackages() []string {
	var missing []string
	for _, need := range []struct{ program, debian string }{
		{"containerd", "containerd"}, {"ctr", "containerd"}, {"runc", "runc"},
		{cniPlugins + "/bridge", "containernetworking-plugins"},
		{"iptables", "iptables"}, {"ip", "iproute2"},
	} {
		_, err := exec.LookPath(need.program)
		if err != nil && !strings.Contains(strings.Join(missing, " "), need.debian) {
			missing = append(missing, need.debian)
		}
	}
	return missing
}

// command runs one of the programs above and tells what it said when it fails.
func command(ctx context.Context, args ...string) error {
	out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
