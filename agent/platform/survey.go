package platform

import (
	"context"
	"fmt"
	"strings"

	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// applicationLabel is on what was applied, with the application's name.
const applicationLabel = "spotguide.dev/application"

// What marks a default among the classes.
const (
	defaultIngressClass = "ingressclass.kubernetes.io/is-default-class"
	defaultStorageClass = "storageclass.kubernetes.io/is-default-class"
)

// Kinds that a cluster may have and that are read without types of their own.
var (
	gateways = schema.GroupVersionResource{Group: "gateway.networking.k8s.io", Version: "v1", Resource: "gateways"}
	issuers  = schema.GroupVersionResource{Group: "cert-manager.io", Version: "v1", Resource: "clusterissuers"}
)

// Survey looks at the cluster. What the account may not read counts as not there;
// any other failure is an error.
func Survey(ctx context.Context, client kubernetes.Interface, other dynamic.Interface) (guide.Platform, error) {
	var p guide.Platform
	for _, look := range []struct {
		at   string
		look func(context.Context, *guide.Platform) error
	}{
		{"nodes", func(ctx context.Context, p *guide.Platform) error { return provider(ctx, client, p) }},
		{"ingress classes", func(ctx context.Context, p *guide.Platform) error { return ingressClasses(ctx, client, p) }},
		{"storage classes", func(ctx context.Context, p *guide.Platform) error { return storageClass(ctx, client, p) }},
		{"external-dns", func(ctx context.Context, p *guide.Platform) error { return externalDNS(ctx, client, p) }},
		{"gateways", func(ctx context.Context, p *guide.Platform) error { return readGateways(ctx, other, p) }},
		{"cluster issuers", func(ctx context.Context, p *guide.Platform) error { return clusterIssuers(ctx, other, p) }},
	} {
		if err := look.look(ctx, &p); err != nil && !apierrors.IsForbidden(err) && !apierrors.IsNotFound(err) {
			return p, fmt.Errorf("survey the cluster's %s: %w", look.at, err)
		}
	}
	return p, nil
}

// provider goes by the scheme of a node's provider id, which the cloud's
// controller manager sets.
func provider(ctx context.Context, client kubernetes.Interface, p *guide.Platform) error {
	nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{Limit: 5})
	if err != nil {
		return err
	}
	known := map[string]string{"aws": guide.ProviderAWS, "gce": guide.ProviderGCP, "azure": guide.ProviderAzure}
	for _, n := range nodes.Items {
		scheme, _, _ := strings.Cut(n.Spec.ProviderID, "://")
		if p.Provider = known[scheme]; p.Provider != "" {
			return nil
		}
	}
	return nil
}

func ingressClasses(ctx context.Context, client kubernetes.Interface, p *guide.Platform) error {
	list, err := client.NetworkingV1().IngressClasses().List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, c := range list.Items {
		p.IngressClasses = append(p.IngressClasses, guide.IngressClass{
			Name: c.Name, Controller: c.Spec.Controller, Default: c.Annotations[defaultIngressClass] == "true",
			Provided: c.Labels[applicationLabel] == Guide,
		})
	}
	return nil
}

// storageClass picks the default; of several the newest counts, as in Kubernetes.
func storageClass(ctx context.Context, client kubernetes.Interface, p *guide.Platform) error {
	list, err := client.StorageV1().StorageClasses().List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	var newest *storagev1.StorageClass
	for i, c := range list.Items {
		if c.Annotations[defaultStorageClass] == "true" &&
			(newest == nil || newest.CreationTimestamp.Before(&c.CreationTimestamp)) {
			newest = &list.Items[i]
		}
	}
	if newest != nil {
		p.DefaultStorageClass = newest.Name
	}
	return nil
}

// externalDNS goes by the label that its chart and its manifests set.
func externalDNS(ctx context.Context, client kubernetes.Interface, p *guide.Platform) error {
	list, err := client.AppsV1().Deployments("").List(ctx, metav1.ListOptions{
		LabelSelector: "app.kubernetes.io/name=external-dns", Limit: 1,
	})
	if err != nil {
		return err
	}
	p.ExternalDNS = len(list.Items) > 0
	return nil
}

func readGateways(ctx context.Context, client dynamic.Interface, p *guide.Platform) error {
	list, err := client.Resource(gateways).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, o := range list.Items {
		p.Gateways = append(p.Gateways, gateway(o))
	}
	return nil
}

// gateway is a Gateway by what it says of its listeners.
func gateway(o unstructured.Unstructured) guide.Gateway {
	g := guide.Gateway{Namespace: o.GetNamespace(), Name: o.GetName()}
	g.Class, _, _ = unstructured.NestedString(o.Object, "spec", "gatewayClassName")
	listeners, _, _ := unstructured.NestedSlice(o.Object, "spec", "listeners")
	for _, l := range listeners {
		fields, ok := l.(map[string]any)
		if !ok {
			continue
		}
		var listener guide.Listener
		listener.Name, _, _ = unstructured.NestedString(fields, "name")
		listener.Protocol, _, _ = unstructured.NestedString(fields, "protocol")
		listener.Hostname, _, _ = unstructured.NestedString(fields, "hostname")
		port, _, _ := unstructured.NestedInt64(fields, "port")
		listener.Port = int32(port)
		from, _, _ := unstructured.NestedString(fields, "allowedRoutes", "namespaces", "from")
		listener.All = from == "All"
		g.Listeners = append(g.Listeners, listener)
	}
	return g
}

func clusterIssuers(ctx context.Context, client dynamic.Interface, p *guide.Platform) error {
	list, err := client.Resource(issuers).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, o := range list.Items {
		p.ClusterIssuers = append(p.ClusterIssuers, o.GetName())
	}
	return nil
}
