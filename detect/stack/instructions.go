package stack

import (
	"regexp"
	"slices"
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

// base begins a stage. A FROM without an image is none.
func (d *dockerfile) base(rest string, line int) {
	fields := slices.DeleteFunc(strings.Fields(d.expand(rest)), func(word string) bool { return strings.HasPrefix(word, "--") })
	if len(fields) == 0 {
		return
	}
	if d.from == 0 {
		d.from = line
	}
	if d.stages == nil {
		d.stages = map[string]stage{}
	}
	if d.name != "" {
		d.stages[d.name] = d.stage
	}
	d.name = ""
	if len(fields) > 2 && strings.EqualFold(fields[1], "as") {
		d.name = strings.ToLower(fields[2])
	}
	_, tag, _ := strings.Cut(fields[0][strings.LastIndex(fields[0], "/")+1:], ":")
	d.stage = d.stages[strings.ToLower(fields[0])]
	d.images, d.tags, d.names = append(d.images, image(fields[0])), append(d.tags, tag), append(d.names, d.name)
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
