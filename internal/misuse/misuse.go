// Package misuse checks in tests that wrong calls return errors. It is for calls with nil
// arguments, calls after Close, and calls within a callback.
package misuse

import (
	"fmt"
	"strings"
	"testing"
)

// Call is a wrong call.
type Call struct {
	Name string       // of the test
	Call func() error // makes the call and returns its error
	Want string       // part of the error's text: the name of what is wrong
}

// Check makes each call in a test of its own. A call fails the test if it returns no error, if
// the text of the error does not contain Want or has a line break, or if the call panics.
func Check(t *testing.T, calls ...Call) {
	t.Helper()
	for _, c := range calls {
		t.Run(c.Name, func(t *testing.T) {
			if problem := problemOf(c); problem != "" {
				t.Error(problem)
			}
		})
	}
}

// problemOf makes the call. It returns "" if the error is as wanted.
func problemOf(c Call) (problem string) {
	defer func() {
		if r := recover(); r != nil {
			problem = fmt.Sprintf("the call panics: %v", r)
		}
	}()
	err := c.Call()
	if err == nil || !strings.Contains(err.Error(), c.Want) || strings.Contains(err.Error(), "\n") {
		return fmt.Sprintf("the error is %v, want %q in one line", err, c.Want)
	}
	return ""
}

// Panic returns what f panics with as an error, or nil if f returns. It is for functions without
// an error as a result, which panic with the name of the mistake.
func Panic(f func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case string:
			err = fmt.Errorf("%s", r)
		default: // an error of the runtime, which has no name of the mistake
			panic(r)
		}
	}()
	f()
	return nil
}
