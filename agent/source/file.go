package source

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// execFile starts a session with a repository on this machine, by the
// git-upload-pack that came with its git.
func execFile(ctx context.Context, a address) (session, error) {
	if _, err := os.Stat(a.path); err != nil {
		return nil, &Error{Kind: KindNotFound, Problem: "no such folder", Hint: "file:// is looked up where the agent runs"}
	}
	cmd := exec.CommandContext(ctx, "git", "upload-pack", "--timeout=600", filepath.FromSlash(a.path))
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "LC_ALL=C"}
	cmd.WaitDelay = time.Second
	p := &pipe{stderr: &lastWords{}}
	cmd.Stderr = p.stderr
	var err error
	if p.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return nil, &Error{Kind: KindRefused, Problem: "file:// needs the git program, which is not there", Hint: "use https:// or ssh://"}
		}
		return nil, err
	}
	p.out = out
	p.end = sync.OnceFunc(func() {
		_ = p.in.Close()
		_ = out.Close()
		_ = cmd.Wait()
	})
	return p, nil
}
