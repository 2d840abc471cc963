// Package pattern matches the names of parameters, such as conv1.weight or
// block1/conv2.bias, with patterns, such as conv* or *.bias.
package pattern

import (
	"fmt"
	"path"
	"strings"
)

// Match reports whether a name matches a pattern:
//
//	[a-c]    one of the characters a to c
//	[^a-c]   any other character
//	?        any character
//	*        any number of characters, including / and .
//	\c       the character c itself
//
// Any other character stands for itself. A pattern that [Check] refuses matches nothing.
func Match(pattern, name string) bool {
	ok, err := match(pattern, name)
	return ok && err == nil && pattern != ""
}

// Check returns an error for a pattern that is empty, has a bracket that is not closed,
// or ends in a backslash.
func Check(pattern string) error {
	if _, err := match(pattern, ""); err != nil || pattern == "" {
		return fmt.Errorf("%q is no pattern of names, such as conv1* or *.bias", pattern)
	}
	return nil
}

// match is [path.Match] without a special role for the slash.
func match(pattern, name string) (bool, error) {
	plain := strings.NewReplacer("/", "\x00")
	return path.Match(plain.Replace(pattern), plain.Replace(name))
}
