package ko

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"runtime"
	"strconv"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Image is what is pushed.
type Image struct {
	// Program is the compiled program, relative to the source of the build's folder.
	Program string
	// Args are the program's.
	Args []string
	// Port that it listens on, 0 for none.
	Port int32
	// Base is the image below it.
	Base string
	// Tag is the reference that is pushed; Insecure reaches its registry, and the
	// base's if it is the same, over plain HTTP.
	Tag      string
	Insecure bool
}

// The program's place and its user, as the agent's Dockerfiles have them.
const (
	home = "app"
	user = 10001
)

// Push lays the program that was compiled in the folder dir on its base, and pushes
// the image. It returns the digest.
func Push(ctx context.Context, dir string, i Image) (string, error) {
	layer, err := i.layer(dir)
	if err != nil {
		return "", fmt.Errorf("program %s: %w", i.Program, err)
	}
	tag, err := reference(i.Tag, i.Insecure)
	if err != nil {
		return "", err
	}
	base, err := i.base(ctx, tag.Context().RegistryStr())
	if err != nil {
		return "", err
	}
	image, err := i.on(base, layer)
	if err != nil {
		return "", fmt.Errorf("lay %s on %s: %w", i.Program, i.Base, err)
	}
	if err := remote.Write(tag, image, options(ctx)...); err != nil {
		return "", fmt.Errorf("push %s: %w", i.Tag, err)
	}
	digest, err := image.Digest()
	return digest.String(), err
}

// base is the one for the processor that was compiled for, which is this one's.
func (i Image) base(ctx context.Context, registry string) (v1.Image, error) {
	ref, err := reference(i.Base, false)
	if err == nil && ref.Context().RegistryStr() == registry {
		ref, err = reference(i.Base, i.Insecure)
	}
	if err != nil {
		return nil, err
	}
	platform := v1.Platform{OS: "linux", Architecture: runtime.GOARCH}
	base, err := remote.Image(ref, append(options(ctx), remote.WithPlatform(platform))...)
	if err != nil {
		return nil, fmt.Errorf("pull base image %s: %w", i.Base, err)
	}
	return base, nil
}

// layer is a tar with the program in its folder, which it may write to. Nothing in
// it depends on the time.
func (i Image) layer(dir string) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	source, err := root.OpenRoot(SourceFolder)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	program, err := source.Open(i.Program)
	if err != nil {
		return nil, err
	}
	defer program.Close()
	info, err := program.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("is no file but %s", info.Mode())
	}
	var layer bytes.Buffer
	archive := tar.NewWriter(&layer)
	for _, header := range []tar.Header{
		{Typeflag: tar.TypeDir, Name: home + "/"},
		{Typeflag: tar.TypeReg, Name: path.Join(home, path.Base(i.Program)), Size: info.Size()},
	} {
		header.Mode, header.Uid, header.Gid, header.ModTime = 0o755, user, user, time.Unix(0, 0)
		if err := archive.WriteHeader(&header); err != nil {
			return nil, err
		}
	}
	if _, err := io.Copy(archive, program); err != nil {
		return nil, err
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	return layer.Bytes(), nil
}

// on lays the layer on the base.
func (i Image) on(base v1.Image, content []byte) (v1.Image, error) {
	kind, err := base.MediaType()
	if err != nil {
		return nil, err
	}
	media := types.OCILayer
	if kind == types.DockerManifestSchema2 {
		media = types.DockerLayer
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
	layer, err := tarball.LayerFromOpener(open, tarball.WithMediaType(media))
	if err != nil {
		return nil, err
	}
	image, err := mutate.Append(base, mutate.Addendum{Layer: layer, History: v1.History{
		Created: v1.Time{Time: time.Unix(0, 0).UTC()}, CreatedBy: "spotguide ko push",
	}})
	if err != nil {
		return nil, err
	}
	file, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.Created = v1.Time{Time: time.Unix(0, 0).UTC()}
	config := &file.Config
	config.Entrypoint, config.Cmd = nil, append([]string{"./" + path.Base(i.Program)}, i.Args...)
	config.WorkingDir, config.User = "/"+home, fmt.Sprintf("%d:%d", user, user)
	if i.Port != 0 {
		port := strconv.Itoa(int(i.Port))
		config.Env = append(config.Env, "PORT="+port)
		config.ExposedPorts = map[string]struct{}{port + "/tcp": {}}
	}
	return mutate.ConfigFile(image, file)
}
