// Command image packs a static binary into a container image without a
// container engine. The image is the one that the Dockerfile describes: the
// binary, certificates of public authorities and an empty /tmp, run as an
// unprivileged user. The same input gives the same digest, byte for byte.
//
//	go run ./hack/image -binary bin/spotguide -out bin/spotguide.tar
//
// The tar is an OCI image layout that docker load reads as well:
//
//	ctr -n k8s.io images import bin/spotguide.tar
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// certificates are where systems keep those of public authorities.
var certificates = []string{
	"/etc/ssl/certs/ca-certificates.crt", // Debian, Alpine
	"/etc/pki/tls/certs/ca-bundle.crt",   // Fedora
	"/etc/ssl/cert.pem",                  // macOS, BSD
}

func main() {
	binary := flag.String("binary", "bin/spotguide", "static Linux `binary` to pack")
	out := flag.String("out", "bin/spotguide.tar", "`file` to write")
	platform := flag.String("platform", "", "`os/arch` of the binary; read from it unless given")
	tag := flag.String("tag", "spotguide:dev", "`name` of the image")
	bundle := flag.String("certificates", "", "`file` with certificates of public authorities; the system's unless given")
	flag.Parse()
	digest, err := pack(*binary, *out, *platform, *tag, *bundle)
	if err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
	fmt.Printf("%s  %s  %s\n", *out, *tag, digest)
}

// pack builds the image and writes it to the file out.
func pack(binary, out, platform, tag, bundle string) (v1.Hash, error) {
	program, err := os.ReadFile(binary)
	if err != nil {
		return v1.Hash{}, fmt.Errorf("read binary: %w", err)
	}
	target, err := staticPlatform(program)
	if err != nil {
		return v1.Hash{}, fmt.Errorf("%s: %w", binary, err)
	}
	if platform != "" && platform != target.String() {
		return v1.Hash{}, fmt.Errorf("%s is built for %s, not for %s", binary, target, platform)
	}
	certs, err := readCertificates(bundle)
	if err != nil {
		return v1.Hash{}, err
	}
	img, err := build(program, certs, target)
	if err != nil {
		return v1.Hash{}, fmt.Errorf("build image: %w", err)
	}
	if err := write(out, tag, img); err != nil {
		return v1.Hash{}, fmt.Errorf("write %s: %w", out, err)
	}
	return img.Digest()
}

// readCertificates reads path or, without one, the first file that the system
// has. None at all is worth a word and no failure: HTTPS then needs a
// certificate in the binding's credentials.
func readCertificates(path string) ([]byte, error) {
	if path != "" {
		return os.ReadFile(path)
	}
	for _, path := range certificates {
		data, err := os.ReadFile(path)
		if !errors.Is(err, os.ErrNotExist) {
			return data, err
		}
	}
	fmt.Fprintln(os.Stderr, "image: no certificates of public authorities found, the image holds none; name a file with -certificates")
	return nil, nil
}
