package guide

import (
	"path"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
)

// checkVolumes checks a component's volumes.
func checkVolumes(d document, c Component, p []any) {
	if c.OwnVolumes() && c.Workload != "" && c.Workload != WorkloadStatefulSet {
		d.problem(under(p[:len(p)-1], "workload"), "write workload: StatefulSet, or name a claim that its replicas share", "is %s, whose replicas have no volumes of their own", c.Workload)
	}
	mounts := map[string]bool{}
	for i, v := range c.Volumes {
		p := under(p, i)
		d.label(v.Name, under(p, "name"))
		if v.Mount == "" {
			d.problem(under(p, "mount"), "say where it is mounted, such as /data", "is missing")
		}
		d.absolute(v.Mount, under(p, "mount"))
		if mounts[path.Clean(v.Mount)] {
			d.problem(under(p, "mount"), "choose another path", "a volume above is mounted at %s", v.Mount)
		}
		mounts[path.Clean(v.Mount)] = true
		checkVolume(d, v, p)
	}
}

func checkVolume(d document, v Volume, p []any) {
	if _, err := resource.ParseQuantity(v.Size); v.Size != "" && err != nil {
		d.problem(under(p, "size"), "write it as 10Gi", "%q is no quantity", v.Size)
	}
	if v.Claim != "" && len(validation.IsDNS1123Subdomain(v.Claim)) > 0 {
		d.problem(under(p, "claim"), "", "%q is no name of a PersistentVolumeClaim", v.Claim)
	}
	lasts := v.Size != "" || v.Claim != ""
	switch {
	case v.Source != "" && v.Content != "":
		d.problem(under(p, "content"), "take one of them out", "there is a source already")
	case v.Files() && lasts:
		d.problem(p, "make two volumes of it", "has files and also a size or a claim")
	case v.Secret && !v.Files():
		d.problem(under(p, "secret"), "take it out", "is for a source or content only")
	case v.StorageClass != "" && v.Size == "":
		d.problem(under(p, "storageClass"), "add a size, or take it out", "is for a volume with a size only")
	case v.Memory && (lasts || v.Files()):
		d.problem(under(p, "memory"), "take it out", "is for a volume that goes with the pod only")
	}
}
