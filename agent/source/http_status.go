package source

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

func checkResponse(res *http.Response, want string) error {
	if res.StatusCode == http.StatusOK {
		got, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
		if got == want {
			return nil
		}
		return &Error{Kind: KindProtocol, Problem: fmt.Sprintf("not a Git repository: the server answers with %q", foreign(got)),
			Hint: "check the address; it is the one that git clone takes"}
	}
	text, _ := io.ReadAll(io.LimitReader(res.Body, maxComplaint))
	return statusError(res.StatusCode, string(text), res.Header.Get("Content-Type"))
}

func statusError(code int, text, contentType string) *Error {
	e := &Error{Kind: KindTransient, Problem: fmt.Sprintf("the server answers %d %s", code, http.StatusText(code))}
	if text = foreign(text); text != "" && strings.HasPrefix(contentType, "text/plain") {
		e.Problem += ": " + text
	}
	switch code {
	case http.StatusUnauthorized, http.StatusForbidden:
		e.Kind, e.Hint = KindAuth, authHint
	case http.StatusNotFound, http.StatusGone:
		e.Kind, e.Hint = KindNotFound, "check the address, and that the credentials may read it: many servers hide what one may not see"
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
	default:
		if code >= 400 && code < 500 {
			e.Kind = KindProtocol
		}
	}
	return e
}
