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
//	[a-c]    a character from a to c
//	[^a-c]   a character that is not from a to c
//	?        any character
//	*        any number of characters, including / and .
//	\c       the character c itself
//
// Any other character matches itself. An invalid pattern, see [Check], matches nothing.
func Match(pattern, name string) bool {
	ok, err := match(pattern, name)
	return ok && err == nil && pattern != ""
}

// Check returns an error if a pattern is empty, has an unclosed bracket, or ends in a
// backslash.
func Check(pattern string) error {
	if _, err := match(pattern, ""); err != nil || pattern == "" {
		return fmt.Errorf("pattern %q is not valid, want one such as conv1* or *.bias", pattern)
	}
	return nil
}

// match is [path.Match] in which * and ? match a slash too.
func match(pattern, name string) (bool, error) {
	plain := strings.NewReplacer("/", "\x00")
	return path.Match(plain.Replace(pattern), plain.Replace(name))
}
