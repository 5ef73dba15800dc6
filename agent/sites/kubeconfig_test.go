package sites

import (
	"strings"
	"testing"

	"github.com/spotguide/spotguide/agent/source"
)

func kubeconfig(server, user string) string {
	return `{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c, user: u, namespace: there}}],
clusters: [{name: c, cluster: {` + server + `}}], users: [{name: u, user: {` + user + `}}]}`
}

func TestConnection(t *testing.T) {
	cfg, namespace, err := connection([]byte(kubeconfig("server: 'https://graz.example.org:6443'", "token: secret")), source.Policy{})
	if err != nil || cfg.Host != "https://graz.example.org:6443" || cfg.BearerToken != "secret" || namespace != "there" {
		t.Fatalf("%+v %q %v", cfg, namespace, err)
	}
	// Metadata services are out of reach, whatever a namespace writes.
	if _, err := cfg.Dial(t.Context(), "tcp", "169.254.169.254:80"); err == nil || !strings.Contains(err.Error(), "link-local") {
		t.Errorf("the metadata service is reached: %v", err)
	}
	if _, err := cfg.Dial(t.Context(), "tcp", "127.0.0.1:1"); err == nil || !strings.Contains(err.Error(), "private address") {
		t.Errorf("this machine is reached: %v", err)
	}
}

func TestConnectionsThatAreRefused(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"nothing":     {"", "missing"},
		"no yaml":     {"token: [", "it is none"},
		"no context":  {"{apiVersion: v1, kind: Config}", "current-context"},
		"program":     {kubeconfig("server: 'https://x.example'", "exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, interactiveMode: Never}"), "run a program"},
		"provider":    {kubeconfig("server: 'https://x.example'", "auth-provider: {name: gcp}"), "run a program"},
		"token file":  {kubeconfig("server: 'https://x.example'", "tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token"), "names a file"},
		"key file":    {kubeconfig("server: 'https://x.example'", "client-key: /etc/passwd, client-certificate: /etc/passwd"), "names a file"},
		"authorities": {kubeconfig("server: 'https://x.example', certificate-authority: /etc/passwd", "token: secret"), "names a file or a proxy"},
		"proxy":       {kubeconfig("server: 'https://x.example', proxy-url: 'http://169.254.169.254'", "token: secret"), "names a file or a proxy"},
		"plain":       {kubeconfig("server: 'http://x.example'", "token: secret"), "not https"},
	} {
		_, _, err := connection([]byte(test.text), source.Policy{})
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
