package stack

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
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

// readDockerfile reads the folder's own Dockerfile, or the one that is named.
func readDockerfile(s *source, around Around) dockerfile {
	d := dockerfile{file: around.Dockerfile}
	if d.file == "" {
		d.file = s.dockerfileOf()
	}
	if d.file == "" {
		return d
	}
	parseDockerfile(&d, untilStage(s.read(d.file), around.Target))
	if len(d.images) == 0 {
		return dockerfile{}
	}
	return d
}

// parseDockerfile reads instructions. What an earlier stage says is no longer
// true of the image.
func parseDockerfile(d *dockerfile, data []byte) {
	eachInstruction(data, func(text string, line int) {
		if found := instruction.FindStringSubmatch(text); found != nil {
			d.take(strings.ToUpper(found[1]), found[2], line)
		}
	})
}

// eachInstruction calls do with every line, those that go on joined, and the number
// of the first of them.
func eachInstruction(data []byte, do func(text string, line int)) {
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
		do(text+line, begun)
		begun, text = 0, ""
	}
}

var stageName = regexp.MustCompile(`(?i)^\s*FROM\s+(?:--\S+\s+)*\S+(?:\s+AS\s+(\S+))?`)

// untilStage cuts what follows the stage of that name, if there is one.
func untilStage(data []byte, name string) []byte {
	end, found := 0, false
	for line := range strings.Lines(string(data)) {
		if m := stageName.FindStringSubmatch(line); m != nil {
			if found {
				return data[:end]
			}
			found = name != "" && strings.EqualFold(m[1], name)
		}
		end += len(line)
	}
	return data
}

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

// imageLanguage is the language that the image of the last stage means, or of
// the stage before: the last often holds nothing but what was built. A web
// server's is taken where there is no other.
func (t *tables) imageLanguage(d dockerfile) *language {
	var server *language
	images := slices.Clone(d.images)
	if last := d.lastImage(); last >= 0 {
		images = append(images, d.images[last])
	}
	for _, name := range slices.Backward(images) {
		switch l := t.languageOf(name); {
		case l == nil:
		case l.Kind == "":
			return l
		default:
			server = l
		}
	}
	return server
}

// collects says that the Dockerfile only puts static files together: it starts
// nothing, and neither does the image below.
func (s *survey) collects() bool {
	i := s.docker.lastImage()
	return i >= 0 && s.language.Kind == guide.KindStatic && s.docker.command() == "" && slices.Contains(s.Code.Idle, s.docker.images[i])
}

// lastImage is the index of the image that the last stage begins with in the end.
func (d dockerfile) lastImage() int {
	i := len(d.images) - 1
	for i >= 0 {
		base := slices.Index(d.names[:i], d.images[i])
		if base < 0 {
			break
		}
		i = base
	}
	return i
}

// languageOf is the language that an image means.
func (t *tables) languageOf(image string) *language {
	for _, l := range t.Languages {
		for _, pattern := range l.Images {
			if fits(pattern, image) || strings.HasSuffix(image, "/"+pattern) {
				return l
			}
		}
	}
	return nil
}
