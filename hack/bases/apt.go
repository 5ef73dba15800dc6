package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// sources is where packages come from; apt knows the keys.
const sources = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian %s main\n"

// debian downloads packages with this machine's apt, which keeps its state in a
// folder of our own: what is installed on the machine plays no part, and no
// root is needed.
type debian struct {
	dir   string
	suite string // of Debian, such as bookworm
	known bool   // what packages there are
}

// update reads once what packages there are now.
func (d *debian) update(ctx context.Context) error {
	if d.known {
		return nil
	}
	for _, dir := range []string{"lists/partial", "archives/partial", "log"} {
		if err := os.MkdirAll(filepath.Join(d.dir, dir), 0o755); err != nil {
			return err
		}
	}
	for name, content := range map[string]string{"sources.list": fmt.Sprintf(sources, d.suite), "status": ""} {
		if err := os.WriteFile(filepath.Join(d.dir, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	_, err := d.apt(ctx, "update")
	d.known = err == nil
	return err
}

// closure downloads packages with all they depend on and returns their files.
func (d *debian) closure(ctx context.Context, packages []string) ([]string, error) {
	if err := d.update(ctx); err != nil {
		return nil, err
	}
	install := append([]string{"install", "--yes", "--no-install-recommends"}, packages...)
	if _, err := d.apt(ctx, append(install, "--download-only")...); err != nil {
		return nil, err
	}
	plan, err := d.apt(ctx, append(install, "--simulate")...)
	if err != nil {
		return nil, err
	}
	files := downloads(plan)
	for i := range files {
		files[i] = filepath.Join(d.dir, "archives", files[i])
	}
	return files, nil
}

// downloads are the names under which apt keeps the packages of a plan.
func downloads(plan string) []string {
	var names []string
	for _, m := range planned.FindAllStringSubmatch(plan, -1) {
		names = append(names, fmt.Sprintf("%s_%s_%s.deb", m[1], strings.ReplaceAll(m[2], ":", "%3a"), m[3]))
	}
	return names
}

// planned is a line as "Inst runc (1.1.5+ds1-1 Debian:12.15/oldstable [amd64])".
var planned = regexp.MustCompile(`(?m)^Inst (\S+) \((\S+) .*\[(\w+)\]\)`)

func (d *debian) apt(ctx context.Context, args ...string) (string, error) {
	options := []string{"-qq"}
	for option, value := range map[string]string{
		"Dir::State": d.dir, "Dir::State::status": filepath.Join(d.dir, "status"), "Dir::Cache": d.dir,
		"Dir::Etc::SourceList": filepath.Join(d.dir, "sources.list"), "Dir::Etc::SourceParts": "-",
		"Dir::Log": filepath.Join(d.dir, "log"), "APT::Sandbox::User": "", "Debug::NoLocking": "true",
	} {
		options = append(options, "-o", option+"="+value)
	}
	cmd := exec.CommandContext(ctx, "apt-get", append(options, args...)...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
	var problem strings.Builder
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("apt-get %s: %w\n%s", strings.Join(args, " "), err, problem.String())
	}
	return string(out), nil
}
