package stack

import (
	"bytes"
	"encoding/xml"
	"strings"
)

type artifact struct {
	Group    string `xml:"groupId"`
	Artifact string `xml:"artifactId"`
	Version  string `xml:"version"`
	Scope    string `xml:"scope"`
}

// pom is the part of pom.xml that matters.
type pom struct {
	XMLName    xml.Name `xml:"project"`
	Artifact   string   `xml:"artifactId"`
	Packaging  string   `xml:"packaging"`
	Parent     artifact `xml:"parent"`
	Modules    []string `xml:"modules>module"`
	Properties struct {
		All []struct {
			XMLName xml.Name
			Value   string `xml:",chardata"`
		} `xml:",any"`
	} `xml:"properties"`
	Dependencies []artifact `xml:"dependencies>dependency"`
	Managed      []artifact `xml:"dependencyManagement>dependencies>dependency"`
	Plugins      []struct {
		artifact
		Release   string `xml:"configuration>release"`
		MainClass string `xml:"configuration>mainClass"`
	} `xml:"build>plugins>plugin"`
}

// parsePOM reads Maven's pom.xml.
func parsePOM(data []byte) (Manifest, error) {
	var p pom
	decoder := xml.NewDecoder(bytes.NewReader(data))
	decoder.Strict = false
	decoder.CharsetReader = asIs
	if err := decoder.Decode(&p); err != nil {
		return Manifest{}, err
	}
	m := Manifest{Name: p.Artifact, Workspace: len(p.Modules) > 0, Manager: "maven",
		Library: p.Packaging == "pom" || p.Packaging == "bom", Program: p.Packaging == "war" || p.Packaging == "ear"}
	for _, d := range p.Dependencies {
		if d.Scope == "test" {
			m.Development = append(m.Development, Dependency{d.Group + ":" + d.Artifact, d.Version})
			continue
		}
		m.add(strings.TrimSpace(d.Group)+":"+strings.TrimSpace(d.Artifact), d.Version)
	}
	for _, d := range p.Plugins {
		m.add(d.Group+":"+d.Artifact, d.Version)
		m.Program = m.Program || isPackager(d.Artifact) || d.MainClass != ""
	}
	if p.Parent.Artifact == "spring-boot-starter-parent" {
		m.add(p.Parent.Group+":"+p.Parent.Artifact, p.Parent.Version)
	}
	m.Program = m.Program || bytes.Contains(data, []byte("<Main-Class>"))
	m.Version = strings.TrimSpace(p.javaVersion())
	m.Program = m.Program && !m.Library
	return m, nil
}

// isPackager says that a plugin makes something that runs.
func isPackager(plugin string) bool {
	switch plugin {
	case "spring-boot-maven-plugin", "quarkus-maven-plugin", "vertx-maven-plugin", "micronaut-maven-plugin", "jib-maven-plugin", "exec-maven-plugin",
		"helidon-maven-plugin", "appassembler-maven-plugin", "tomcat7-maven-plugin", "jetty-maven-plugin", "payara-micro-maven-plugin":
		return true
	}
	return false
}

func (p *pom) javaVersion() string {
	values := map[string]string{}
	for _, one := range p.Properties.All {
		values[one.XMLName.Local] = one.Value
	}
	for _, key := range []string{"maven.compiler.release", "java.version", "maven.compiler.source", "maven.compiler.target", "jdk.version"} {
		if v := strings.TrimSpace(values[key]); v != "" {
			if name, ok := strings.CutPrefix(v, "${"); ok {
				v = values[strings.TrimSuffix(name, "}")]
			}
			return v
		}
	}
	for _, plugin := range p.Plugins {
		if plugin.Release != "" {
			return plugin.Release
		}
	}
	return ""
}
