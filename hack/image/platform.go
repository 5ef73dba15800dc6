package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// staticPlatform tells what a program runs on, from its ELF header. It refuses
// one that needs a dynamic loader: the image has none.
func staticPlatform(program []byte) (v1.Platform, error) {
	file, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		return v1.Platform{}, fmt.Errorf("not a Linux program: %w", err)
	}
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_INTERP {
			return v1.Platform{}, errors.New("linked dynamically; build it with CGO_ENABLED=0")
		}
	}
	switch file.Machine {
	case elf.EM_X86_64:
		return v1.Platform{OS: "linux", Architecture: "amd64"}, nil
	case elf.EM_AARCH64:
		return v1.Platform{OS: "linux", Architecture: "arm64"}, nil
	default:
		return v1.Platform{}, fmt.Errorf("built for %s; amd64 and arm64 are supported", file.Machine)
	}
}
