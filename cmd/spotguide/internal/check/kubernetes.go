package check

import (
	"context"
	"fmt"
	"strings"

	"github.com/Masterminds/semver/v3"
	"k8s.io/client-go/kubernetes"
)

// oldest is the first version that has all we need: admission policies.
const oldest = "1.30"

// Kubernetes looks at the API server.
func Kubernetes(client kubernetes.Interface) []Category {
	return []Category{
		{Name: "kubernetes-api", Checks: []Check{{
			Description: "the API server answers", Fatal: true,
			Hint: "look at --kubeconfig and --context, and whether `kubectl version` works",
			Run: func(ctx context.Context) error {
				raw, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
				if err != nil {
					return fmt.Errorf("%w %s", err, strings.TrimSpace(string(raw)))
				}
				return nil
			},
		}}},
		{Name: "kubernetes-version", Checks: []Check{{
			Description: "Kubernetes is " + oldest + " or newer", Fatal: true,
			Hint: "upgrade the cluster: older ones have no ValidatingAdmissionPolicy",
			Run: func(context.Context) error {
				info, err := client.Discovery().ServerVersion()
				if err != nil {
					return err
				}
				return newEnough(info.GitVersion)
			},
		}}},
	}
}

func newEnough(version string) error {
	v, err := semver.NewVersion(version)
	if err != nil {
		return fmt.Errorf("version %q: %w", version, err)
	}
	if v.Major() == 1 && v.Minor() < semver.MustParse(oldest).Minor() {
		return fmt.Errorf("it is %s", version)
	}
	return nil
}
