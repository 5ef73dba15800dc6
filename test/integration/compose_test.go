package integration

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/status"
)

const composed = `services:
  blog:
    image: wordpress:6
    ports: ["8080:80"]
    environment: {WORDPRESS_DB_HOST: db, WORDPRESS_DB_PASSWORD: "${PASSWORD}"}
    volumes: ["./php.ini:/usr/local/etc/php/php.ini"]
  db:
    image: mariadb:11
    environment: [MARIADB_ROOT_PASSWORD]
    volumes: [data:/var/lib/mysql]
volumes: {data: }
`

// TestCompose: the services of a compose file run and find each other; a change of
// what stands beside the file reaches them, and a broken file takes nothing away.
func TestCompose(t *testing.T) {
	w := newWorld(t)
	files := map[string]string{"compose.yaml": composed, "php.ini": "memory_limit = 1G\n", ".env": "PASSWORD=one\nMARIADB_ROOT_PASSWORD=one\n"}
	url := w.repository("blog", files)
	ns := w.namespace(url)
	w.agent()
	w.untilPhase(ns, status.Healthy)
	for _, name := range []string{"blog", "db"} {
		_, err := w.client.CoreV1().Services(ns).Get(t.Context(), name, metav1.GetOptions{})
		w.must(err)
	}
	if got := w.rootPassword(ns); got != "one" {
		t.Errorf("the database's password is %q", got)
	}
	claims, err := w.client.CoreV1().PersistentVolumeClaims(ns).List(t.Context(), metav1.ListOptions{})
	w.must(err)
	if len(claims.Items) != 1 || claims.Items[0].Name != "data-db-0" {
		t.Errorf("claims: %v", claims.Items)
	}

	files[".env"] = strings.ReplaceAll(files[".env"], "one", "two")
	second := w.commit("blog", "another password", files)
	w.nudge(ns)
	w.untilHealthyAt(ns, second)
	if got := w.rootPassword(ns); got != "two" {
		t.Errorf("the database's password is %q", got)
	}

	files["compose.yaml"] = strings.Replace(composed, "ports:", "prots:", 1)
	w.commit("blog", "a slip", files)
	w.nudge(ns)
	s := w.until(ns, "the slip told", func(s status.Status) bool { return strings.Contains(s.Message, "prots") })
	if !strings.Contains(s.Message, "compose.yaml:2:") {
		t.Errorf("the message is %q", s.Message)
	}
	_, err = w.client.AppsV1().StatefulSets(ns).Get(t.Context(), "db", metav1.GetOptions{})
	w.must(err)
}

// TestComposeBuilds: what a compose file builds is built as it says, and a change of
// the file that concerns no image reaches what runs without a build.
func TestComposeBuilds(t *testing.T) {
	w := newWorld(t)
	builds := w.builds()
	file := "services:\n  db: {image: \"mariadb:11\"}\n  api: {build: {context: api, target: prod, args: {LEVEL: a b}}, environment: {DB: one}}\n"
	url := w.repository("shop", map[string]string{"compose.yaml": file, "api/Dockerfile": "FROM scratch AS prod\nEXPOSE 80\nFROM prod AS dev\n"})
	ns := w.namespace(url)
	w.agent()
	job := w.job(builds)
	args := job.Spec.Template.Spec.Containers[0].Args
	for _, want := range []string{"--opt=target=prod", "--opt=build-arg:LEVEL=a b"} {
		if !slices.Contains(args, want) {
			t.Errorf("%s is not among %v", want, args)
		}
	}
	w.push(job)
	w.endBuild(job)
	w.untilPhase(ns, status.Healthy)

	second := w.commit("shop", "another database", map[string]string{"compose.yaml": strings.Replace(file, "one", "two", 1), "api/Dockerfile": "FROM scratch AS prod\nEXPOSE 80\nFROM prod AS dev\n"})
	w.nudge(ns)
	w.untilHealthyAt(ns, second)
	api, err := w.client.AppsV1().Deployments(ns).Get(t.Context(), "api", metav1.GetOptions{})
	w.must(err)
	if !slices.ContainsFunc(api.Spec.Template.Spec.Containers[0].Env, func(v corev1.EnvVar) bool { return v.Name == "DB" && v.Value == "two" }) {
		t.Errorf("the variables are %v", api.Spec.Template.Spec.Containers[0].Env)
	}
}

// rootPassword is what the database's container is given.
func (w *world) rootPassword(namespace string) string {
	w.Helper()
	db, err := w.client.AppsV1().StatefulSets(namespace).Get(w.Context(), "db", metav1.GetOptions{})
	w.must(err)
	return db.Spec.Template.Spec.Containers[0].Env[0].Value
}
