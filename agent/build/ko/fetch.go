package ko

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
)

// Folders below that of a build.
const (
	SourceFolder = "source" // what is compiled
	CacheFolder  = "cache"  // what outlives the build: see Cache
	TempFolder   = "tmp"
)

// Fetch fills the folder dir for a compiler: the source that url answers with, as a
// tar, and what an earlier build has left in the cache. A cache that cannot be
// had is told to notices, and done without.
func Fetch(ctx context.Context, url, dir string, cache Cache, notices io.Writer) error {
	for _, folder := range []string{SourceFolder, CacheFolder, TempFolder} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			return err
		}
	}
	if err := fetchSource(ctx, url, filepath.Join(dir, SourceFolder)); err != nil {
		return fmt.Errorf("fetch source from the agent: %w", err)
	}
	folder := filepath.Join(dir, CacheFolder)
	if err := cache.fetch(ctx, folder); err != nil {
		fmt.Fprintf(notices, "built without the cache: %v\n", err)
		return errors.Join(os.RemoveAll(folder), os.Mkdir(folder, 0o755)) // half of one misleads
	}
	return nil
}

func fetchSource(ctx context.Context, url, dir string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s: the build was given up, or the agent was started anew", answer.Status)
	}
	return unpack(answer.Body, dir)
}
