package detect

import (
	"path"
	"strings"
)

// reader reads the files of one folder, each once.
type reader struct {
	*detector
	folder *folder
	data   map[string][]byte
	kinds  map[string][]object
}

func (d *detector) reader(f *folder) *reader {
	return &reader{detector: d, folder: f, data: map[string][]byte{}, kinds: map[string][]object{}}
}

// read returns the beginning of a file, named by its path below the folder.
func (r *reader) read(name string) ([]byte, error) {
	data, ok := r.data[name]
	if ok {
		return data, nil
	}
	data, err := r.detector.read(path.Join(r.folder.dir, name))
	if err == nil {
		r.data[name] = data
	}
	return data, err
}

// objects returns the Kubernetes objects that a file of the folder holds.
func (r *reader) objects(name string) ([]object, error) {
	if objects, ok := r.kinds[name]; ok {
		return objects, nil
	}
	data, err := r.read(name)
	if err != nil {
		return nil, err
	}
	objects, blank := scan(name, data)
	if blank {
		r.notice(path.Join(r.folder.dir, name), "names an image that has to be filled in first; it is left out")
	}
	r.kinds[name] = objects
	return objects, nil
}

// glob returns the files below the folder that a path.Match pattern names, in
// order.
func (r *reader) glob(pattern string) []string {
	var names []string
	glob(r.folder, strings.Split(pattern, "/"), "", &names)
	return names
}

func glob(f *folder, steps []string, below string, names *[]string) {
	if len(steps) == 1 {
		for _, file := range f.files {
			if ok, _ := path.Match(steps[0], file); ok {
				*names = append(*names, path.Join(below, file))
			}
		}
		return
	}
	for _, sub := range f.subs {
		if ok, _ := path.Match(steps[0], sub.name()); ok {
			glob(sub, steps[1:], path.Join(below, sub.name()), names)
		}
	}
}
