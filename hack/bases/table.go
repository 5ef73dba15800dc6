package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed images.yaml
var tableYAML []byte

// recipe is what an image is made of; images.yaml explains the fields.
type recipe struct {
	Tags     []string
	Packages []string
	Suite    string `yaml:",omitempty"`
	Busybox  bool
	Goroot   string
	Trust    bool
	Keystore string `yaml:",omitempty"`
	Copy     map[string]string
	Files    map[string]string
	Folders  map[string]folder
	Links    map[string]string
	// Capabilities are numbers of the kernel's, by the program's path.
	Capabilities map[string]int
	User         string
	Env          map[string]string
	Entrypoint   []string
	Cmd          []string
	Workdir      string
}

// readTable reads recipes by their names.
func readTable(data []byte) (map[string]recipe, error) {
	table := map[string]recipe{}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&table); err != nil {
		return nil, fmt.Errorf("images.yaml: %w", err)
	}
	for name, r := range table {
		if len(r.Tags) == 0 {
			return nil, fmt.Errorf("images.yaml: %s has no tags", name)
		}
	}
	return table, nil
}

// folder is a folder's mode and owner.
type folder struct {
	Mode  int64
	Owner int
}

// UnmarshalText reads octal digits and, after a space, the number of a user.
func (f *folder) UnmarshalText(text []byte) error {
	bits, owner, owned := strings.Cut(string(text), " ")
	var err error
	if f.Mode, err = strconv.ParseInt(bits, 8, 16); err != nil {
		return fmt.Errorf("folder %q: want octal digits first, as 0755", text)
	}
	if owned {
		if f.Owner, err = strconv.Atoi(owner); err != nil {
			return fmt.Errorf("folder %q: want the number of a user after the mode, as 0755 1000", text)
		}
	}
	return nil
}
