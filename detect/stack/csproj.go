package stack

import (
	"bytes"
	"encoding/xml"
	"regexp"
	"strings"
)

// msbuild is the part of a .NET project file that matters.
type msbuild struct {
	Sdk        string `xml:"Sdk,attr"`
	Properties []struct {
		Framework  string `xml:"TargetFramework"`
		Frameworks string `xml:"TargetFrameworks"`
		Output     string `xml:"OutputType"`
		Assembly   string `xml:"AssemblyName"`
		Test       string `xml:"IsTestProject"`
		Functions  string `xml:"AzureFunctionsVersion"`
		Maui       string `xml:"UseMaui"`
		WPF        string `xml:"UseWPF"`
		Forms      string `xml:"UseWindowsForms"`
		AppHost    string `xml:"IsAspireHost"`
	} `xml:"PropertyGroup"`
	Items []struct {
		Packages []struct {
			Include string `xml:"Include,attr"`
			Version string `xml:"Version,attr"`
		} `xml:"PackageReference"`
		Frameworks []struct {
			Include string `xml:"Include,attr"`
		} `xml:"FrameworkReference"`
	} `xml:"ItemGroup"`
	Imports []struct {
		Sdk string `xml:"Sdk,attr"`
	} `xml:"Import"`
}

var targetVersion = regexp.MustCompile(`^net(?:coreapp)?v?(\d+(?:\.\d+)?)`)

// parseProject reads *.csproj and *.fsproj. The SDK counts as a dependency.
func parseProject(data []byte) (Manifest, error) {
	var p msbuild
	decoder := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	decoder.Strict = false
	decoder.CharsetReader = asIs
	if err := decoder.Decode(&p); err != nil {
		return Manifest{}, err
	}
	var m Manifest
	test, output := false, ""
	for _, sdk := range strings.Split(p.Sdk, ";") {
		m.addSDK(sdk)
		test = test || strings.HasPrefix(sdk, "Aspire.AppHost.Sdk")
	}
	for _, i := range p.Imports {
		m.addSDK(i.Sdk)
	}
	for _, g := range p.Properties {
		if found := targetVersion.FindStringSubmatch(g.Framework + g.Frameworks); found != nil {
			m.Version = found[1]
		}
		if g.Assembly != "" && !strings.Contains(g.Assembly, "$(") {
			m.Name = g.Assembly
		}
		output += strings.ToLower(g.Output)
		// What only runs before a person, or starts other projects for developers,
		// is none that can be deployed.
		for _, says := range []string{g.Test, g.Maui, g.WPF, g.Forms, g.AppHost} {
			test = test || strings.EqualFold(says, "true")
		}
		m.Program = m.Program || g.Functions != ""
	}
	for _, g := range p.Items {
		for _, one := range g.Packages {
			m.add(one.Include, one.Version)
			test = test || one.Include == "Microsoft.NET.Test.Sdk" && p.Sdk != "Microsoft.NET.Sdk.Web"
		}
		for _, one := range g.Frameworks {
			m.add(one.Include, "")
		}
	}
	m.Program = !test && (m.Program || strings.Contains(output, "exe"))
	m.Library = test || !m.Program && len(p.Sdk) > 0 && p.Sdk == "Microsoft.NET.Sdk" || strings.Contains(output, "library") && !m.Program
	return m, nil
}

// addSDK enters an SDK, which says what a project is.
func (m *Manifest) addSDK(sdk string) {
	sdk, _, _ = strings.Cut(strings.TrimSpace(sdk), "/")
	if sdk == "" {
		return
	}
	m.add("sdk:"+sdk, "")
	m.Program = m.Program || sdk == "Microsoft.NET.Sdk.Web" || sdk == "Microsoft.NET.Sdk.Worker" || sdk == "Microsoft.NET.Sdk.BlazorWebAssembly"
}
