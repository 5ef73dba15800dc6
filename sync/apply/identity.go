package apply

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/apimachinery/pkg/api/validation"
)

const serviceAccountPrefix = "system:serviceaccount:"

// ServiceAccount is the identity of a service account.
func ServiceAccount(namespace, name string) string {
	return serviceAccountPrefix + namespace + ":" + name
}

type identityKey struct{}

// withIdentity lets requests under the context go out as the identity.
func withIdentity(ctx context.Context, identity string) (context.Context, error) {
	if err := checkIdentity(identity); err != nil {
		return nil, err
	}
	return context.WithValue(ctx, identityKey{}, identity), nil
}

// checkIdentity refuses whatever is neither a service account nor asks to be
// the agent itself.
func checkIdentity(identity string) error {
	if identity == AsAgent {
		return nil
	}
	rest, ok := strings.CutPrefix(identity, serviceAccountPrefix)
	namespace, name, both := strings.Cut(rest, ":")
	if !ok || !both || namespace == "" || name == "" ||
		len(validation.ValidateNamespaceName(namespace, false)) > 0 || len(validation.ValidateServiceAccountName(name, false)) > 0 {
		return fmt.Errorf("act as %q: want a service account, %sNAMESPACE:NAME", identity, serviceAccountPrefix)
	}
	return nil
}

// impersonator sends each request as the identity that its context names, and
// refuses those that name none: forgetting it must not give anybody the agent's
// own rights. The API server itself adds a service account's groups, so the
// agent needs no right to impersonate groups.
type impersonator struct{ next http.RoundTripper }

var errNoIdentity = errors.New("request refused: it does not say as whom it goes out")

func (t impersonator) RoundTrip(r *http.Request) (*http.Response, error) {
	identity, _ := r.Context().Value(identityKey{}).(string)
	switch identity {
	case "":
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, errNoIdentity
	case AsAgent:
		return t.next.RoundTrip(r)
	}
	r = r.Clone(r.Context())
	r.Header.Set(authenticationv1.ImpersonateUserHeader, identity)
	return t.next.RoundTrip(r)
}

// WrappedRoundTripper lets client-go see through to the transport.
func (t impersonator) WrappedRoundTripper() http.RoundTripper { return t.next }
