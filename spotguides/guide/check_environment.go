package guide

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
)

// checkEnvironment checks environment.yaml.
func checkEnvironment(d document, g *Guide) {
	checkSettings(d, g, g.Environment.Settings, nil)
	for _, name := range sortedKeys(g.Environment.Environments) {
		p := at("environments", name)
		d.label(name, p)
		checkSettings(d, g, g.Environment.Environments[name], p)
	}
	checkFeeds(d, g.Environment)
}

func checkSettings(d document, g *Guide, s Settings, p []any) {
	if s.Replicas != nil && *s.Replicas < 0 {
		d.problem(under(p, "replicas"), "", "must not be negative")
	}
	for _, component := range sortedKeys(s.Resources) {
		checkKey(d, g, component, under(p, "resources", component))
		checkResources(d, s.Resources[component], under(p, "resources", component))
	}
	if s.Ingress != nil {
		checkIngress(d, *s.Ingress, under(p, "ingress"))
	}
	if s.Domain != "" && len(validation.IsDNS1123Subdomain(s.Domain)) > 0 {
		d.problem(under(p, "domain"), "write a name such as example.org, without scheme, port and path", "%q is no DNS name", s.Domain)
	}
	if s.Storage != nil {
		checkQuantities(d, s.Storage.Sizes, under(p, "storage", "sizes"))
		if class := s.Storage.Class; class != "" && len(validation.IsDNS1123Subdomain(class)) > 0 {
			d.problem(under(p, "storage", "class"), "", "%q is no name of a StorageClass", class)
		}
	}
	for _, kind := range sortedKeys(s.Services) {
		checkBacking(d, kind, s.Services[kind], under(p, "services", kind))
	}
	for i, file := range s.ValuesFiles {
		d.local(file, under(p, "valuesFiles", i))
	}
	if s.Path != "" {
		d.local(s.Path, under(p, "path"))
	}
}

// checkKey demands that a setting by component names one. What rendered
// manifests hold is known only once they are rendered, so only the components
// of a chart of the guide's own are held to it.
func checkKey(d document, g *Guide, component string, p []any) {
	known := []string{"*"}
	for _, c := range g.Application.Components {
		known = append(known, c.Name)
	}
	if g.Application.Render.Engine == EngineChart && !slices.Contains(known, component) {
		d.problem(p, suggest(component, known), "there is no component %q", component)
	}
}

func checkResources(d document, r Resources, p []any) {
	requests := checkQuantities(d, r.Requests, under(p, "requests"))
	limits := checkQuantities(d, r.Limits, under(p, "limits"))
	for _, name := range sortedKeys(limits) {
		request, ok := requests[name]
		if limit := limits[name]; ok && request.Cmp(limit) > 0 {
			d.problem(under(p, "requests", name), "lower the request or raise the limit",
				"%s is more than the limit of %s", request.String(), limit.String())
		}
	}
}

func checkQuantities(d document, quantities map[string]string, p []any) map[string]resource.Quantity {
	parsed := map[string]resource.Quantity{}
	for _, name := range sortedKeys(quantities) {
		quantity, err := resource.ParseQuantity(quantities[name])
		switch {
		case err != nil:
			d.problem(under(p, name), "write it as Kubernetes does: 250m, 1, 64Mi, 2Gi", "%q is no quantity", quantities[name])
		case quantity.Sign() < 0:
			d.problem(under(p, name), "", "must not be negative")
		default:
			parsed[name] = quantity
		}
		if errs := validation.IsQualifiedName(name); len(errs) > 0 {
			d.problem(under(p, name), "cpu, memory, ephemeral-storage or an extended resource", "%q is no resource", name)
		}
	}
	return parsed
}

func checkIngress(d document, i Ingress, p []any) {
	host := strings.TrimPrefix(i.Host, "*.")
	if i.Host != "" && len(validation.IsDNS1123Subdomain(host)) > 0 {
		d.problem(under(p, "host"), "write a name such as shop.example.org, without scheme, port and path",
			"%q is no DNS name", i.Host)
	}
	if i.Class != "" && len(validation.IsDNS1123Subdomain(i.Class)) > 0 {
		d.problem(under(p, "class"), "", "%q is no name of an IngressClass", i.Class)
	}
	if namespace, name, ok := strings.Cut(i.Gateway, "/"); i.Gateway != "" && (!ok || namespace == "" || name == "") {
		d.problem(under(p, "gateway"), "write NAMESPACE/NAME", "%q does not name a Gateway", i.Gateway)
	}
	if i.TLSIssuer != "" && len(validation.IsDNS1123Subdomain(i.TLSIssuer)) > 0 {
		d.problem(under(p, "tlsIssuer"), "", "%q is no name of a ClusterIssuer", i.TLSIssuer)
	}
	if i.TLSSecret != "" && len(validation.IsDNS1123Subdomain(i.TLSSecret)) > 0 {
		d.problem(under(p, "tlsSecret"), "", "%q is no name of a Secret", i.TLSSecret)
	}
}

func checkBacking(d document, kind string, b Backing, p []any) {
	known := []string{ServiceKafka, ServicePostgreSQL, ServiceRedis}
	switch {
	case b.Provide && !slices.Contains(known, kind):
		d.problem(p, suggest(kind, known), "%s cannot be provided, only %s; name the secret of one that is there", kind, strings.Join(known, ", "))
	case b.Provide && b.Secret != "":
		d.problem(under(p, "secret"), "leave one of them out", "it is either provided or there already")
	case !b.Provide && b.Secret == "":
		d.problem(p, "write provide: true, or the secret of one that is there", "says nothing")
	}
	if b.Storage != "" {
		checkQuantities(d, map[string]string{"storage": b.Storage}, p)
	}
	for field, name := range map[string]string{"secret": b.Secret, "storageClass": b.StorageClass} {
		if name != "" && len(validation.IsDNS1123Subdomain(name)) > 0 {
			d.problem(under(p, field), "", "%q is no name", name)
		}
	}
}
