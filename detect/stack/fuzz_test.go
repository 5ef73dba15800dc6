package stack

import "testing"

// fuzz feeds a parser any bytes: it ends, and says the same twice.
func fuzz(f *testing.F, parse parser, seeds ...string) {
	for _, seed := range append(seeds, "", "\x00", "{", "[[", "<a>") {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parse(data)
		again, errAgain := parse(data)
		if (err == nil) != (errAgain == nil) || len(m.Dependencies) != len(again.Dependencies) {
			t.Fatalf("two looks differ: %v, %v", m, again)
		}
		for _, d := range m.Dependencies {
			if d.Name == "" {
				t.Fatal("a dependency has no name")
			}
		}
	})
}

func FuzzGoMod(f *testing.F)       { fuzz(f, parseGoMod, "module x\nrequire a.b/c v1.0.0\n") }
func FuzzGoWork(f *testing.F)      { fuzz(f, parseGoWork, "go 1.26\nuse ./a\n") }
func FuzzPackageJSON(f *testing.F) { fuzz(f, parsePackageJSON, `{"dependencies": {"a": "1"}, /* */ }`) }
func FuzzNxProject(f *testing.F) {
	fuzz(f, parseNxProject, `{"targets": {"build": {"executor": "@nx/next:build"}}}`)
}
func FuzzPyproject(f *testing.F) {
	fuzz(f, parsePyproject, "[project]\ndependencies = [\"a[b]>=1\"]\n[tool.poetry.dependencies]\nx = \"1\"\n")
}
func FuzzRequirements(f *testing.F) { fuzz(f, parseRequirements, "a[b]==1 # c\n-e git+x#egg=y\n") }
func FuzzPipfile(f *testing.F)      { fuzz(f, parsePipfile, "[packages]\na = \"*\"\n") }
func FuzzSetupPy(f *testing.F)      { fuzz(f, parseSetupPy, "install_requires=['a', \"b\"]") }
func FuzzConda(f *testing.F)        { fuzz(f, parseConda, "- python=3\n- a::b>=1\n") }
func FuzzPOM(f *testing.F) {
	fuzz(f, parsePOM, "<project><dependencies><dependency><groupId>a</groupId></dependency></dependencies></project>")
}
func FuzzGradle(f *testing.F)    { fuzz(f, parseGradle, "plugins { id 'war' }\nimplementation 'a:b:1'\n") }
func FuzzSbt(f *testing.F)       { fuzz(f, parseSbt, `"a" %% "b" % "1" % Test`) }
func FuzzCatalogue(f *testing.F) { fuzz(f, parseCatalogue, "[libraries]\na = \"b:c:1\"\n") }
func FuzzCargo(f *testing.F)     { fuzz(f, parseCargo, "[dependencies]\na = {features = [\"b\"]}\n") }
func FuzzGemfile(f *testing.F)   { fuzz(f, parseGemfile, "group :test do\n  gem 'a', '1'\nend\n") }
func FuzzComposer(f *testing.F)  { fuzz(f, parseComposer, `{"require": {"php": "8"}}`) }
func FuzzMix(f *testing.F)       { fuzz(f, parseMix, `{:a, "~> 1", only: :test}`) }
func FuzzProject(f *testing.F) {
	fuzz(f, parseProject, `<Project Sdk="a;b"><PropertyGroup><OutputType>Exe</OutputType></PropertyGroup></Project>`)
}
func FuzzDeno(f *testing.F)  { fuzz(f, parseDeno, `{"imports": {"a": "npm:@b/c@1"}}`) }
func FuzzGleam(f *testing.F) { fuzz(f, parseGleam, "name = \"a\"\n[dependencies]\nb = \"1\"\n") }
func FuzzLeiningen(f *testing.F) {
	fuzz(f, parseLeiningen, `(defproject a "1" :dependencies [[b "1"]])`)
}
func FuzzEDN(f *testing.F)       { fuzz(f, parseEDN, `{:deps {a/b {:mvn/version "1"}}}`) }
func FuzzShard(f *testing.F)     { fuzz(f, parseShard, "dependencies: {a: {github: b/c}}") }
func FuzzPubspec(f *testing.F)   { fuzz(f, parsePubspec, "dependencies: {a: ^1}") }
func FuzzHpack(f *testing.F)     { fuzz(f, parseHpack, "executables: {a: {dependencies: [b]}}") }
func FuzzStackYAML(f *testing.F) { fuzz(f, parseStackYAML, "resolver: lts-22") }
func FuzzCabal(f *testing.F)     { fuzz(f, parseCabal, "executable a\n  build-depends: b, c\n") }
func FuzzSwiftPackage(f *testing.F) {
	fuzz(f, parseSwiftPackage, `.package(url: "https://x/y.git", from: "1")`)
}
func FuzzBuildZig(f *testing.F) { fuzz(f, parseBuildZig, `b.dependency("a", .{})`) }
func FuzzNimble(f *testing.F)   { fuzz(f, parseNimble, "bin = @[\"a\"]\nrequires \"b\"\n") }
func FuzzCMake(f *testing.F) {
	fuzz(f, parseCMake, "add_executable(a b)\ntarget_link_libraries(a c)\n")
}
func FuzzMeson(f *testing.F) { fuzz(f, parseMeson, "dependency('a')") }
func FuzzCpanfile(f *testing.F) {
	fuzz(f, parseCpanfile, "requires 'perl', '5.36';\nrequires \"Plack\";\n")
}
func FuzzStaticfile(f *testing.F) { fuzz(f, parseStaticfile, "root: a\n") }

func FuzzDockerfile(f *testing.F) {
	f.Add([]byte("FROM a AS b\nARG PORT=80\nEXPOSE $PORT\nFROM b\nCMD [\"x\"]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var d dockerfile
		parseDockerfile(&d, data)
		if len(d.images) != len(d.tags) || len(d.images) != len(d.names) {
			t.Fatalf("%d images, %d tags, %d names", len(d.images), len(d.tags), len(d.names))
		}
		for _, p := range d.ports {
			if p.number < 1 || p.number > 65535 {
				t.Fatalf("port %d", p.number)
			}
		}
	})
}

func FuzzCrontab(f *testing.F) {
	f.Add([]byte("# m h dom mon dow\n0 3 * * 1-5 root run >> /var/log/x 2>&1\n@daily run\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, one := range append(parseCrontab(data), parseAppCron(data)...) {
			if one.line < 1 || one.command == "" || one.schedule == "" {
				t.Fatalf("entry %+v", one)
			}
		}
	})
}

func FuzzProcfile(f *testing.F) {
	f.Add([]byte("web: a\nrelease: b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var p procfile
		parseProcfile(&p, data)
		if p.web != "" && p.line == 0 {
			t.Fatal("a command stands on no line")
		}
	})
}

func FuzzCompose(f *testing.F) {
	f.Add([]byte("services: {a: {build: {context: b}, ports: ['80:80', {target: 1}], depends_on: [c]}, c: {image: redis}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, c := range ParseCompose("compose.yaml", data) {
			if c.Line < 1 {
				t.Fatalf("service %s stands on line %d", c.Name, c.Line)
			}
		}
	})
}
