package apply

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// verdict is what a refusal means.
type verdict struct {
	reason    Reason
	hint      string
	temporary bool
}

// refuse records that the API server did not take the item.
func (it *item) refuse(err error) {
	v := judge(err)
	if it.ref.Group == secretKind.Group && it.ref.Kind == secretKind.Kind {
		var content map[string]any
		if it.object.Unstructured != nil { // an object to be deleted has none
			content = it.object.Object
		}
		err = scrub(content, err)
	}
	it.fail(v.reason, err, v.hint)
	it.err.temporary = v.temporary
}

// judge tells what the API server's refusal means and what to do about it.
func judge(err error) verdict {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return unreachable(err)
	}
	s := status.Status()
	if v, ok := judgeMessage(s); ok {
		return v
	}
	switch {
	case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err):
		return verdict{Forbidden, missingRight(s.Message), false}
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		return verdict{Conflict, "it changed meanwhile", true}
	case s.Code == http.StatusRequestEntityTooLarge:
		return verdict{TooLarge, "split it up", false}
	case apierrors.IsNotFound(err) && s.Details != nil && s.Details.Kind == "namespaces":
		return verdict{NamespaceGone, "create the namespace first", true}
	case apierrors.IsNotFound(err) && s.Details != nil && s.Details.Name != "" && !apierrors.HasStatusCause(err, metav1.CauseTypeUnexpectedServerResponse):
		return verdict{Invalid, "what it refers to must exist first, such as the role of a binding", true}
	case apierrors.IsNotFound(err):
		return verdict{UnknownKind, "the API server no longer serves this kind", true}
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err), apierrors.IsMethodNotSupported(err), s.Code == http.StatusUnsupportedMediaType:
		return verdict{Invalid, "", false}
	}
	return verdict{Unreachable, "", true}
}

// Texts by which the API server tells what its codes do not.
var (
	immutableText = regexp.MustCompile(`(?i)\bimmutable\b|may not be (changed|updated)|cannot be (changed|updated)|may not change once set|` +
		`updates to [a-z]+ spec for fields other than|spec is forbidden after creation|cannot change roleRef`)
	schemaText  = regexp.MustCompile(`failed to create typed patch object|field not declared in schema|error decoding|strict decoding|unable to convert|cannot unmarshal`)
	policyText  = regexp.MustCompile(`denied (the )?request|violates PodSecurity`)
	webhookText = regexp.MustCompile(`failed calling webhook|failed to call webhook`)
	tooLongText = regexp.MustCompile(`(?i)request is too large|Too long: may not be more than 1048576 bytes|trying to send message larger than max`)
)

// judgeMessage knows refusals by their text or their causes.
func judgeMessage(s metav1.Status) (verdict, bool) {
	message := s.Message
	switch {
	case hasCause(s, corev1.NamespaceTerminatingCause):
		return verdict{NamespaceGone, "the namespace is being deleted", true}, true
	case webhookText.MatchString(message):
		return verdict{Admission, "the webhook did not answer: see whether its Service and Pods are up", true}, true
	case policyText.MatchString(message):
		return verdict{Admission, "change the object so that the policy accepts it", false}, true
	case strings.Contains(message, "exceeded quota"):
		return verdict{Quota, "raise the ResourceQuota or ask for less", false}, true
	case tooLongText.MatchString(message):
		return verdict{TooLarge, "split it up", false}, true
	case schemaText.MatchString(message):
		return verdict{Invalid, "a field is unknown to its kind or of another type", false}, true
	case (s.Reason == metav1.StatusReasonInvalid || s.Reason == metav1.StatusReasonForbidden) && immutableText.MatchString(message):
		return verdict{Immutable, "delete the object, or annotate it with spotguide.dev/force: \"true\" to let it be deleted and made again", false}, true
	}
	return verdict{}, false
}

func hasCause(s metav1.Status, cause metav1.CauseType) bool {
	if s.Details == nil {
		return false
	}
	for _, c := range s.Details.Causes {
		if c.Type == cause {
			return true
		}
	}
	return false
}

var rightText = regexp.MustCompile(`User "([^"]*)" cannot (\w+) resource "([^"]*)" in API group "([^"]*)"`)

// missingRight turns an authorizer's refusal into what to grant to whom.
func missingRight(message string) string {
	m := rightText.FindStringSubmatch(message)
	if m == nil {
		return "grant the right to the service account"
	}
	user, verb, what, group := strings.TrimPrefix(m[1], serviceAccountPrefix), m[2], m[3], m[4]
	if verb == "impersonate" {
		return "the agent itself may not impersonate the service account: see the agent's ClusterRole"
	}
	if group != "" {
		what += "." + group
	}
	return "grant the verb " + verb + " on " + what + " to the service account " + strings.Replace(user, ":", "/", 1) +
		" (applying needs get, create, patch; pruning needs delete)"
}

func unreachable(err error) verdict {
	switch {
	case errors.Is(err, errNoIdentity):
		return verdict{Internal, "this is a defect of spotguide", false}
	case errors.Is(err, context.Canceled):
		return verdict{Unreachable, "the agent was stopping", true}
	}
	return verdict{Unreachable, "", true}
}
