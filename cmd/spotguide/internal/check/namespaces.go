package check

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/overview"
)

// Namespaces looks at those that follow a repository: at one, where what is
// wrong is a failure, or with an empty name at all, where it is a warning, since
// a tenant's mistake does not make the installation a broken one.
func Namespaces(client kubernetes.Interface, name string) []Category {
	all := func(ctx context.Context) ([]fleet.Namespace, error) { return fleet.List(ctx, client) }
	if name != "" {
		all = func(ctx context.Context) ([]fleet.Namespace, error) {
			n, err := fleet.GetFollowed(ctx, client, name)
			return []fleet.Namespace{n}, err
		}
	}
	each := func(look func(fleet.Namespace) error) func(context.Context) error {
		return func(ctx context.Context) error {
			namespaces, err := all(ctx)
			errs := []error{err}
			if err == nil {
				for _, n := range namespaces {
					errs = append(errs, look(n))
				}
			}
			return errors.Join(errs...)
		}
	}
	warning := name == ""
	return []Category{{Name: "namespaces", Checks: []Check{
		{
			Description: "annotations are well formed", Warning: warning, Run: each(wellFormed),
			Hint: "mend the annotation: kubectl annotate --overwrite namespace NAMESPACE KEY=VALUE",
		},
		{
			Description: "the agent has looked at every namespace that follows a repository", Warning: warning, Run: each(seen),
			Hint: "look at the agent's log, and whether its --namespace-selector leaves the namespace out",
		},
		{
			Description: "repositories can be read and hold applications", Warning: warning, Run: each(readable),
			Hint: "`spotguide status -n NAMESPACE` tells more",
		},
		{
			Description: "applications are well", Warning: warning, Run: each(well),
			Hint: "`spotguide status APPLICATION -n NAMESPACE` tells what to do",
		},
	}}}
}

func wellFormed(n fleet.Namespace) error {
	if _, err := binding.Parse(n.Name, n.Annotations); err != nil {
		return fmt.Errorf("namespace %s: %w", n.Name, err)
	}
	return nil
}

func seen(n fleet.Namespace) error {
	if n.Status.Phase == "" {
		return fmt.Errorf("namespace %s has no status", n.Name)
	}
	return nil
}

// readable goes by what the agent tells: it alone has the credentials.
func readable(n fleet.Namespace) error {
	for _, r := range overview.Rows([]fleet.Namespace{n}) {
		if r.Name == "" && r.Phase == status.Failed {
			return fmt.Errorf("namespace %s: %s", n.Name, r.Message)
		}
	}
	return nil
}

func well(n fleet.Namespace) error {
	var errs []error
	for _, a := range n.Status.Applications {
		if slices.Contains([]status.Phase{status.Failed, status.Degraded, status.Held}, a.Phase) {
			errs = append(errs, fmt.Errorf("%s/%s: %s: %s", n.Name, a.Name, a.Phase, a.Message))
		}
	}
	return errors.Join(errs...)
}
