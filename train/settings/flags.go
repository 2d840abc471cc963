package settings

import (
	"flag"
	"fmt"
	"io"
	"strings"
)

// Register adds a flag for each setting to fs. Parsing a flag sets the field and stores the text
// of the flag in texts, by the name of the setting. A text that is not valid is an error of
// [flag.FlagSet.Parse].
func (ls Lists) Register(fs *flag.FlagSet, texts map[string]string) {
	for _, l := range ls {
		for _, s := range l {
			_, isBool := s.Value.Get().(bool)
			fs.Var(&flagValue{s, isBool, texts}, s.Name, s.Help)
		}
	}
}

// flagValue is the [flag.Value] of a setting.
type flagValue struct {
	Setting
	isBool bool // whether the flag needs no argument
	texts  map[string]string
}

func (f *flagValue) String() string {
	if f.Value == nil { // package flag calls String on a zero value
		return ""
	}
	return f.Value.String()
}

func (f *flagValue) Set(text string) error {
	if err := f.Value.Set(text); err != nil {
		return err
	}
	f.texts[f.Name] = text
	return nil
}

func (f *flagValue) IsBoolFlag() bool { return f.isBool }

// Differences returns the settings whose values differ from those of other tables of the
// same structs, as flags.
func (ls Lists) Differences(other Lists) string {
	var parts []string
	for _, l := range ls {
		for _, s := range l {
			if text := s.Value.String(); text != other.Find(s.Name).Value.String() {
				parts = append(parts, "-"+s.Name+" "+text)
			}
		}
	}
	return strings.Join(parts, " ")
}

// WriteHelp writes the help of the settings to w, grouped by topic in the order of topics. The
// current values are shown as the defaults.
func (ls Lists) WriteHelp(w io.Writer, topics []string) {
	for _, topic := range topics {
		fmt.Fprintf(w, "\n%s%s:\n", strings.ToUpper(topic[:1]), topic[1:])
		for _, l := range ls {
			for _, s := range l {
				if s.Topic == topic {
					s.help(w)
				}
			}
		}
	}
}

// help writes the help of a setting in the format of package flag.
func (s Setting) help(w io.Writer) {
	argument, help := flag.UnquoteUsage(&flag.Flag{Name: s.Name, Usage: s.Help, Value: &flagValue{Setting: s}})
	switch s.Value.Get().(type) {
	case bool:
		argument = ""
	case int, uint64:
		argument = strings.Replace(argument, "value", "n", 1)
	case float64:
		argument = strings.Replace(argument, "value", "x", 1)
	case string:
		argument = strings.Replace(argument, "value", "text", 1)
	}
	fmt.Fprintln(w, strings.TrimRight("  -"+s.Name+" "+argument, " "))
	text := s.Value.String()
	_, isBool := s.Value.Get().(bool)
	explained := isBool && text == "false" || text == "0" && strings.Contains(s.Help, " 0 for ") // the help says what no flag means
	if text != "" && !explained {
		help += fmt.Sprintf(" (default %s)", text)
	}
	for _, line := range Wrap(help, helpWidth) {
		fmt.Fprintln(w, "      "+line)
	}
}

// helpWidth is the width of a line of help, in characters.
const helpWidth = 88

// Wrap splits a text into lines of at most width characters, unless a word is longer.
func Wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimLeft(line+" "+word, " ")
	}
	return append(lines, line)
}
