package report

import (
	"fmt"
)

// language is the language of a report. The texts in the code are English, and a language has
// translations of them.
type language struct {
	Code  string
	words map[string]string // by the English text; nil for English
}

var english = language{Code: "en"}

// Languages returns the languages of [Page].
func Languages() []string { return []string{"en", "zh"} }

func languageOf(code string) (language, error) {
	switch code {
	case "en":
		return english, nil
	case "zh":
		return language{"zh-CN", chinese}, nil
	}
	return english, fmt.Errorf("report: language %q, want en or zh", code)
}

// t returns the translation of a text, or the text itself if there is none.
func (l language) t(text string) string {
	if translated, ok := l.words[text]; ok {
		return translated
	}
	return text
}

// T is t for the template.
func (l language) T(text string) string { return l.t(text) }

// f formats values with the translation of a format.
func (l language) f(format string, values ...any) string {
	return fmt.Sprintf(l.t(format), values...)
}
