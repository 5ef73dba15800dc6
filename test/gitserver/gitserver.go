// Package gitserver is a real Git server for tests, the demo and the
// benchmarks: a folder of bare repositories served by git itself, over smart
// HTTP (git http-backend) and over SSH (git-upload-pack and git-receive-pack).
//
//	s, err := gitserver.New(dir)
//	err = s.Create(ctx, "shop")
//	http.Serve(listener, s.Handler(gitserver.HTTP{}))
//	commit, err := s.Commit(ctx, "shop", "main", "first", map[string]string{"a.yaml": "..."})
//
// It needs the git program. Nothing of it needs a testing.T.
package gitserver

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// Server is a folder of bare repositories. Its methods are safe for concurrent
// use.
type Server struct {
	// OnPush is called with a repository's name after each push over HTTP that
	// the server took. It may be nil, and is set before serving.
	OnPush func(repository string)

	dir string
	git string // the program
	mu  sync.Mutex
}

// New returns a server of the repositories in a folder, which it makes when it
// is missing.
func New(dir string) (*Server, error) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, fmt.Errorf("the Git server needs the git program: %w", err)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return &Server{dir: dir, git: git}, nil
}

var repositoryName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$`)

// Path returns the folder of a repository, named with or without .git.
func (s *Server) Path(name string) string {
	return filepath.Join(s.dir, filepath.FromSlash(strings.TrimSuffix(name, ".git")+".git"))
}

// Create makes an empty bare repository whose default branch is main, and takes
// pushes to it. One that is there already stays as it is.
func (s *Server) Create(ctx context.Context, name string) error {
	if !repositoryName.MatchString(name) {
		return fmt.Errorf("repository name %q: use letters, digits and . _ - /", name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := os.Stat(filepath.Join(s.Path(name), "HEAD")); err == nil {
		return nil
	}
	if err := os.MkdirAll(s.Path(name), 0o755); err != nil {
		return err
	}
	if _, err := s.Git(ctx, "", "init", "--quiet", "--bare", "--initial-branch=main", s.Path(name)); err != nil {
		return err
	}
	return s.Config(ctx, name, "http.receivepack", "true")
}

// Config sets a configuration value of a repository, such as
// uploadpack.allowFilter.
func (s *Server) Config(ctx context.Context, name, key, value string) error {
	_, err := s.Git(ctx, s.Path(name), "config", key, value)
	return err
}

// Git runs git in a folder and returns what it prints, without the white space
// around. Neither the machine's nor the user's configuration is read.
func (s *Server) Git(ctx context.Context, dir string, args ...string) (string, error) {
	return s.run(ctx, dir, nil, "", args...)
}

// Input runs git in a repository with text on its standard input.
func (s *Server) Input(ctx context.Context, repository, input string, args ...string) (string, error) {
	return s.run(ctx, s.Path(repository), nil, input, args...)
}

func (s *Server) run(ctx context.Context, dir string, env []string, input string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, s.git, args...)
	cmd.Dir = dir
	cmd.Env = append(environment(), env...)
	cmd.Stdin = strings.NewReader(input)
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(problem.String()))
	}
	return strings.TrimSpace(out.String()), nil
}

// environment is what git and the hooks of a repository see.
func environment() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.DevNull, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull,
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
	}
}
