// Package marks fills the marked places of a Markdown text, so that its numbers, code and outputs come
// from programs. A marked place is a pair of HTML comments, which a repository host does not show:
//
//	<!--num NAMES FORMAT-->0.693<!--/num-->                   numbers within a line
//	<!--math NAMES FORMAT--> ... <!--/math-->                 a formula with numbers, as a block
//	<!--code FILE NAMES--> ... <!--/code-->                   declarations of a file of Go or Python, as a block
//	<!--text NAME--> ... <!--/text-->                         the output of a program, as a block
//
// NAMES are names of values with commas between them, and FORMAT is a format of package fmt for them;
// without one a value has its usual form. A block begins and ends on lines of its own.
package marks

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
)

// Values are the values that a text shows, by name: numbers and texts.
type Values map[string]any

// Source returns declarations of a file, as the file has them.
type Source func(file string, names []string) (string, error)

// languages are the names of languages of code blocks.
var languages = map[string]string{".go": "go", ".py": "python"}

// Mark is a marked place.
type Mark struct {
	Kind, Arguments string
	Names           []string // of values, or of declarations
	Content         string   // what stands there
}

var start = regexp.MustCompile(`(?s)<!--(num|math|code|text) (.*?)-->`)

// Fill returns the text with each marked place filled.
func Fill(text string, values Values, source Source) (string, error) {
	var out strings.Builder
	var wrong []error
	err := each(text, func(before string, m Mark) {
		content, err := m.fill(values, source)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("<!--%s %s-->: %w", m.Kind, m.Arguments, err))
		}
		fmt.Fprintf(&out, "%s<!--%s %s-->%s<!--/%s-->", before, m.Kind, m.Arguments, content, m.Kind)
		text = text[len(before)+len(m.Kind)*2+len(m.Arguments)+len(m.Content)+len("<!-- --><!--/-->"):]
	})
	out.WriteString(text)
	return out.String(), errors.Join(append(wrong, err)...)
}

// All returns the marked places of a text.
func All(text string) ([]Mark, error) {
	var list []Mark
	err := each(text, func(_ string, m Mark) { list = append(list, m) })
	return list, err
}

// each calls f for each marked place, with the text before it.
func each(text string, f func(before string, m Mark)) error {
	for {
		at := start.FindStringSubmatchIndex(text)
		if at == nil {
			return nil
		}
		m := Mark{Kind: text[at[2]:at[3]], Arguments: text[at[4]:at[5]]}
		end := "<!--/" + m.Kind + "-->"
		length := strings.Index(text[at[1]:], end)
		if length < 0 {
			return fmt.Errorf("<!--%s %s--> has no %s", m.Kind, m.Arguments, end)
		}
		m.Content = text[at[1] : at[1]+length]
		names, _, _ := strings.Cut(m.Arguments, " ")
		if m.Kind == "code" {
			m.Names = strings.Fields(m.Arguments)[1:]
		} else {
			m.Names = strings.Split(strings.TrimSpace(names), ",")
		}
		if strings.Contains(m.Content, "<!--") {
			return fmt.Errorf("<!--%s %s--> has a mark inside", m.Kind, m.Arguments)
		}
		f(text[:at[0]], m)
		text = text[at[1]+length+len(end):]
	}
}

// hyphen matches the sign of a negative number, which is a minus in a text.
var hyphen = regexp.MustCompile(`(^|[ (±])-(\d)`)

// fill returns what should stand at a marked place.
func (m Mark) fill(values Values, source Source) (string, error) {
	switch m.Kind {
	case "code":
		file := strings.Fields(m.Arguments)[0]
		code, err := source(file, m.Names)
		return "\n```" + languages[path.Ext(file)] + "\n" + code + "\n```\n", err
	case "text":
		v, err := values.format(m.Names, "%s")
		return "\n```text\n" + strings.TrimRight(v, "\n") + "\n```\n", err
	}
	_, format, _ := strings.Cut(m.Arguments, " ")
	v, err := values.format(m.Names, format)
	if m.Kind == "num" && !strings.Contains(format, "$`") {
		v = hyphen.ReplaceAllString(v, "$1−$2")
	}
	if m.Kind == "math" {
		v = "\n```math\n" + strings.TrimSpace(v) + "\n```\n"
	}
	return v, err
}

// format returns the values of these names in a format.
func (v Values) format(names []string, format string) (string, error) {
	list := make([]any, len(names))
	for i, name := range names {
		value, ok := v[name]
		if !ok {
			return "?", fmt.Errorf("no value is named %q", name)
		}
		list[i] = value
	}
	if format == "" {
		return fmt.Sprint(list...), nil
	}
	text := fmt.Sprintf(format, list...)
	if strings.Contains(text, "%!") {
		return text, errors.New("the format does not fit the values")
	}
	return text, nil
}
