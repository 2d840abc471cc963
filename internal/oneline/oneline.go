// Package oneline keeps names on one line: of classes, data sets, folders and files. A line
// break or a control character in a name would break the lines of messages, logs and tables.
package oneline

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Check returns an error if a name is not valid UTF-8 or has a control character or a line
// break. The error quotes the name.
func Check(name string) error {
	if !utf8.ValidString(name) {
		return fmt.Errorf("%q is not valid UTF-8", name)
	}
	if i := strings.IndexFunc(name, isBreak); i >= 0 {
		r, _ := utf8.DecodeRuneInString(name[i:])
		return fmt.Errorf("%q has the control character %q, want a name on one line", name, r)
	}
	return nil
}

// Escape returns text with its control characters, line breaks and bytes that are not UTF-8 as
// escapes of Go, such as \n and \xff. Other text does not change.
func Escape(text string) string {
	if Check(text) == nil {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if part := text[:size]; isBreak(r) || r == utf8.RuneError && size == 1 {
			quoted := strconv.QuoteToASCII(part)
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteString(part)
		}
		text = text[size:]
	}
	return b.String()
}

// isBreak reports whether a character may break a line or control a terminal.
func isBreak(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) }
