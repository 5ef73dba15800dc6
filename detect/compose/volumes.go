package compose

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// defaultSize of a volume: compose files do not say it.
const defaultSize = "1Gi"

// maxFiles and maxBytes are what a folder of files may hold.
const (
	maxFiles = 100
	maxBytes = 700 << 10
)

// volumes are what a service mounts.
func (l *load) volumes(to *Service, s types.ServiceConfig) {
	for _, v := range s.Volumes {
		switch v.Type {
		case types.VolumeTypeVolume:
			l.volume(to, s, v)
		case types.VolumeTypeBind:
			l.bind(to, s, v)
		case types.VolumeTypeTmpfs:
			add(to, guide.Volume{Mount: v.Target, Memory: true})
		default:
			l.notice("service %s: a volume of type %s (%s) is not mounted", s.Name, v.Type, v.Target)
		}
	}
	for _, target := range s.Tmpfs {
		target, _, _ = strings.Cut(target, ":")
		add(to, guide.Volume{Mount: target, Memory: true})
	}
	if s.ShmSize > 0 {
		add(to, guide.Volume{Mount: "/dev/shm", Memory: true})
	}
	for _, ref := range s.Secrets {
		l.mountFile(to, s, types.FileReferenceConfig(ref), types.FileObjectConfig(l.project.Secrets[ref.Source]), "/run/secrets", "secret")
	}
	for _, ref := range s.Configs {
		l.mountFile(to, s, types.FileReferenceConfig(ref), types.FileObjectConfig(l.project.Configs[ref.Source]), "/", "config")
	}
}

// volume mounts one that has a name, or is to be empty.
func (l *load) volume(to *Service, s types.ServiceConfig, v types.ServiceVolumeConfig) {
	if to.Built() && forDevelopers(v.Target) {
		return // the image has what it would hide
	}
	if v.Source == "" {
		if !to.Built() {
			add(to, guide.Volume{Mount: v.Target})
		}
		return
	}
	volume := guide.Volume{Name: Name(v.Source), Mount: v.Target, ReadOnly: v.ReadOnly, Size: defaultSize}
	switch users := l.shared[v.Source]; {
	case bool(l.project.Volumes[v.Source].External):
		volume.Claim, volume.Size = Name(v.Source), ""
		l.notice("service %s: the PersistentVolumeClaim %s has to be there", s.Name, volume.Claim)
	case len(users) > 1:
		volume.Claim = Name(v.Source)
		if users[0] != s.Name {
			volume.Size = "" // the first one's
		}
	}
	add(to, volume)
}

// bind mounts what lies in a folder of the host.
func (l *load) bind(to *Service, s types.ServiceConfig, v types.ServiceVolumeConfig) {
	name, ok := l.in(v.Source)
	if below, home := strings.CutPrefix(v.Source, "~/"); home {
		add(to, guide.Volume{Name: Name(path.Base(below)), Mount: v.Target, ReadOnly: v.ReadOnly, Size: defaultSize})
		return
	}
	if !ok {
		l.notice("service %s: %s of the host is not mounted at %s", s.Name, v.Source, v.Target)
		return
	}
	info, err := fs.Stat(l.tree, name)
	switch {
	case err != nil || info.IsDir() && l.blank(name):
		add(to, guide.Volume{Name: Name(path.Base(name)), Mount: v.Target, ReadOnly: v.ReadOnly, Size: defaultSize})
	case info.IsDir() && to.Built() && (within(name, to.Context) || within(to.Context, name)) && !forSettings(v.Target):
		l.notice("service %s: %s is not mounted at %s, since the image holds it already", s.Name, name, v.Target)
	case !l.small(name):
		l.notice("service %s: %s is not mounted at %s, since it holds more than %d files or %d KiB; copy it into an image", s.Name, name, v.Target, maxFiles, maxBytes>>10)
	default:
		add(to, guide.Volume{Name: Name(path.Base(name)), Mount: v.Target, Source: l.relative(to, name)})
	}
}

// mountFile mounts a secret or a config.
func (l *load) mountFile(to *Service, s types.ServiceConfig, ref types.FileReferenceConfig, object types.FileObjectConfig, folder, kind string) {
	target := ref.Target
	if target == "" {
		target = ref.Source
	}
	if !path.IsAbs(target) {
		target = path.Join(folder, target)
	}
	volume := guide.Volume{Name: Name(kind + "-" + ref.Source), Mount: target, Secret: kind == "secret", Content: object.Content}
	if object.Environment != "" {
		volume.Content = l.variables[object.Environment]
	}
	if object.File != "" {
		name, ok := l.in(object.File)
		if info, err := fs.Stat(l.tree, name); !ok || err != nil || info.IsDir() {
			l.notice("service %s: %s %s is missing, since the repository has no file %s", s.Name, kind, ref.Source, object.File)
			return
		}
		volume.Source = l.relative(to, name)
	}
	if !volume.Files() {
		l.notice("service %s: %s %s is missing, since nothing in the repository says what it holds", s.Name, kind, ref.Source)
		return
	}
	add(to, volume)
}

// add gives a volume a free name and mounts it, unless something is there.
func add(to *Service, v guide.Volume) {
	c := &to.Component
	if !path.IsAbs(v.Mount) || slices.ContainsFunc(c.Volumes, func(o guide.Volume) bool { return path.Clean(o.Mount) == path.Clean(v.Mount) }) {
		return
	}
	if v.Name == "" {
		v.Name = Name(path.Base(v.Mount))
	}
	name := strings.Trim(v.Name[:min(len(v.Name), 40)], "-")
	v.Name = name
	for n := 2; v.Name == "" || slices.ContainsFunc(c.Volumes, func(o guide.Volume) bool { return o.Name == v.Name }); n++ {
		v.Name = strings.Trim(fmt.Sprintf("%s-%d", name, n), "-")
	}
	c.Volumes = append(c.Volumes, v)
}

// relative is a file's path as seen from the application's folder.
func (l *load) relative(to *Service, name string) string {
	dir := l.dir
	if to.Built() {
		dir = to.Context
	}
	relative, err := filepath.Rel(dir, name)
	if err != nil {
		return name // both are paths of one tree
	}
	return filepath.ToSlash(relative)
}

// blank says that a folder is there only to be mounted.
func (l *load) blank(dir string) bool {
	entries, err := fs.ReadDir(l.tree, dir)
	return err == nil && !slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return e.Name() != ".gitkeep" && e.Name() != ".gitignore" && e.Name() != ".keep"
	})
}

// small says that a file, or a folder's, can be kept in a ConfigMap.
func (l *load) small(dir string) bool {
	files, size := 0, int64(0)
	err := fs.WalkDir(l.tree, dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if files, size = files+1, size+info.Size(); files > maxFiles || size > maxBytes {
			return fs.ErrInvalid
		}
		return nil
	})
	return err == nil
}

// forDevelopers says that a folder holds what a build has put there.
func forDevelopers(target string) bool {
	return slices.Contains([]string{"node_modules", "vendor", ".venv", "venv", "target", ".next", "bundle", "__pycache__", "dist", "build"}, path.Base(target))
}

// forSettings says that a folder of a container is for configuration.
func forSettings(target string) bool {
	return slices.ContainsFunc([]string{"/etc", "/docker-entrypoint-initdb.d", "/docker-entrypoint.d", "/run", "/usr/share/nginx"}, func(dir string) bool { return within(target, dir) })
}

func within(name, dir string) bool {
	return dir == "." || name == dir || strings.HasPrefix(name, dir+"/")
}
