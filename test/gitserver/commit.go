package gitserver

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Special file contents, for what is no plain file.
const (
	linkPrefix      = "\x00link:"
	submodulePrefix = "\x00submodule:"
	// Removed takes a file or folder out of the branch.
	Removed = "\x00removed"
)

// Link stands for a symbolic link in the files of a commit.
func Link(target string) string { return linkPrefix + target }

// Submodule stands for a submodule at a commit.
func Submodule(commit string) string { return submodulePrefix + commit }

// Commit adds a commit to a branch, which may be new, and returns its hash.
// Files are laid over those of the branch. It works on the repository itself and
// needs no work tree; OnPush is not called.
func (s *Server) Commit(ctx context.Context, repository, branch, message string, files map[string]string) (string, error) {
	parent, err := s.Head(ctx, repository, branch)
	if err != nil {
		parent = ""
	}
	return s.commit(ctx, repository, branch, parent, message, files)
}

// ForceCommit replaces a branch's history by a single commit with the files
// given and none else, as a force push does.
func (s *Server) ForceCommit(ctx context.Context, repository, branch, message string, files map[string]string) (string, error) {
	return s.commit(ctx, repository, branch, "", message, files)
}

func (s *Server) commit(ctx context.Context, repository, branch, parent, message string, files map[string]string) (string, error) {
	var in bytes.Buffer
	fmt.Fprintf(&in, "commit refs/heads/%s\nmark :1\n", branch)
	fmt.Fprintf(&in, "committer Ada <ada@example.com> %d +0000\ndata %d\n%s\n", time.Now().Unix(), len(message), message)
	if parent != "" {
		fmt.Fprintf(&in, "from %s\n", parent)
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		stage(&in, path, files[path])
	}
	in.WriteString("get-mark :1\ndone\n")
	return s.run(ctx, s.Path(repository), nil, in.String(), "fast-import", "--quiet", "--force", "--done")
}

// stage writes one file in git fast-import's language.
func stage(in *bytes.Buffer, path, content string) {
	if content == Removed {
		fmt.Fprintf(in, "D %s\n", strconv.Quote(path))
		return
	}
	if commit, ok := strings.CutPrefix(content, submodulePrefix); ok {
		fmt.Fprintf(in, "M 160000 %s %s\n", commit, strconv.Quote(path))
		return
	}
	mode := "100644"
	if target, ok := strings.CutPrefix(content, linkPrefix); ok {
		content, mode = target, "120000"
	}
	fmt.Fprintf(in, "M %s inline %s\ndata %d\n%s\n", mode, strconv.Quote(path), len(content), content)
}

// Head returns the commit that a branch points at.
func (s *Server) Head(ctx context.Context, repository, branch string) (string, error) {
	return s.Git(ctx, s.Path(repository), "rev-parse", "--verify", "--quiet", "refs/heads/"+branch)
}

// Move points a branch, which may be new, at a commit.
func (s *Server) Move(ctx context.Context, repository, branch, commit string) error {
	_, err := s.Git(ctx, s.Path(repository), "update-ref", "refs/heads/"+branch, commit)
	return err
}

// DeleteBranch removes a branch.
func (s *Server) DeleteBranch(ctx context.Context, repository, branch string) error {
	_, err := s.Git(ctx, s.Path(repository), "update-ref", "-d", "refs/heads/"+branch)
	return err
}

// SetDefaultBranch names the branch that HEAD stands for.
func (s *Server) SetDefaultBranch(ctx context.Context, repository, branch string) error {
	_, err := s.Git(ctx, s.Path(repository), "symbolic-ref", "HEAD", "refs/heads/"+branch)
	return err
}

// Tag puts a tag on a commit: an annotated one when there is a message, else a
// lightweight one.
func (s *Server) Tag(ctx context.Context, repository, name, commit, message string) error {
	args := []string{"-c", "user.name=Ada", "-c", "user.email=ada@example.com", "tag", "--force"}
	if message != "" {
		args = append(args, "--annotate", "--message", message)
	}
	_, err := s.Git(ctx, s.Path(repository), append(args, name, commit)...)
	return err
}

// Push copies a folder's files to a branch as one commit, through a clone and a
// real push to the address given, which may be this server's own over HTTP.
func (s *Server) Push(ctx context.Context, folder, address, branch, message string) (string, error) {
	clone, err := os.MkdirTemp("", "gitserver-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(clone) }()
	identity := []string{"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com"}
	steps := [][]string{
		{"init", "--quiet", "--initial-branch=" + branch},
		{"remote", "add", "origin", address},
	}
	for _, step := range steps {
		if _, err := s.run(ctx, clone, identity, "", step...); err != nil {
			return "", err
		}
	}
	if _, err := s.run(ctx, clone, identity, "", "fetch", "--quiet", "origin", branch); err == nil {
		if _, err := s.run(ctx, clone, identity, "", "reset", "--soft", "FETCH_HEAD"); err != nil {
			return "", err
		}
	}
	if err := os.CopyFS(clone, os.DirFS(folder)); err != nil {
		return "", fmt.Errorf("copy %s: %w", folder, err)
	}
	for _, step := range [][]string{{"add", "--all"}, {"commit", "--quiet", "--allow-empty", "--message", message}, {"push", "--quiet", "origin", "HEAD:refs/heads/" + branch}} {
		if _, err := s.run(ctx, clone, identity, "", step...); err != nil {
			return "", err
		}
	}
	return s.run(ctx, clone, identity, "", "rev-parse", "HEAD")
}
