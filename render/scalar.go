package render

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// scalar is the value that kubectl reads: booleans are those of YAML 1.1, a
// whole float is an integer, as it is once it has been JSON, and a timestamp is
// a string.
func scalar(n *yaml.Node) (any, error) {
	tag := n.Tag
	if tag == "" {
		tag = n.ShortTag()
	}
	switch tag {
	case "!!null":
		return nil, nil
	case "!!bool":
		if b, ok := boolean(n.Value); ok {
			return b, nil
		}
		return nil, at(n, "%q is no boolean", n.Value)
	case "!!int":
		return integer(n)
	case "!!float":
		return float(n)
	case "!!binary":
		data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(n.Value), ""))
		if err != nil {
			return nil, at(n, "!!binary value: %v", err)
		}
		return string(data), nil
	case "!!str":
		if isPlain(n) {
			if b, ok := boolean(n.Value); ok {
				return b, nil
			}
		}
	}
	return n.Value, nil
}

// boolean knows the words of YAML 1.1.
func boolean(s string) (value, ok bool) {
	switch s {
	case "true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON":
		return true, true
	case "false", "False", "FALSE", "n", "N", "no", "No", "NO", "off", "Off", "OFF":
		return false, true
	}
	return false, false
}

// integer reads 12, 0644, 0o644, 0x1f, 0b101 and 1_000. What does not fit 64
// bits becomes a float, as in Kubernetes' JSON.
func integer(n *yaml.Node) (any, error) {
	plain := trimUnderscores(n.Value)
	if i, err := strconv.ParseInt(plain, 0, 64); err == nil {
		return i, nil
	}
	if u, err := strconv.ParseUint(plain, 0, 64); err == nil {
		return float64(u), nil
	}
	return nil, at(n, "%q is no integer", n.Value)
}

func float(n *yaml.Node) (any, error) {
	f, err := strconv.ParseFloat(trimUnderscores(n.Value), 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, at(n, "%q is no number that JSON can hold: quote it if it is text", n.Value)
	}
	if f == math.Trunc(f) && math.Abs(f) < 1<<63 {
		return int64(f), nil
	}
	return f, nil
}

// isPlain: the scalar is neither quoted nor tagged nor a block.
func isPlain(n *yaml.Node) bool { return n.Style == 0 }

func trimUnderscores(s string) string { return strings.ReplaceAll(s, "_", "") }
