package dockerfile

import (
	"path"
	"regexp"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// dockerfile is what dockerfile.tmpl is given.
type dockerfile struct {
	Title                            string
	BuildImage, RunImage             string
	Environment                      map[string]string // of both stages
	BuildEnvironment, RunEnvironment map[string]string
	Arguments                        []string // that the operator may give to a build
	Tools, Dependencies              *step
	Steps                            []step
	Libraries                        []step // of the last stage
	// Member is where its folder lies in the workspace that is built from.
	Member string
	// Take is what the last stage gets; everything when empty.
	Take string
	// Static is the folder that a web server hands out.
	Static, Fallback string
	Port             int32
	Expose           []int32
	Start            string
}

// step is one RUN.
type step struct {
	Command string
	Caches  []string
	Files   string // that are copied before
}

// staticPort is what an unprivileged web server listens on.
const staticPort = 8080

func view(t table, l language, s guide.Stack, member string, static bool) (v dockerfile, notice string) {
	m := l.Managers[s.Manager]
	version, notice := l.choose(s.Version)
	image := func(own, usual string) string {
		if own == "" {
			own = usual
		}
		return strings.ReplaceAll(own, "{version}", version)
	}
	v = dockerfile{
		Title: title(s), BuildImage: image(m.Build, l.Build), RunImage: image(m.Run, l.Run),
		Environment: l.Environment, BuildEnvironment: l.BuildEnvironment, RunEnvironment: l.RunEnvironment,
		Arguments: l.Arguments, Port: firstPort(s), Member: member,
	}
	if v.RunImage == "" {
		v.RunImage = v.BuildImage
	}
	if m.Tools != "" {
		v.Tools = &step{Command: m.Tools}
	}
	v.install(l, m, s)
	s.Build, s.Start = l.built(s.Build, s.Start)
	if s.Build != "" {
		v.Steps = append(v.Steps, step{Command: s.Build, Caches: l.Caches})
	}
	if manage, ok := strings.CutSuffix(s.Migrate, " migrate"); ok && l.Assets[s.Framework] != "" {
		v.Steps = append(v.Steps, step{Command: strings.ReplaceAll(l.Assets[s.Framework], "{manage}", manage)})
	}
	if static {
		v.serve(t, s)
		return v, notice
	}
	// In a workspace that would take away what others need.
	if m.Prune != "" && s.Install != "" && member == "" {
		v.Steps = append(v.Steps, step{Command: m.Prune})
	}
	for _, service := range s.Services {
		if c := l.Services[service.Kind]; c != "" && !service.Bundled {
			v.Libraries = append(v.Libraries, step{Command: c})
		}
	}
	for _, p := range s.Ports {
		v.Expose = append(v.Expose, p.Port)
	}
	v.start(l, m, s)
	return v, notice
}

// install puts the dependencies into a layer of their own, if it is known what
// their installation reads.
func (v *dockerfile) install(l language, m manager, s guide.Stack) {
	if s.Install == "" {
		return
	}
	all := step{Command: s.Install, Caches: l.Caches}
	if m.Ready != "" {
		v.Steps = append(v.Steps, step{Command: m.Ready, Caches: l.Caches})
	}
	if v.Member != "" || len(m.Files) == 0 || m.Only != "" && m.Only != s.Install {
		v.Steps = append(v.Steps, all)
		return
	}
	early := all
	early.Files = strings.Join(m.Files, " ")
	if m.Fetch != "" {
		early.Command = m.Fetch
	}
	if m.Options != "" {
		early.Command += " " + m.Options
	}
	if m.Rest != "" {
		all.Command = m.Rest
	}
	if m.Rest != "" || m.Options != "" {
		v.Steps = append(v.Steps, all)
	}
	v.Dependencies = &early
}

// serve hands out files that were built, or that are there.
func (v *dockerfile) serve(t table, s guide.Stack) {
	v.RunImage, v.Static, v.Fallback = t.Static, path.Join(v.Member, s.Output), "=404"
	if s.Build != "" {
		v.Fallback = "/index.html" // the program in the page knows its paths
	}
	if v.Port < 1024 {
		v.Port = staticPort
	}
}

// archive is the start of a program from a Java archive.
var archive = regexp.MustCompile(`^java (.*?)-jar (\S+)(.*)$`)

// start settles how the program is run and what it needs for that.
func (v *dockerfile) start(l language, m manager, s guide.Stack) {
	line := s.Start
	for from, to := range m.Rewrite {
		if rest, ok := strings.CutPrefix(line, from); ok {
			line = to + rest
			break
		}
	}
	switch found := archive.FindStringSubmatch(line); {
	case found != nil && l.Finish != "":
		v.finish(l, "{archives}", found[2])
		v.Take, line = l.Take, "java "+found[1]+"-jar "+l.Take+found[3]
	case strings.Contains(l.Finish, "{program}") && strings.HasPrefix(line, "./"):
		program, arguments, _ := strings.Cut(line, " ")
		v.finish(l, "{program}", program)
		line = strings.TrimSpace("./app " + arguments)
	case l.Finish == "":
		v.Take = l.Take
	}
	if l.Shell != "" && needsShell(line) {
		v.RunImage = l.Shell
	}
	v.Start = command(line)
}

func (v *dockerfile) finish(l language, placeholder, value string) {
	v.Steps = append(v.Steps, step{Command: strings.ReplaceAll(l.Finish, placeholder, value)})
}
