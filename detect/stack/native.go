package stack

import (
	"regexp"
	"strings"
)

var (
	cmakeProject    = regexp.MustCompile(`(?i)\bproject\s*\(\s*"?([\w.-]+)`)
	cmakeExecutable = regexp.MustCompile(`(?i)\badd_executable\s*\(\s*"?([\w.${}-]+)`)
	cmakePackage    = regexp.MustCompile(`(?i)\b(?:find_package|FetchContent_Declare|pkg_check_modules|CPMAddPackage)\s*\(\s*(?:NAME\s+)?"?([\w.-]+)`)
	cmakeLink       = regexp.MustCompile(`(?is)\btarget_link_libraries\s*\(([^)]*)\)`)
	cmakeTarget     = regexp.MustCompile(`[A-Za-z][\w+.-]*`)
	mesonProject    = regexp.MustCompile(`\bproject\s*\(\s*'([^']+)'`)
	mesonExecutable = regexp.MustCompile(`\bexecutable\s*\(\s*'([^']+)'`)
	mesonDependency = regexp.MustCompile(`\bdependency\s*\(\s*'([^']+)'`)
)

// parseCMake reads CMakeLists.txt.
func parseCMake(data []byte) (Manifest, error) {
	m := native(data, cmakeProject, cmakeExecutable, cmakePackage)
	for i, p := range m.Programs {
		if p == "${PROJECT_NAME}" || p == "${CMAKE_PROJECT_NAME}" {
			m.Programs[i] = m.Name
		}
	}
	for _, list := range cmakeLink.FindAllSubmatch(data, -1) {
		for _, target := range cmakeTarget.FindAll(list[1], -1) {
			if !isKeyword(string(target)) {
				m.add(string(target), "")
			}
		}
	}
	m.Manager = "cmake"
	return m, nil
}

// parseMeson reads meson.build.
func parseMeson(data []byte) (Manifest, error) {
	m := native(data, mesonProject, mesonExecutable, mesonDependency)
	m.Manager = "meson"
	return m, nil
}

// native reads what builds of C and C++ have in common.
func native(data []byte, project, executable, dependency *regexp.Regexp) Manifest {
	var m Manifest
	if v := project.FindSubmatch(data); v != nil {
		m.Name = string(v[1])
	}
	for _, e := range executable.FindAllSubmatch(data, -1) {
		m.Programs = append(m.Programs, string(e[1]))
	}
	m.Program = len(m.Programs) > 0
	for _, d := range dependency.FindAllSubmatch(data, -1) {
		m.add(string(d[1]), "")
	}
	return m
}

// isKeyword says that a word of target_link_libraries is no library.
func isKeyword(word string) bool {
	return word == strings.ToUpper(word) && (strings.Contains(word, "_") || word == "PRIVATE" || word == "PUBLIC" || word == "INTERFACE")
}
