package render

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Error is one problem of the repository. It stays until somebody commits.
type Error struct {
	// File is slash-separated, relative to the tree's root; empty when no file
	// is to blame. Line counts from 1, 0 when the file as a whole is meant.
	File string
	Line int
	// Object is "Kind namespace/name" as far as it is known.
	Object string
	// Err says what is wrong and what to do.
	Err error
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(origin(e.File, e.Line))
		b.WriteString(": ")
	}
	if e.Object != "" {
		b.WriteString(e.Object)
		b.WriteString(": ")
	}
	b.WriteString(e.Err.Error())
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// inOrder sorts problems by their place, and leaves other errors alone.
func inOrder(err error) error {
	all := Errors(err)
	slices.SortStableFunc(all, func(a, b *Error) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), strings.Compare(a.Err.Error(), b.Err.Error()))
	})
	if len(all) == 0 || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errHeavy) {
		return err
	}
	var joined problems
	for _, e := range all {
		joined.add(e)
	}
	return joined.join()
}

// Errors are the problems that err joins; nil when it is none of the
// repository's.
func Errors(err error) []*Error {
	var one *Error
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*Error
		for _, err := range joined.Unwrap() {
			all = append(all, Errors(err)...)
		}
		return all
	}
	if errors.As(err, &one) {
		return []*Error{one}
	}
	return nil
}

// problem makes an Error out of a format.
func problem(file string, line int, format string, args ...any) *Error {
	return &Error{File: file, Line: line, Err: fmt.Errorf(format, args...)}
}

// origin is where something stands: "file:line", or the file alone.
func origin(file string, line int) string {
	if line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d", file, line)
}

// problems collects errors, so that all are told at once.
type problems []error

func (p *problems) add(err error) {
	if err != nil {
		*p = append(*p, err)
	}
}

func (p problems) join() error { return errors.Join(p...) }
