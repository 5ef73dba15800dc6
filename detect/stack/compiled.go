package stack

import (
	"path"
	"regexp"
	"strings"
)

var (
	swiftPackage    = regexp.MustCompile(`\.package\([^)]*url:\s*"([^"]+)"`)
	swiftVersion    = regexp.MustCompile(`swift-tools-version:\s*([\d.]+)`)
	swiftName       = regexp.MustCompile(`\bname:\s*"([^"]+)"`)
	swiftExecutable = regexp.MustCompile(`\.executable(?:Target)?\(\s*name:\s*"([^"]+)"`)
	zigDependency   = regexp.MustCompile(`\.dependency\(\s*"([^"]+)"|(?m)^\s+\.@?"?([\w-]+)"?\s*=\s*\.\{\s*$`)
	zigExecutable   = regexp.MustCompile(`(?s)addExecutable\(.{0,80}?\.?name"?\s*=\s*"([^"]+)"|addExecutable\("([^"]+)"`)
	nimRequires     = regexp.MustCompile(`"([A-Za-z][\w./:-]*)[^"]*"`)
	nimBin          = regexp.MustCompile(`(?m)^\s*bin\s*=\s*@\[([^\]]*)\]`)
	nimLine         = regexp.MustCompile(`(?m)^\s*requires\b(.*)$`)
	nimVersion      = regexp.MustCompile(`"nim\s*([^"]+)"`)
)

// parseSwiftPackage reads Package.swift.
func parseSwiftPackage(data []byte) (Manifest, error) {
	m := Manifest{Manager: "swiftpm"}
	if v := swiftVersion.FindSubmatch(data); v != nil {
		m.Version = string(v[1])
	}
	if v := swiftName.FindSubmatch(data); v != nil {
		m.Name = string(v[1])
	}
	for _, d := range swiftPackage.FindAllSubmatch(data, -1) {
		m.add(strings.TrimSuffix(path.Base(string(d[1])), ".git"), "")
	}
	for _, e := range swiftExecutable.FindAllSubmatch(data, -1) {
		m.Programs = append(m.Programs, string(e[1]))
	}
	m.Program = len(m.Programs) > 0
	return m, nil
}

// parseBuildZig reads build.zig and build.zig.zon.
func parseBuildZig(data []byte) (Manifest, error) {
	var m Manifest
	for _, d := range zigDependency.FindAllSubmatch(data, -1) {
		m.add(string(d[1])+string(d[2]), "")
	}
	for _, e := range zigExecutable.FindAllSubmatch(data, -1) {
		m.Programs = append(m.Programs, string(e[1])+string(e[2]))
	}
	m.Program = len(m.Programs) > 0
	return m, nil
}

// parseNimble reads *.nimble.
func parseNimble(data []byte) (Manifest, error) {
	m := Manifest{Manager: "nimble"}
	for _, line := range nimLine.FindAllSubmatch(data, -1) {
		for _, d := range nimRequires.FindAllSubmatch(line[1], -1) {
			m.add(strings.TrimSuffix(path.Base(string(d[1])), ".git"), "")
		}
	}
	if v := nimVersion.FindSubmatch(data); v != nil {
		m.Version = strings.TrimSpace(string(v[1]))
	}
	if v := nimBin.FindSubmatch(data); v != nil {
		for _, name := range quoted.FindAllSubmatch(v[1], -1) {
			m.Programs = append(m.Programs, string(name[1]))
		}
	}
	m.Program = len(m.Programs) > 0
	return m, nil
}

var staticRoot = regexp.MustCompile(`(?m)^\s*root:\s*["']?([^"'\n]+?)["']?\s*$`)

// parseStaticfile reads the Staticfile of build packs.
func parseStaticfile(data []byte) (Manifest, error) {
	m := Manifest{Program: true}
	if v := staticRoot.FindSubmatch(data); v != nil {
		m.Output = string(v[1])
	}
	return m, nil
}
