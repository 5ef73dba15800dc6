package source

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// packBuilder writes packs as a server could, sane or not.
type packBuilder struct{ entries [][]byte }

func deflate(b []byte) []byte {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}

func (p *packBuilder) offset() int64 {
	n := int64(packHeader)
	for _, e := range p.entries {
		n += int64(len(e))
	}
	return n
}

// add appends an object that claims a size; prefix is a delta's base.
func (p *packBuilder) add(kind plumbing.ObjectType, claimed int, prefix, data []byte) int64 {
	at := p.offset()
	e := append(entryHeader(kind, int64(claimed)), prefix...)
	p.entries = append(p.entries, append(e, deflate(data)...))
	return at
}

func (p *packBuilder) blob(s string) int64 { return p.add(plumbing.BlobObject, len(s), nil, []byte(s)) }

func (p *packBuilder) refDelta(base string, change []byte) int64 {
	h := plumbing.ComputeHash(plumbing.BlobObject, []byte(base))
	return p.add(plumbing.REFDeltaObject, len(change), h[:], change)
}

func (p *packBuilder) ofsDelta(back int64, change []byte) int64 {
	return p.add(plumbing.OFSDeltaObject, len(change), backwards(back), change)
}

// backwards encodes the distance to a base.
func backwards(n int64) []byte {
	out := []byte{byte(n & 0x7f)}
	for n >>= 7; n > 0; n >>= 7 {
		n--
		out = append([]byte{byte(n&0x7f) | 0x80}, out...)
	}
	return out
}

func (p *packBuilder) bytes() []byte {
	out := append([]byte("PACK"), 0, 0, 0, 2)
	out = binary.BigEndian.AppendUint32(out, uint32(len(p.entries)))
	for _, e := range p.entries {
		out = append(out, e...)
	}
	sum := sha1.Sum(out)
	return append(out, sum[:]...)
}

// appends is a delta that copies its base and adds text.
func appends(base, text string) []byte {
	out := binary.AppendUvarint(nil, uint64(len(base)))
	out = binary.AppendUvarint(out, uint64(len(base)+len(text)))
	out = append(out, 0x80|0x10|0x20, byte(len(base)), byte(len(base)>>8))
	return append(append(out, byte(len(text))), text...)
}

// take unpacks a pack and returns the blobs that came out.
func take(t *testing.T, have *objects, maxFile int64, pack []byte) ([]string, error) {
	t.Helper()
	out, err := newPacker(t.TempDir(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	in := ingest{have: have, out: out, maxFile: maxFile, maxObjects: 1000}
	if err := in.run(bytes.NewReader(pack)); err != nil {
		out.abort()
		if left, _ := os.ReadDir(out.folder); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		return nil, err
	}
	p, err := out.finish()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.file.Close() })
	if again, err := openPack(p.path); err != nil {
		t.Errorf("the pack cannot be opened: %v", err)
	} else {
		_ = again.file.Close()
	}
	var blobs []string
	for _, e := range p.index {
		o, err := p.read(e.offset, false)
		if err != nil {
			t.Fatal(err)
		}
		if plumbing.ComputeHash(o.kind, o.data) != e.hash {
			t.Errorf("%s has another content", e.hash)
		}
		blobs = append(blobs, string(o.data))
	}
	return blobs, nil
}

func TestIngest(t *testing.T) {
	kept, err := newPacker(t.TempDir(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kept.add(plumbing.BlobObject, []byte("kept")); err != nil {
		t.Fatal(err)
	}
	p, err := kept.finish()
	if err != nil {
		t.Fatal(err)
	}
	have := (*objects)(nil).with(p)
	big := strings.Repeat("big ", 100)
	for name, c := range map[string]struct {
		build func(*packBuilder)
		want  string // sorted by hash, so compared as a set of words
		fails error
		kind  Kind
	}{
		"plain":             {func(b *packBuilder) { b.blob("one"); b.blob("two") }, "one two", nil, ""},
		"twice":             {func(b *packBuilder) { b.blob("one"); b.blob("one") }, "one", nil, ""},
		"delta on the last": {func(b *packBuilder) { at := b.blob("one"); b.ofsDelta(b.offset()-at, appends("one", "+")) }, "one one+", nil, ""},
		"delta by hash":     {func(b *packBuilder) { b.blob("one"); b.refDelta("one", appends("one", "+")) }, "one one+", nil, ""},
		"base comes later":  {func(b *packBuilder) { b.refDelta("one", appends("one", "+")); b.blob("one") }, "one one+", nil, ""},
		"chain turned around": {func(b *packBuilder) {
			b.refDelta("one+", appends("one+", "+"))
			b.refDelta("one", appends("one", "+"))
			b.blob("one")
		}, "one one+ one++", nil, ""},
		"on a pending one": {func(b *packBuilder) {
			at := b.refDelta("one", appends("one", "+"))
			b.ofsDelta(b.offset()-at, appends("one+", "+"))
			b.blob("one")
		}, "one one+ one++", nil, ""},
		"thin":                {func(b *packBuilder) { b.refDelta("kept", appends("kept", "+")) }, "kept+", nil, ""},
		"thin, nothing there": {func(b *packBuilder) { b.refDelta("gone", appends("gone", "+")) }, "", errBase, ""},
		"on nothing":          {func(b *packBuilder) { b.blob("one"); b.ofsDelta(3, appends("one", "+")) }, "", errBase, ""},
		"on itself":           {func(b *packBuilder) { b.refDelta("one+", appends("one+", "")) }, "", errBase, ""},
		"too large":           {func(b *packBuilder) { b.blob(big); b.blob("one") }, "one", nil, ""},
		"delta of too large":  {func(b *packBuilder) { at := b.blob(big); b.ofsDelta(b.offset()-at, appends(big, "+")); b.blob("one") }, "one", nil, ""},
		"grows too large": {func(b *packBuilder) {
			change := binary.AppendUvarint(binary.AppendUvarint(nil, 3), 1<<40)
			at := b.blob("one")
			b.ofsDelta(b.offset()-at, change)
		}, "one", nil, ""},
		"tree too large":       {func(b *packBuilder) { b.add(plumbing.TreeObject, len(big), nil, []byte(big)) }, "", nil, KindTooLarge},
		"longer than it says":  {func(b *packBuilder) { b.add(plumbing.BlobObject, 2, nil, []byte("one")) }, "", nil, KindProtocol},
		"shorter than it says": {func(b *packBuilder) { b.add(plumbing.BlobObject, 20, nil, []byte("one")) }, "", nil, KindProtocol},
		"unknown kind":         {func(b *packBuilder) { b.add(5, 3, nil, []byte("one")) }, "", nil, KindProtocol},
		"delta without sizes":  {func(b *packBuilder) { b.blob("one"); b.refDelta("one", []byte{0x80}) }, "", nil, KindProtocol},
		"delta beyond its base": {func(b *packBuilder) {
			b.blob("one")
			b.refDelta("one", []byte{3, 9, 0x80 | 0x10, 9})
		}, "", nil, KindProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			var b packBuilder
			c.build(&b)
			got, err := take(t, have, 256, b.bytes())
			if c.fails != nil || c.kind != "" {
				if kindOf(err) != c.kind || (c.fails != nil && !errors.Is(err, c.fails)) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Fields(c.want)
			for _, w := range want {
				if !strings.Contains(" "+strings.Join(got, " ")+" ", " "+w+" ") {
					t.Errorf("got %q; %q is missing", got, w)
				}
			}
			if len(got) != len(want) {
				t.Errorf("got %q; want %q", got, want)
			}
		})
	}
}

// FuzzIngest: whatever a server sends, the result is a sound pack or an error of
// ours, and nothing is left behind.
func FuzzIngest(f *testing.F) {
	var b packBuilder
	at := b.blob("one")
	b.ofsDelta(b.offset()-at, appends("one", "two"))
	b.refDelta("onetwo", appends("onetwo", "three"))
	f.Add(b.bytes())
	f.Add([]byte("PACK\x00\x00\x00\x02\xff\xff\xff\xff"))
	f.Add(b.bytes()[:30])
	f.Fuzz(func(t *testing.T, pack []byte) {
		_, err := take(t, nil, 1<<10, pack)
		if err != nil && kindOf(err) == "" && !errors.Is(err, errBase) {
			t.Errorf("an error without a kind: %v", err)
		}
	})
}

// FuzzAdvertisement: the list of references may be anything.
func FuzzAdvertisement(f *testing.F) {
	f.Add([]byte("001e# service=git-upload-pack\n0000" + "0000"))
	f.Add([]byte("003e" + hashOf(1) + " HEAD\x00symref=HEAD:x" + "0000"))
	f.Add([]byte("0010ERR no way\n\x1b"))
	f.Fuzz(func(t *testing.T, data []byte) {
		adv, err := decodeAdvertisement(bytes.NewReader(data))
		if err != nil {
			if kindOf(err) == "" || strings.ContainsAny(err.Error(), "\n\x1b\x00") {
				t.Errorf("got %q", err)
			}
			return
		}
		for _, ref := range []string{"", "main", "semver:*", "tag:v1", hashOf(1)} {
			r, err := ParseReference(ref)
			if err != nil {
				t.Fatal(err)
			}
			if target, err := r.find(adv); err != nil && strings.ContainsAny(err.Error(), "\n\x1b\x00") {
				t.Errorf("%s: %+v, %q", ref, target, err)
			}
		}
	})
}
