package detect

import (
	"fmt"
	"path"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// ownFile is where an application says that it is one.
const ownFile = guide.OverlayDir + "/" + guide.ApplicationFile

// own is what an application says of itself, as far as detection needs it.
type own struct {
	present    bool
	Name       string `yaml:"name"`
	Guide      string `yaml:"guide"`
	Components []struct {
		Image yaml.Node `yaml:"image"`
	} `yaml:"components"`
	// image is the first image that a component names.
	image     string
	imageLine int
}

// readOwn reads the folder's .spotguide/application.yaml. A broken one is an
// error, for without it the application might be taken for another, or for gone.
func (d *detector) readOwn(f *folder) (own, error) {
	var o own
	if !f.own {
		return o, nil
	}
	name := path.Join(f.dir, ownFile)
	if ok, err := d.leadsToFile(name); !ok || err != nil {
		return o, err
	}
	data, err := d.read(name)
	if err != nil {
		return o, err
	}
	if err := yaml.Unmarshal(data, &o); err != nil {
		return o, fmt.Errorf("%s: %w; `spotguide validate` tells more", name, err)
	}
	if o.Name != "" && len(validation.IsDNS1123Label(o.Name)) > 0 {
		return o, fmt.Errorf("%s: name: %q is no DNS label", name, o.Name)
	}
	for _, c := range o.Components {
		if o.image == "" {
			o.image, o.imageLine = c.Image.Value, c.Image.Line
		}
	}
	o.present = true
	return o, nil
}
