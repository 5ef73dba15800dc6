package stack

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// dockerfile is what a Dockerfile tells of the image that it makes.
type dockerfile struct {
	file   string
	from   int      // line of the first FROM
	images []string // of every stage, the last one last
	tags   []string // as images
	names  []string // as images, of the stages
	stage
	stages map[string]stage
	values map[string]string // of ARG and ENV
	name   string            // of the stage that is read
}

// stage is what a stage of a Dockerfile tells.
type stage struct {
	ports []port
	start string
	line  int // of start
	entry string
}

// port is one and where it was seen.
type port struct {
	number int32
	proto  string
	file   string
	line   int
	text   string
}

var (
	instruction = regexp.MustCompile(`(?i)^\s*(FROM|EXPOSE|CMD|ENTRYPOINT|ENV|ARG)\s+(.*)$`)
	assignment  = regexp.MustCompile(`([A-Za-z_]\w*)(?:=| +)"?([\w./:-]+)"?`)
	reference   = regexp.MustCompile(`\$\{?\w+\}?`)
	exposed     = regexp.MustCompile(`^(\d{1,5})(?:/(tcp|udp))?$`)
	dockerPort  = regexp.MustCompile(`(?i)\b(?:HTTP_|SERVER_|APP_)?PORT[= ]"?(\d{2,5})\b`)
	dockerURLs  = regexp.MustCompile(`(?i)(?:ASPNETCORE_URLS|ASPNETCORE_HTTP_PORTS)[= ]"?(?:https?://[^:"]*:)?(\d{2,5})`)
)

// readDockerfile reads the folder's own Dockerfile.
func readDockerfile(s *source) dockerfile {
	d := dockerfile{file: s.first("Dockerfile", "Containerfile")}
	if d.file == "" {
		d.file = s.first("docker/Dockerfile", "build/Dockerfile", "deploy/Dockerfile", ".docker/Dockerfile")
	}
	if d.file == "" {
		return d
	}
	parseDockerfile(&d, s.read(d.file))
	if len(d.images) == 0 {
		return dockerfile{}
	}
	return d
}

// parseDockerfile reads instructions. What an earlier stage says is no longer
// true of the image.
func parseDockerfile(d *dockerfile, data []byte) {
	number, begun, text := 0, 0, ""
	for line := range strings.Lines(string(data)) {
		number++
		if begun == 0 {
			begun = number
		}
		line = strings.TrimRight(line, "\r\n \t")
		if rest, more := strings.CutSuffix(line, `\`); more {
			text += rest + " "
			continue
		}
		if found := instruction.FindStringSubmatch(text + line); found != nil {
			d.take(strings.ToUpper(found[1]), found[2], begun)
		}
		begun, text = 0, ""
	}
}

func (d *dockerfile) take(name, rest string, line int) {
	switch name {
	case "FROM":
		d.base(rest, line)
	case "EXPOSE":
		for _, one := range strings.Fields(d.expand(rest)) {
			if found := exposed.FindStringSubmatch(strings.Trim(one, `"'`)); found != nil {
				d.addPort(found[1], found[2], line, "exposed port")
			}
		}
	case "ENV", "ARG":
		for _, found := range assignment.FindAllStringSubmatch(rest, -1) {
			if d.values == nil {
				d.values = map[string]string{}
			}
			d.values[found[1]] = found[2]
		}
		for _, e := range []*regexp.Regexp{dockerPort, dockerURLs} {
			if found := e.FindStringSubmatch(rest); found != nil && len(d.ports) == 0 {
				d.addPort(found[1], "", line, "port in the image's environment")
			}
		}
	case "CMD":
		d.start, d.line = words(rest), line
	case "ENTRYPOINT":
		d.entry, d.start, d.line = words(rest), "", line
	}
}

func (d *dockerfile) base(rest string, line int) {
	for _, word := range strings.Fields(rest) {
		if strings.HasPrefix(word, "--") {
			continue
		}
		_, tag, _ := strings.Cut(word[strings.LastIndex(word, "/")+1:], ":")
		d.images, d.tags = append(d.images, image(word)), append(d.tags, tag)
		break
	}
	if d.from == 0 {
		d.from = line
	}
	d.begin(strings.Fields(rest))
}

// begin starts a stage, from an earlier one or from an image.
func (d *dockerfile) begin(fields []string) {
	if d.stages == nil {
		d.stages, d.values = map[string]stage{}, map[string]string{}
	}
	if d.name != "" {
		d.stages[d.name] = d.stage
	}
	d.stage, d.name = d.stages[strings.ToLower(d.images[len(d.images)-1])], ""
	if n := len(fields); n > 2 && strings.EqualFold(fields[n-2], "as") {
		d.name = strings.ToLower(fields[n-1])
	}
	d.names = append(d.names, d.name)
}

func (d *dockerfile) addPort(number, proto string, line int, text string) {
	n, err := strconv.ParseUint(number, 10, 16)
	if err == nil && n > 0 {
		d.ports = append(d.ports, port{int32(n), proto, d.file, line, text})
	}
}

// expand fills in what ARG and ENV have set.
func (d *dockerfile) expand(text string) string {
	return reference.ReplaceAllStringFunc(text, func(r string) string { return d.values[strings.Trim(r, "${}")] })
}

// command is what the image runs.
func (d *dockerfile) command() string { return strings.TrimSpace(d.entry + " " + d.start) }

// words makes one line of the exec form.
func words(text string) string {
	var list []string
	if json.Unmarshal([]byte(text), &list) != nil {
		return strings.TrimSpace(text)
	}
	for i, one := range list {
		if strings.ContainsAny(one, " \t\"'$&|;<>") {
			list[i] = "'" + strings.ReplaceAll(one, "'", `'\''`) + "'"
		}
	}
	return strings.Join(list, " ")
}

// imageLanguage is the language that the first stage of a known image means.
func (t *tables) imageLanguage(d dockerfile) *language {
	for _, name := range d.images {
		for _, l := range t.Languages {
			for _, pattern := range l.Images {
				if fits(pattern, name) || strings.HasSuffix(name, "/"+pattern) {
					return l
				}
			}
		}
	}
	return nil
}
