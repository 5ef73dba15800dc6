package realnode

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Connect makes the bridge that joins the nodes with this machine.
func (c Cluster) Connect(ctx context.Context) error {
	if !deviceExists(c.Bridge()) {
		if err := command(ctx, "ip", "link", "add", c.Bridge(), "type", "bridge"); err != nil {
			return err
		}
	}
	return errors.Join(
		command(ctx, "ip", "address", "replace", c.Network.Host()+"/24", "dev", c.Bridge()),
		command(ctx, "ip", "link", "set", c.Bridge(), "up"),
	)
}

// Plug gives the node its network namespace and its cable, and tells this
// machine the way to its pods. What is there already is kept.
func (n Node) Plug(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join("/run/netns", n.Netns())); errors.Is(err, os.ErrNotExist) {
		if err := command(ctx, "ip", "netns", "add", n.Netns()); err != nil {
			return err
		}
	}
	if !deviceExists(n.veth()) {
		err := command(ctx, "ip", "link", "add", n.veth(), "type", "veth", "peer", "name", "eth0", "netns", n.Netns())
		if err != nil {
			return err
		}
	}
	inside := func(args ...string) error {
		return command(ctx, append([]string{"ip", "-n", n.Netns()}, args...)...)
	}
	for _, step := range []func() error{
		func() error { return command(ctx, "ip", "link", "set", n.veth(), "master", n.Bridge(), "up") },
		func() error { return inside("link", "set", "lo", "up") },
		func() error { return inside("address", "replace", n.Address()+"/24", "dev", "eth0") },
		func() error { return inside("link", "set", "eth0", "up") },
		func() error { return inside("route", "replace", "default", "via", n.Network.Host()) },
		func() error {
			return command(ctx, "ip", "netns", "exec", n.Netns(), "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
		},
		func() error {
			return command(ctx, "ip", "route", "replace", n.Network.Pods(n.Index), "via", n.Address())
		},
	} {
		if err := step(); err != nil {
			return fmt.Errorf("network of %s: %w", n.Name, err)
		}
	}
	return nil
}

// Meet tells the node the way to another node's pods.
func (n Node) Meet(ctx context.Context, other Node) error {
	return command(ctx, "ip", "-n", n.Netns(), "route", "replace", n.Network.Pods(other.Index), "via", other.Address())
}

// RouteServices lets this machine reach Services, by way of this node.
func (n Node) RouteServices(ctx context.Context) error {
	return command(ctx, "ip", "route", "replace", n.Network.Services(), "via", n.Address())
}

// cut pulls the node's cable out.
func (n Node) cut(ctx context.Context) error {
	if !deviceExists(n.veth()) {
		return nil
	}
	return command(ctx, "ip", "link", "set", n.veth(), "down")
}

// unplug removes the node's network; the kernel takes the addresses, routes
// and packet filters in the namespace along.
func (n Node) unplug(ctx context.Context) error {
	if deviceExists(n.veth()) {
		if err := command(ctx, "ip", "link", "delete", n.veth()); err != nil {
			return err
		}
	}
	if _, err := os.Stat(filepath.Join("/run/netns", n.Netns())); err == nil {
		return command(ctx, "ip", "netns", "delete", n.Netns())
	}
	return nil
}

// Disconnect removes the bridge.
func (c Cluster) Disconnect(ctx context.Context) error {
	if !deviceExists(c.Bridge()) {
		return nil
	}
	return command(ctx, "ip", "link", "delete", c.Bridge())
}

func deviceExists(name string) bool {
	_, err := os.Stat(filepath.Join("/sys/class/net", name))
	return err == nil
}

// cniConfig is a bridge inside the node, with the node's own pod network.
func (n Node) cniConfig() map[string]any {
	return map[string]any{
		"cniVersion": "0.4.0", "name": n.Netns(),
		"plugins": []map[string]any{
			{
				"type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true,
				"ipam": map[string]any{
					"type": "host-local", "dataDir": n.path("addresses"),
					"ranges": [][]map[string]string{{{"subnet": n.Network.Pods(n.Index)}}},
					"routes": []map[string]string{{"dst": "0.0.0.0/0"}},
				},
			},
			{"type": "portmap", "capabilities": map[string]bool{"portMappings": true}, "snat": true},
		},
	}
}
