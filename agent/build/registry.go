package build

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// registry is where images go.
type registry struct {
	client kubernetes.Interface
	opt    Options
}

// lookTimeout bounds one question.
const lookTimeout = 15 * time.Second

// digest of an image, "" when the registry does not have it.
func (r registry) digest(ctx context.Context, image string) (string, error) {
	var options []name.Option
	if r.opt.Insecure {
		options = append(options, name.Insecure)
	}
	ref, err := name.ParseReference(image, options...)
	if err != nil {
		return "", fmt.Errorf("image %s: %w", image, err)
	}
	credentials, err := r.credentials(ctx, ref.Context().RegistryStr())
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	found, err := remote.Head(ref, remote.WithContext(ctx), remote.WithAuth(credentials))
	var answer *transport.Error
	if errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound {
		return "", nil
	}
	if err != nil {
		return "", &unreachable{fmt.Errorf("ask registry %s for %s: %w", ref.Context().RegistryStr(), image, err)}
	}
	return found.Digest.String(), nil
}

// unreachable is the registry's failure, which may pass by itself.
type unreachable struct{ error }

func (u *unreachable) Unwrap() error   { return u.error }
func (u *unreachable) Temporary() bool { return true }

// credentials are read anew each time, so that they can be rotated.
func (r registry) credentials(ctx context.Context, host string) (authn.Authenticator, error) {
	if r.opt.Secret == "" {
		return authn.Anonymous, nil
	}
	secret, err := r.client.CoreV1().Secrets(r.opt.Namespace).Get(ctx, r.opt.Secret, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("read the registry's Secret %s/%s: %w", r.opt.Namespace, r.opt.Secret, err)
	}
	return parseCredentials(secret.Data[corev1.DockerConfigJsonKey], host)
}

// parseCredentials finds the registry's in a Docker configuration.
func parseCredentials(raw []byte, host string) (authn.Authenticator, error) {
	var config struct {
		Auths map[string]authn.AuthConfig `json:"auths"`
	}
	if err := json.Unmarshal(raw, &config); err != nil {
		// The cause may quote the Secret.
		return nil, fmt.Errorf("the registry's Secret holds no valid %s", corev1.DockerConfigJsonKey)
	}
	for _, key := range []string{host, "https://" + host, "http://" + host, "https://" + host + "/v1/", "https://" + host + "/v2/"} {
		if found, ok := config.Auths[key]; ok {
			return authn.FromConfig(found), nil
		}
	}
	return nil, fmt.Errorf("the registry's Secret has no credentials for %s", host)
}
