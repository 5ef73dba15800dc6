package render

import (
	"bytes"
	"iter"
)

// document is one YAML document of a file, with the line it begins on.
type document struct {
	data []byte
	line int
}

// documents splits a YAML stream at its "---" lines, so that a document that
// does not parse spoils only itself. The marker stays with its document: it may
// be followed by content. YAML forbids it at the beginning of a line anywhere
// else.
func documents(data []byte) iter.Seq[document] { return split(data, isSeparator) }

// looseDocuments splits as Helm does: templates that trim white space often
// leave a "---" with something right behind it. Helm also trims documents, which
// takes the last newline from a block of text that ends one.
func looseDocuments(data []byte) iter.Seq[document] {
	return func(yield func(document) bool) {
		for doc := range split(data, func(line []byte) bool { return bytes.HasPrefix(line, marker) }) {
			text := bytes.TrimLeft(bytes.TrimPrefix(doc.data, marker), " \t\r\n")
			doc.line += bytes.Count(doc.data[:len(doc.data)-len(text)], []byte("\n"))
			doc.data = bytes.TrimSpace(text)
			if !yieldDocument(yield, doc.data, doc.line) {
				return
			}
		}
	}
}

var marker = []byte("---")

func split(data []byte, isSeparator func([]byte) bool) iter.Seq[document] {
	return func(yield func(document) bool) {
		data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
		start, from, line := 0, 1, 1
		for at := 0; at < len(data); line++ {
			if at > start && isSeparator(data[at:]) {
				if !yieldDocument(yield, data[start:at], from) {
					return
				}
				start, from = at, line
			}
			next := bytes.IndexByte(data[at:], '\n')
			if next < 0 {
				break
			}
			at += next + 1
		}
		yieldDocument(yield, data[start:], from)
	}
}

func yieldDocument(yield func(document) bool, data []byte, line int) bool {
	return isBlank(data) || yield(document{data: data, line: line})
}

// isSeparator: the line begins a document.
func isSeparator(line []byte) bool {
	return bytes.HasPrefix(line, marker) &&
		(len(line) == 3 || bytes.IndexByte([]byte(" \t\r\n"), line[3]) >= 0)
}

// isBlank: there is nothing but markers, comments and directives.
func isBlank(data []byte) bool {
	for line := range bytes.Lines(data) {
		line = bytes.TrimSpace(line)
		if isSeparator(line) {
			line = bytes.TrimSpace(line[3:])
		}
		if len(line) > 0 && line[0] != '#' && line[0] != '%' && !bytes.Equal(line, []byte("...")) {
			return false
		}
	}
	return true
}
