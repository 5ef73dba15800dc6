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

// suite is where packages come from; apt knows the keys.
const suite = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main\n"

// debian downloads packages with this machine's apt, which keeps its state in a
// folder of our own: what is installed on the machine plays no part, and no
// root is needed.
type debian struct{ dir string }

// update reads what packages there are, unless that is known.
func (d debian) update(ctx context.Context) error {
	for _, dir := range []string{"lists/partial", "archives/partial", "log"} {
		if err := os.MkdirAll(filepath.Join(d.dir, dir), 0o755); err != nil {
			return err
		}
	}
	for name, content := range map[string]string{"sources.list": suite, "status": ""} {
		if err := os.WriteFile(filepath.Join(d.dir, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	known, err := filepath.Glob(filepath.Join(d.dir, "lists", "*_Packages*"))
	if err != nil || len(known) > 0 {
		return err
	}
	_, err = d.apt(ctx, "update")
	return err
}

// closure downloads packages with all they depend on and returns their files.
func (d debian) closure(ctx context.Context, packages []string) ([]string, error) {
	install := append([]string{"install", "--yes", "--no-install-recommends"}, packages...)
	if _, err := d.apt(ctx, append(install, "--download-only")...); err != nil {
		return nil, err
	}
	plan, err := d.apt(ctx, append(install, "--simulate")...)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, m := range planned.FindAllStringSubmatch(plan, -1) {
		name := fmt.Sprintf("%s_%s_%s.deb", m[1], strings.ReplaceAll(m[2], ":", "%3a"), m[3])
		files = append(files, filepath.Join(d.dir, "archives", name))
	}
	return files, nil
}

// planned is a line as "Inst runc (1.1.5+ds1-1 Debian:12.15/oldstable [amd64])".
var planned = regexp.MustCompile(`(?m)^Inst (\S+) \((\S+) .*\[(\w+)\]\)`)

func (d debian) apt(ctx context.Context, args ...string) (string, error) {
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
