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

// Quote returns patterns that match these names alone, also where a list of patterns gives a
// meaning to a ! at the beginning and to the word none.
func Quote(names ...string) []string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = special.Replace(name)
		if quoted[i] == "none" {
			quoted[i] = `\none`
		}
	}
	return quoted
}

// special puts a backslash before the characters that have a meaning in patterns.
var special = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `!`, `\!`)

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
