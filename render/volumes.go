package render

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"unicode/utf8"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// ChartVolume is a component's volume with all that concerns it settled.
type ChartVolume struct {
	guide.Volume
	// SubPath is the one file of Files that is mounted.
	SubPath string `json:"subPath,omitempty"`
	// Own: every replica has one.
	Own bool `json:"own,omitempty"`
	// Object is what the ConfigMap or Secret with the Files is called.
	Object string      `json:"object,omitempty"`
	Files  []ChartFile `json:"files,omitempty"`
}

// ChartFile is a file of a volume.
type ChartFile struct {
	Key string `json:"key"`
	// Path is below the volume, Mode in decimal.
	Path string `json:"path"`
	Mode int32  `json:"mode"`
	// Text is its content; Data where it is none, in base64.
	Text string `json:"text,omitempty"`
	Data string `json:"data,omitempty"`
}

// maxVolumeFiles is what a ConfigMap or Secret can hold: 1 MiB, in base64.
const maxVolumeFiles = 700 << 10

// mount settles the components' volumes.
func (j job) mount(v *ChartValues, in *input) error {
	var found problems
	for i := range v.Components {
		c := &v.Components[i]
		for _, volume := range c.Component.Volumes {
			settled, err := j.volume(c.FullName, volume, in)
			found.add(err)
			c.Volumes = append(c.Volumes, settled)
		}
		c.FilesHash = filesHash(c.Volumes)
	}
	return found.join()
}

func (j job) volume(owner string, v guide.Volume, in *input) (ChartVolume, error) {
	if s := j.Settings.Storage; s != nil && v.Size != "" {
		or(&v.StorageClass, s.Class)
		first(&v.Size, s.Sizes[v.Name])
	}
	settled := ChartVolume{Volume: v, Own: v.Own()}
	if !v.Files() {
		return settled, nil
	}
	settled.Object, settled.ReadOnly = owner+"-"+v.Name, true
	if v.Content != "" {
		settled.SubPath = path.Base(v.Mount)
		settled.Files = []ChartFile{newChartFile(settled.SubPath, 0o644, []byte(v.Content), 0)}
		return settled, nil
	}
	source := path.Join(j.Dir, v.Source)
	if leaves(source) || path.IsAbs(v.Source) {
		return settled, problem(j.descriptor("application.yaml"), 0, "volume %s: source %q leads out of the repository", v.Name, v.Source)
	}
	files, err := readVolume(in, source)
	if err != nil {
		return settled, fmt.Errorf("volume %s of component %s: %w", v.Name, owner, err)
	}
	settled.Files = files
	if !in.isDir(source) {
		settled.SubPath = files[0].Path
	}
	return settled, nil
}

// readVolume reads a file, or all files below a folder.
func readVolume(in *input, source string) ([]ChartFile, error) {
	if !in.isDir(source) {
		f, err := readChartFile(in, source, path.Base(source), 0)
		return []ChartFile{f}, err
	}
	var files []ChartFile
	size := 0
	err := in.walk(source, func(string) bool { return true }, func(f file) error {
		one, err := readChartFile(in, f.name, f.below, len(files))
		if err != nil {
			return err
		}
		if size += len(one.Text) + len(one.Data); size > maxVolumeFiles {
			return problem(source, 0, "is larger than %s, which is what a volume of files can hold", bytesText(maxVolumeFiles))
		}
		files = append(files, one)
		return nil
	})
	return files, err
}

func readChartFile(in *input, name, below string, n int) (ChartFile, error) {
	data, err := in.read(name)
	if err != nil {
		return ChartFile{}, err
	}
	if len(data) > maxVolumeFiles {
		return ChartFile{}, problem(name, 0, "is larger than %s, which is what a volume of files can hold", bytesText(maxVolumeFiles))
	}
	info, err := in.stat(name)
	if err != nil {
		return ChartFile{}, readError(name, err)
	}
	mode := fs.FileMode(0o644)
	if info.Mode()&0o100 != 0 {
		mode = 0o755
	}
	return newChartFile(below, mode, data, n), nil
}

// newChartFile numbers the keys, which must not hold what paths do.
func newChartFile(below string, mode fs.FileMode, data []byte, n int) ChartFile {
	f := ChartFile{Key: "file-" + strconv.Itoa(n), Path: below, Mode: int32(mode.Perm())}
	if utf8.Valid(data) {
		f.Text = string(data)
	} else {
		f.Data = base64.StdEncoding.EncodeToString(data)
	}
	return f
}

// filesHash is empty for volumes without files.
func filesHash(volumes []ChartVolume) string {
	var files []ChartFile
	for _, v := range volumes {
		files = append(files, v.Files...)
	}
	if len(files) == 0 {
		return ""
	}
	data, err := json.Marshal(files)
	if err != nil {
		panic(fmt.Sprintf("encode files: %v", err)) // they are strings and numbers
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}
