package drift

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/spotguide/spotguide/sync/inventory"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
)

// selector picks the objects that some application owns.
const selector = inventory.LabelApplication

// statusless are built-in kinds whose health is their being there; metadata is
// all that is watched of them.
var statusless = map[schema.GroupKind]bool{
	{Kind: "ConfigMap"}:      true,
	{Kind: "Secret"}:         true,
	{Kind: "ServiceAccount"}: true,
	{Kind: "LimitRange"}:     true,
	{Kind: "Endpoints"}:      true,
	{Group: "rbac.authorization.k8s.io", Kind: "Role"}:                              true,
	{Group: "rbac.authorization.k8s.io", Kind: "RoleBinding"}:                       true,
	{Group: "rbac.authorization.k8s.io", Kind: "ClusterRole"}:                       true,
	{Group: "rbac.authorization.k8s.io", Kind: "ClusterRoleBinding"}:                true,
	{Group: "networking.k8s.io", Kind: "NetworkPolicy"}:                             true,
	{Group: "networking.k8s.io", Kind: "Ingress"}:                                   true, // kstatus does not look at its status
	{Group: "networking.k8s.io", Kind: "IngressClass"}:                              true,
	{Group: "scheduling.k8s.io", Kind: "PriorityClass"}:                             true,
	{Group: "storage.k8s.io", Kind: "StorageClass"}:                                 true,
	{Group: "storage.k8s.io", Kind: "CSIDriver"}:                                    true,
	{Group: "node.k8s.io", Kind: "RuntimeClass"}:                                    true,
	{Group: "coordination.k8s.io", Kind: "Lease"}:                                   true,
	{Group: "discovery.k8s.io", Kind: "EndpointSlice"}:                              true,
	{Group: "batch", Kind: "CronJob"}:                                               true, // nor at this one's
	{Group: "admissionregistration.k8s.io", Kind: "ValidatingWebhookConfiguration"}: true,
	{Group: "admissionregistration.k8s.io", Kind: "MutatingWebhookConfiguration"}:   true,
}

// feed lists and watches the owned objects of one resource as sightings.
type feed interface {
	ListWithContext(ctx context.Context, options metav1.ListOptions) (runtime.Object, error)
	WatchWithContext(ctx context.Context, options metav1.ListOptions) (watch.Interface, error)
}

// metadataFeed reads metadata only.
type metadataFeed struct {
	client   metadata.Interface
	resource schema.GroupVersionResource
}

func (f metadataFeed) ListWithContext(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
	options.LabelSelector = selector
	list, err := f.client.Resource(f.resource).List(ctx, options)
	if err != nil {
		return nil, err
	}
	page := &sightings{ListMeta: list.ListMeta, Items: make([]sighting, len(list.Items))}
	for i := range list.Items {
		page.Items[i] = *ofMetadata(&list.Items[i])
	}
	return page, nil
}

func (f metadataFeed) WatchWithContext(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
	options.LabelSelector = selector
	events, err := f.client.Resource(f.resource).Watch(ctx, options)
	if err != nil {
		return nil, err
	}
	return watch.Filter(events, func(event watch.Event) (watch.Event, bool) {
		if object, ok := event.Object.(*metav1.PartialObjectMetadata); ok {
			event.Object = ofMetadata(object)
		}
		return event, true
	}), nil
}

// wholeFeed reads whole objects and computes their health as they are decoded.
type wholeFeed struct {
	client   *rest.RESTClient
	resource schema.GroupVersionResource
}

func (f wholeFeed) get(options metav1.ListOptions) *rest.Request {
	path := []string{"apis", f.resource.Group, f.resource.Version, f.resource.Resource}
	if f.resource.Group == "" {
		path = []string{"api", f.resource.Version, f.resource.Resource}
	}
	options.LabelSelector = selector
	return f.client.Get().AbsPath(path...).
		SetHeader("Accept", runtime.ContentTypeJSON).
		SpecificallyVersionedParams(&options, metav1.ParameterCodec, metav1.SchemeGroupVersion)
}

func (f wholeFeed) ListWithContext(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
	raw, err := f.get(options).DoRaw(ctx)
	if err != nil {
		return nil, err
	}
	var list struct {
		APIVersion string          `json:"apiVersion"`
		Kind       string          `json:"kind"`
		Metadata   metav1.ListMeta `json:"metadata"`
		Items      []whole         `json:"items"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("decode list of %s: %w", f.resource.Resource, err)
	}
	page := &sightings{ListMeta: list.Metadata, Items: make([]sighting, len(list.Items))}
	for i := range list.Items {
		// Items of a list leave out what the list itself says.
		list.Items[i].APIVersion = list.APIVersion
		list.Items[i].Kind = strings.TrimSuffix(list.Kind, "List")
		page.Items[i] = *list.Items[i].sighting()
	}
	return page, nil
}

func (f wholeFeed) WatchWithContext(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
	options.Watch = true
	ctx, cancel := context.WithCancel(ctx)
	body, err := f.get(options).Stream(ctx)
	if err != nil {
		cancel()
		return nil, err
	}
	frames := &frames{body: body, decoder: json.NewDecoder(body), cancel: cancel}
	return watch.NewStreamWatcher(frames, apierrors.NewClientErrorReporter(http.StatusInternalServerError, "GET", "ClientWatchDecoding")), nil
}
