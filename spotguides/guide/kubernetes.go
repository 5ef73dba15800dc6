package guide

import (
	"regexp"
	"strings"
)

var (
	groupVersion = regexp.MustCompile(`^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)/v[0-9][a-z0-9]*$`)
	kindName     = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)
)

// IsObject says whether a document with this apiVersion and kind is for a
// cluster. Files that merely look like it configure client-side tools: kubectl,
// kind, Skaffold, Kustomize, Backstage, this project's own descriptors.
func IsObject(apiVersion, kind string) bool {
	if !kindName.MatchString(kind) {
		return false
	}
	if apiVersion == "v1" {
		return kind != "Config" // a kubeconfig
	}
	m := groupVersion.FindStringSubmatch(apiVersion)
	return m != nil && !isToolGroup(m[1])
}

// isToolGroup says that no API server serves the group.
func isToolGroup(group string) bool {
	switch group {
	case "skaffold", "backstage.io", "garden.io", "score.dev", "eksctl.io", "k3d.io", "ctlptl.dev",
		"kops.k8s.io", "kubeadm.k8s.io", "kind.x-k8s.io", "config.kwok.x-k8s.io", "audit.k8s.io",
		"client.authentication.k8s.io", "krew.googlecontainertools.github.com", "deploy.cloud.google.com",
		"kuttl.dev", "chainsaw.kyverno.io", "cli.kyverno.io", "scorecard.operatorframework.io",
		"template.openshift.io", "kapp.k14s.io", "kbld.k14s.io", "vendir.k14s.io", "imgpkg.carvel.dev", "fn.kpt.dev", "spotguide.dev":
		return true
	}
	return strings.HasSuffix(group, ".config.k8s.io")
}
