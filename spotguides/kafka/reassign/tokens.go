package reassign

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// object reads an object, and lets field read the value of each key. The line
// that it begins on goes to line.
func (p *parser) object(what string, field func(key string) error, line ...*int) error {
	if err := p.open('{', what, "an object"); err != nil {
		return err
	}
	for _, l := range line {
		*l = p.here("").Line
	}
	keys := map[string]bool{}
	for p.json.More() {
		token, err := p.json.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		if keys[key] {
			return p.here("%q is there twice in %s", key, what)
		}
		keys[key] = true
		if err := field(key); err != nil {
			return err
		}
	}
	_, err := p.json.Token()
	return err
}

// array reads an array, and lets element read each of its values.
func (p *parser) array(what string, element func() error) error {
	if err := p.open('[', what, "an array"); err != nil {
		return err
	}
	for p.json.More() {
		if err := element(); err != nil {
			return err
		}
	}
	_, err := p.json.Token()
	return err
}

func (p *parser) open(delimiter json.Delim, what, kind string) error {
	token, err := p.json.Token()
	if err == nil && token != delimiter {
		err = p.here("%s is to be %s", what, kind)
	}
	return err
}

func (p *parser) text(what string) (string, error) {
	token, err := p.json.Token()
	if err != nil {
		return "", err
	}
	text, ok := token.(string)
	if !ok {
		return "", p.here("%s is to be a text", what)
	}
	return text, nil
}

func (p *parser) integer(what string) (int32, error) {
	token, err := p.json.Token()
	if err != nil {
		return 0, err
	}
	number, _ := token.(json.Number)
	n, err := strconv.ParseInt(number.String(), 10, 32)
	if err != nil {
		return 0, p.here("%s is to be a whole number below 2^31", what)
	}
	return int32(n), nil
}

// here is a problem at what was read last.
func (p *parser) here(format string, args ...any) Problem {
	return p.at(p.json.InputOffset(), format, args...)
}

func (p *parser) at(offset int64, format string, args ...any) Problem {
	offset = min(offset, int64(len(p.data)))
	p.line += bytes.Count(p.data[p.offset:offset], []byte("\n"))
	p.offset = offset
	return Problem{p.file.Name, p.line + 1, fmt.Sprintf(format, args...)}
}
