package source

import (
	"context"

	"github.com/go-git/go-git/v5/plumbing"
)

func (t *tree) copyCommits(ctx context.Context, out *packer, commits []plumbing.Hash) error {
	for _, c := range commits {
		if err := t.copyCommit(ctx, out, c); err != nil {
			return err
		}
	}
	return nil
}

// copyCommit adds a commit and all its tree holds to a pack. Blobs that were
// left out stay out.
func (t *tree) copyCommit(ctx context.Context, out *packer, h plumbing.Hash) error {
	o, err := t.read(h, plumbing.CommitObject)
	if err != nil {
		return err
	}
	if _, err := out.add(o.kind, o.data); err != nil {
		return err
	}
	c, err := decodeCommit(o)
	if err != nil {
		return err
	}
	return t.copyFolder(ctx, out, c.TreeHash)
}

func (t *tree) copyFolder(ctx context.Context, out *packer, h plumbing.Hash) error {
	if _, done := out.entries[h]; done {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	o, err := t.read(h, plumbing.TreeObject)
	if err != nil {
		return err
	}
	f, err := decodeFolder(o)
	if err != nil {
		return err
	}
	for _, i := range f.items {
		switch {
		case i.isDir():
			err = t.copyFolder(ctx, out, i.hash)
		case i.isSubmodule() || !t.objects.has(i.hash):
		default:
			err = t.copyBlob(out, i.hash)
		}
		if err != nil {
			return err
		}
	}
	_, err = out.add(o.kind, o.data)
	return err
}

func (t *tree) copyBlob(out *packer, h plumbing.Hash) error {
	if _, done := out.entries[h]; done {
		return nil
	}
	o, err := t.read(h, plumbing.BlobObject)
	if err != nil {
		return err
	}
	_, err = out.add(o.kind, o.data)
	return err
}
