package stack

import (
	"io"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"
)

var (
	gradleDependency = regexp.MustCompile(`(?m)^\s*(\w+)\s*(?:\(\s*)?(?:(?:enforcedPlatform|platform|kotlin)\s*\(\s*)?["']([\w.-]+:[\w.-]+)(?::([\w.$-{}]*))?["']`)
	gradleListed     = regexp.MustCompile(`(?m)^\s*["']([\w.-]+:[\w.-]+)(?::([\w.$-{}]*))?["']\s*,?\s*\)?$`)
	gradleNamed      = regexp.MustCompile(`(?m)^\s*(\w+)\s*\(?\s*group\s*[:=]\s*["']([\w.-]+)["']\s*,\s*name\s*[:=]\s*["']([\w.-]+)["']`)
	gradleCatalogue  = regexp.MustCompile(`(?m)^\s*(\w+)\s*\(?\s*libs\.([\w.]+)`)
	gradlePlugin     = regexp.MustCompile(`(?m)(?:\bid\s*\(?\s*["']([\w.-]+)["']|apply\s+plugin:\s*["']([\w.-]+)["']|^\s*(application|war)\s*$|alias\(\s*libs\.plugins\.([\w.]+)\s*\))(.*)$`)
	gradleUnapplied  = regexp.MustCompile(`apply\s*\(?\s*false`)
	gradleVersion    = regexp.MustCompile(`(?:JavaLanguageVersion\.of\(\s*|JavaVersion\.VERSION_|jvmToolchain\(?\s*|(?:source|target)Compatibility\s*=\s*["']?)(\d[\d_.]*)`)
	gradleMain       = regexp.MustCompile(`(?:mainClassName|mainClass)(?:\.set\(|\s*=)\s*["']([\w.$]+)["']`)
	gradleModules    = regexp.MustCompile(`(?m)^\s*(?:subprojects|allprojects)\s*\{`)
)

// parseGradle reads build.gradle in Groovy or Kotlin by its lines; names in a
// version catalogue are taken for what they are called.
func parseGradle(data []byte) (Manifest, error) {
	m := Manifest{Manager: "gradle", Workspace: gradleModules.Match(data)}
	for _, d := range gradleDependency.FindAllSubmatch(data, -1) {
		m.addGradle(string(d[1]), string(d[2]), string(d[3]))
	}
	for _, d := range gradleListed.FindAllSubmatch(data, -1) {
		m.add(string(d[1]), string(d[2]))
	}
	for _, d := range gradleNamed.FindAllSubmatch(data, -1) {
		m.addGradle(string(d[1]), string(d[2])+":"+string(d[3]), "")
	}
	for _, d := range gradleCatalogue.FindAllSubmatch(data, -1) {
		m.addGradle(string(d[1]), "libs:"+string(d[2]), "")
	}
	for _, p := range gradlePlugin.FindAllSubmatch(data, -1) {
		name := string(p[1]) + string(p[2]) + string(p[3]) + string(p[4])
		if gradleUnapplied.Match(p[5]) {
			continue
		}
		m.add(name, "")
		if alias := string(p[4]); alias != "" {
			m.add("libs:plugins."+alias, "")
		}
		m.Program = m.Program || isGradlePackager(name)
		m.Library = m.Library || name == "java-library"
	}
	if v := gradleVersion.FindSubmatch(data); v != nil {
		m.Version = string(v[1])
	}
	if v := gradleMain.FindSubmatch(data); v != nil {
		m.Main, m.Program = string(v[1]), true
	}
	m.Library = m.Library && !m.Program
	return m, nil
}

// addGradle adds a dependency of a configuration.
func (m *Manifest) addGradle(configuration, name, version string) {
	switch configuration {
	case "testImplementation", "testCompile", "testRuntimeOnly", "androidTestImplementation", "testCompileOnly":
		m.Development = append(m.Development, Dependency{name, version})
	case "id", "kotlin", "group", "version", "println", "include", "exclude", "url":
	default:
		m.add(name, version)
	}
}

func isGradlePackager(plugin string) bool {
	switch plugin {
	case "application", "war", "org.springframework.boot", "io.quarkus", "io.micronaut.application", "io.ktor.plugin", "org.gretty", "io.micronaut.minimal.application",
		"com.github.johnrengel.shadow", "com.github.johnrengelman.shadow", "com.gradleup.shadow", "com.google.cloud.tools.jib", "org.jetbrains.kotlin.plugin.spring", "spring.boot", "ktor", "ktor.plugin", "springboot":
		return true
	}
	return false
}

// parseCatalogue reads gradle/libs.versions.toml: what the names mean that
// builds use.
func parseCatalogue(data []byte) (Manifest, error) {
	var c struct {
		Libraries, Plugins map[string]any
		Bundles            map[string][]string
	}
	if _, err := toml.Decode(string(data), &c); err != nil {
		return Manifest{}, err
	}
	m := Manifest{Aliases: map[string][]string{}}
	for alias, library := range c.Libraries {
		if name := coordinates(library, "module"); name != "" {
			m.Aliases[aliasKey(alias)] = []string{name}
		}
	}
	for alias, plugin := range c.Plugins {
		if name := coordinates(plugin, "id"); name != "" {
			m.Aliases["plugins."+aliasKey(alias)] = []string{name}
		}
	}
	for bundle, aliases := range c.Bundles {
		for _, alias := range aliases {
			m.Aliases["bundles."+aliasKey(bundle)] = append(m.Aliases["bundles."+aliasKey(bundle)], m.Aliases[aliasKey(alias)]...)
		}
	}
	return m, nil
}

// coordinates are those of a library or plugin, without the version, in any of
// the forms that a catalogue has for them.
func coordinates(entry any, key string) string {
	table, _ := entry.(map[string]any)
	if group := text(table["group"]); group != "" {
		return group + ":" + text(table["name"])
	}
	name := text(table[key]) + text(entry)
	if parts := strings.Split(name, ":"); len(parts) > 1 && key == "module" {
		return parts[0] + ":" + parts[1]
	}
	id, _, _ := strings.Cut(name, ":")
	return id
}

// asIs reads any character set as it is: what matters is ASCII.
func asIs(_ string, r io.Reader) (io.Reader, error) { return r, nil }
