package apply

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const mask = "***"

// scrub returns a refusal of a Secret without any value of it. The API server
// quotes what it finds wrong, so its words are only kept where they cannot
// quote: field names instead of complaints about them.
func scrub(secret map[string]any, err error) error {
	var refused apierrors.APIStatus
	if !errors.As(err, &refused) {
		// The transport's and our own errors quote no bodies.
		return errors.New(hideValues(secret, err.Error()))
	}
	s := refused.Status()
	message := "the Secret was refused"
	if s.Reason != "" {
		message += ": " + string(s.Reason)
	}
	switch {
	case policyText.MatchString(s.Message):
		at := policyText.FindStringIndex(s.Message)
		message = hideValues(secret, s.Message[:at[1]])
	case s.Reason == metav1.StatusReasonInvalid && s.Details != nil:
		message += fieldNames(s.Details.Causes)
	case s.Code != 0 && s.Code < 500 && s.Reason != metav1.StatusReasonBadRequest && s.Reason != metav1.StatusReasonInvalid:
		message = hideValues(secret, s.Message)
	}
	clean := metav1.Status{Status: s.Status, Code: s.Code, Reason: s.Reason, Message: message}
	return &apierrors.StatusError{ErrStatus: clean}
}

// fieldNames lists what is wrong by field. A key of a map in the name is the
// user's, but a key is no value.
func fieldNames(causes []metav1.StatusCause) string {
	var names []string
	for _, c := range causes {
		names = append(names, fmt.Sprintf("%s (%s)", c.Field, c.Type))
	}
	if len(names) == 0 {
		return ""
	}
	return ": " + strings.Join(names, ", ")
}

// shortest value that is masked where it stands; shorter ones would mask words
// by chance, and messages that quote are not kept anyway.
const shortestValue = 4

// hideValues masks every value of the Secret in a text, as it is, in base64,
// quoted and by line.
func hideValues(secret map[string]any, text string) string {
	for _, key := range []string{"data", "stringData"} {
		values, _ := secret[key].(map[string]any)
		for _, value := range values {
			for _, form := range forms(fmt.Sprint(value)) {
				if len(form) >= shortestValue {
					text = strings.ReplaceAll(text, form, mask)
				}
			}
		}
	}
	return text
}

// forms are the ways in which a value may be quoted, longest first.
func forms(value string) []string {
	plain := value
	if decoded, err := base64.StdEncoding.DecodeString(value); err == nil {
		plain = string(decoded)
	}
	quoted := strings.Trim(fmt.Sprintf("%q", plain), `"`)
	all := []string{quoted, plain, value, base64.StdEncoding.EncodeToString([]byte(value))}
	return append(all, strings.Split(plain, "\n")...)
}
