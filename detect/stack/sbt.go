package stack

import (
	"regexp"
	"strings"
)

var (
	sbtDependency = regexp.MustCompile(`"([\w.-]+)"\s*%{1,3}\s*"([\w.-]+)"\s*%\s*("[^"]*"|\w+)(\s*%\s*\w*Test\w*|\s*%\s*"test")?`)
	millLibrary   = regexp.MustCompile(`(?:ivy|mvn)"([\w.-]+):{1,3}([\w.-]+):`)
	sbtPlugin     = regexp.MustCompile(`enablePlugins\(([^)]*)\)`)
	sbtName       = regexp.MustCompile(`(?m)^\s*(?:lazy\s+val\s+.*)?\bname\s*:=\s*"([^"]+)"`)
	sbtMain       = regexp.MustCompile(`mainClass[^\n]*Some\("([\w.]+)"\)`)
	scalaVersion  = regexp.MustCompile(`scalaVersion\s*(?::=|=)\s*"([^"]+)"`)
	identifier    = regexp.MustCompile(`\w+`)
)

// parseSbt reads build.sbt, and the Mill builds that look like it.
func parseSbt(data []byte) (Manifest, error) {
	var m Manifest
	for _, d := range sbtDependency.FindAllSubmatch(data, -1) {
		dependency := Dependency{string(d[1]) + ":" + string(d[2]), strings.Trim(string(d[3]), `"`)}
		if len(d[4]) > 0 {
			m.Development = append(m.Development, dependency)
			continue
		}
		m.Dependencies = append(m.Dependencies, dependency)
	}
	for _, d := range millLibrary.FindAllSubmatch(data, -1) {
		m.add(string(d[1])+":"+string(d[2]), "")
	}
	for _, list := range sbtPlugin.FindAllSubmatch(data, -1) {
		for _, plugin := range identifier.FindAll(list[1], -1) {
			m.add(string(plugin), "")
			m.Program = m.Program || string(plugin) == "JavaAppPackaging"
		}
	}
	if v := sbtName.FindSubmatch(data); v != nil {
		m.Name = string(v[1])
	}
	if v := sbtMain.FindSubmatch(data); v != nil {
		m.Main, m.Program = string(v[1]), true
	}
	if v := scalaVersion.FindSubmatch(data); v != nil {
		m.Version = string(v[1])
	}
	return m, nil
}
