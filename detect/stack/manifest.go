package stack

// Manifest is what one file of an ecosystem tells.
type Manifest struct {
	// Name of the package; Version of the language that is wanted.
	Name, Version string
	// Manager is the package manager that the file names.
	Manager string
	// Dependencies without those that only tests and builds have, which follow.
	Dependencies, Development []Dependency
	// Scripts by name; Main is the file that a program begins in.
	Scripts map[string]string
	Main    string
	// Programs are the names of what is built.
	Programs []string
	// Library: it says that nothing in it is run by itself. Program: it says
	// that something is.
	Library, Program bool
	// Kind, Start and Output where the file tells them.
	Kind, Start, Output string
	// Aliases are the libraries that a version catalogue names; Shared is what
	// it gives to the builds of folders below.
	Aliases map[string][]string `json:",omitempty"`
	Shared  []Dependency        `json:",omitempty"`
	// Workspace: other folders below are packages of their own.
	Workspace bool
}

// Dependency is a library that code needs.
type Dependency struct {
	Name, Version string
}

// add appends a dependency that has a name.
func (m *Manifest) add(name, version string) {
	if name != "" {
		m.Dependencies = append(m.Dependencies, Dependency{name, version})
	}
}

// parser reads a manifest. It takes any bytes and never panics; its error says
// where they are no such file.
type parser func(data []byte) (Manifest, error)

// parsers returns the parser of that name in languages.yaml.
func parsers(name string) parser {
	switch name {
	case "packagejson":
		return parsePackageJSON
	case "nxproject":
		return parseNxProject
	case "gomod":
		return parseGoMod
	case "gowork":
		return parseGoWork
	case "pyproject":
		return parsePyproject
	case "requirements":
		return parseRequirements
	case "pipfile":
		return parsePipfile
	case "setuppy":
		return parseSetupPy
	case "conda":
		return parseConda
	case "pom":
		return parsePOM
	case "gradle":
		return parseGradle
	case "catalogue":
		return parseCatalogue
	case "sbt":
		return parseSbt
	case "cargo":
		return parseCargo
	case "gemfile":
		return parseGemfile
	case "composer":
		return parseComposer
	case "mix":
		return parseMix
	case "project":
		return parseProject
	case "deno":
		return parseDeno
	case "gleam":
		return parseGleam
	}
	return otherParsers(name)
}

// otherParsers are those of smaller ecosystems.
func otherParsers(name string) parser {
	switch name {
	case "leiningen":
		return parseLeiningen
	case "edn":
		return parseEDN
	case "shard":
		return parseShard
	case "pubspec":
		return parsePubspec
	case "hpack":
		return parseHpack
	case "stackyaml":
		return parseStackYAML
	case "cabal":
		return parseCabal
	case "swiftpackage":
		return parseSwiftPackage
	case "buildzig":
		return parseBuildZig
	case "nimble":
		return parseNimble
	case "cmake":
		return parseCMake
	case "meson":
		return parseMeson
	case "cpanfile":
		return parseCpanfile
	case "staticfile":
		return parseStaticfile
	}
	return func([]byte) (Manifest, error) { return Manifest{}, nil }
}
