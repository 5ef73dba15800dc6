package inventory

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// compressAbove: records whose JSON is longer are compressed, for a
	// ConfigMap holds no more than 1 MiB and serves a whole namespace.
	compressAbove = 16 << 10
	// decodedLimit bounds what a compressed record may unpack to.
	decodedLimit = 64 << 20
	gzipPrefix   = "gzip:"
)

// wireRecord is the stored form: an object is "group/version Kind ns/name".
type wireRecord struct {
	Revision  string      `json:"revision,omitempty"`
	Pending   []string    `json:"pending,omitempty"`
	Committed []wireEntry `json:"committed,omitempty"`
}

type wireEntry struct {
	Object          string `json:"object"`
	Digest          string `json:"digest,omitempty"`
	Fields          string `json:"fields,omitempty"`
	ResourceVersion string `json:"rv,omitempty"`
	Keep            bool   `json:"keep,omitempty"`
	Drift           string `json:"drift,omitempty"`
}

// Encode writes a record as it is stored: compact JSON, compressed when large.
// The digests of Secrets are left out, so that nobody can guess values by them.
func Encode(r Record) (string, error) {
	wire := wireRecord{Revision: r.Revision}
	for _, ref := range r.Pending {
		wire.Pending = append(wire.Pending, formatRef(ref))
	}
	for _, e := range r.Committed {
		if e.Kind == "Secret" && e.Group == "" {
			e.Digest = ""
		}
		wire.Committed = append(wire.Committed, wireEntry{formatRef(e.Ref), e.Digest, e.Fields, e.ResourceVersion, e.Keep, e.Drift})
	}
	plain, err := json.Marshal(wire)
	if err != nil {
		return "", fmt.Errorf("encode inventory record: %w", err)
	}
	if len(plain) <= compressAbove {
		return string(plain), nil
	}
	return compress(plain)
}

// Decode reads what Encode wrote. Its error says what is wrong with a record
// that somebody damaged; nothing of such a record may be trusted.
func Decode(s string) (Record, error) {
	plain, err := decompress(s)
	if err != nil {
		return Record{}, err
	}
	var wire wireRecord
	if err := json.Unmarshal(plain, &wire); err != nil {
		return Record{}, fmt.Errorf("decode inventory record: %w", err)
	}
	record := Record{Revision: wire.Revision}
	for _, object := range wire.Pending {
		ref, err := parseRef(object)
		if err != nil {
			return Record{}, err
		}
		record.Pending = append(record.Pending, ref)
	}
	if len(wire.Committed) > 0 {
		record.Committed = make([]Entry, 0, len(wire.Committed))
	}
	for _, e := range wire.Committed {
		ref, err := parseRef(e.Object)
		if err != nil {
			return Record{}, err
		}
		record.Committed = append(record.Committed, Entry{ref, e.Digest, e.Fields, e.ResourceVersion, e.Keep, e.Drift})
	}
	return record, nil
}

func formatRef(r Ref) string {
	version, name := r.Version, r.Name
	if r.Group != "" {
		version = r.Group + "/" + version
	}
	if r.Namespace != "" {
		name = r.Namespace + "/" + name
	}
	return version + " " + r.Kind + " " + name
}

func parseRef(s string) (Ref, error) {
	parts := strings.Split(s, " ")
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return Ref{}, fmt.Errorf("decode inventory record: %q names no object; want group/version Kind namespace/name", s)
	}
	ref := Ref{Version: parts[0], Kind: parts[1], Name: parts[2]}
	if group, version, ok := strings.Cut(parts[0], "/"); ok {
		ref.Group, ref.Version = group, version
	}
	if namespace, name, ok := strings.Cut(parts[2], "/"); ok {
		ref.Namespace, ref.Name = namespace, name
	}
	return ref, nil
}

func compress(plain []byte) (string, error) {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	_, err := w.Write(plain)
	if err := errors.Join(err, w.Close()); err != nil {
		return "", fmt.Errorf("compress inventory record: %w", err)
	}
	return gzipPrefix + base64.StdEncoding.EncodeToString(buf.Bytes()), nil
}

func decompress(s string) ([]byte, error) {
	packed, ok := strings.CutPrefix(s, gzipPrefix)
	if !ok {
		return []byte(s), nil
	}
	raw, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		return nil, fmt.Errorf("decompress inventory record: %w", err)
	}
	r, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("decompress inventory record: %w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, decodedLimit+1))
	if err != nil {
		return nil, fmt.Errorf("decompress inventory record: %w", err)
	}
	if len(plain) > decodedLimit {
		return nil, fmt.Errorf("decompress inventory record: larger than %d bytes", decodedLimit)
	}
	return plain, nil
}
