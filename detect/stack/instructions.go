package stack

import (
	"regexp"
	"strconv"
	"strings"
)

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
