// Command bases makes the images that images.yaml lists, of Debian's packages,
// as tars that a registry or a node loads. It needs apt-get and dpkg-deb, and
// neither root nor a container engine.
//
//	go run ./hack/bases             # all
//	go run ./hack/bases golang node # only these
//	go run ./hack/bases -trust FILE # that trust the authorities in FILE alone
//
// Behind a proxy that looks into TLS, builds trust what this machine trusts:
// -trust /etc/ssl/certs/ca-certificates.crt, or TRUST=FILE make bases.
//
// Images are kept in the user's cache by what they were made of, and -out links to
// them: one is made again when its recipe has changed, or a file that it copies.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	out := flag.String("out", "bin/bases", "`folder` of the links to the tars")
	trust := flag.String("trust", "", "`file` of authorities, in PEM, that images trust in place of Debian's")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *out, *trust, flag.Args(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bases:", err)
		os.Exit(1)
	}
}

// run makes the images that are named, or all, and leaves those that are there
// as they are.
func run(ctx context.Context, out, trust string, names []string, say io.Writer) error {
	table, err := readTable(tableYAML)
	if err != nil {
		return err
	}
	all := slices.Sorted(maps.Keys(table))
	for _, name := range names {
		if _, ok := table[name]; !ok {
			return fmt.Errorf("there is no image %q; there are %s", name, strings.Join(all, ", "))
		}
	}
	if len(names) == 0 {
		names = all
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return fmt.Errorf("where to keep images: %w", err)
	}
	b, err := newBuilder(ctx, table, filepath.Join(cache, "spotguide"))
	if err != nil {
		return err
	}
	if trust != "" {
		if b.trust, err = readTrust(trust); err != nil {
			return err
		}
	}
	for _, name := range names {
		begin := time.Now()
		file := filepath.Join(out, name+".tar")
		made, err := b.refresh(ctx, name, table[name], file)
		if err != nil {
			return fmt.Errorf("image %s: %w", name, err)
		}
		if made {
			fmt.Fprintf(say, "%s  %s  %.1fs\n", file, strings.Join(table[name].Tags, " "), time.Since(begin).Seconds())
		}
	}
	return forget(b.cache, time.Now().AddDate(0, -1, 0))
}

// usualSuite is where packages come from unless a recipe says otherwise.
const usualSuite = "bookworm"

// newBuilder looks for what the images are made of, and keeps them in a cache.
func newBuilder(ctx context.Context, table map[string]recipe, cache string) (builder, error) {
	for _, program := range []string{"apt-get", "dpkg-deb"} {
		if _, err := exec.LookPath(program); err != nil {
			return builder{}, errors.New("the images are made of Debian's packages: " + program + " is missing")
		}
	}
	packages := filepath.Join(cache, "debian")
	suites := map[string]*debian{usualSuite: {dir: packages, suite: usualSuite}}
	for _, r := range table {
		if r.Suite != "" {
			suites[r.Suite] = &debian{dir: packages + "-" + r.Suite, suite: r.Suite}
		}
	}
	goroot, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return builder{}, fmt.Errorf("go env GOROOT: %w", err)
	}
	return builder{
		debian: suites, root: ".", goroot: strings.TrimSpace(string(goroot)), cache: filepath.Join(cache, "images"),
	}, nil
}
