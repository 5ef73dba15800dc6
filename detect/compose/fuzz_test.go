package compose

import (
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"k8s.io/apimachinery/pkg/util/validation"
)

// Whatever a compose file holds, it is read or refused with its name, and what
// comes out can be rendered.
func FuzzLoad(f *testing.F) {
	f.Add("services:\n  a: {image: x, ports: ['80:80'], volumes: [a:/b, ./c:/d, '~/e:/f'], environment: [A=b]}\nvolumes: {a: }", "A=b")
	f.Add("services:\n  a: {extends: {file: /etc/passwd, service: b}}\n  b: &b {build: ., <<: *b}", "X")
	f.Add("include: [x]\nservices: {a_b: {image: '${X:-y}', expose: ['1-9'], healthcheck: {test: [CMD, a]}, deploy: {replicas: -1}}}", "")
	f.Fuzz(func(t *testing.T, file, env string) {
		tree := fstest.MapFS{"compose.yaml": {Data: []byte(file)}, ".env": {Data: []byte(env)}, "c/d": {Data: []byte("x")}}
		p, err := Load(t.Context(), tree, "compose.yaml", "")
		if err != nil {
			if !strings.Contains(err.Error(), "compose.yaml") && !strings.Contains(err.Error(), ".env") {
				t.Errorf("the error names no file: %v", err)
			}
			return
		}
		for _, s := range p.Services {
			c := s.Component
			for _, name := range append(c.Aliases, c.Name) {
				if len(validation.IsDNS1123Label(name)) > 0 {
					t.Errorf("%q is no name of a Service", name)
				}
			}
			taken := map[string]bool{}
			for _, v := range c.Volumes {
				if len(validation.IsDNS1123Label(v.Name)) > 0 || taken[v.Name] || !path.IsAbs(v.Mount) {
					t.Errorf("volume %+v", v)
				}
				taken[v.Name] = true
			}
			for _, port := range c.Ports {
				if len(validation.IsValidPortName(port.Name)) > 0 || taken["port "+port.Name] {
					t.Errorf("port %+v", port)
				}
				taken["port "+port.Name] = true
			}
		}
	})
}
