package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"inkstone/docs/book/figures"
	"inkstone/docs/book/marks"
	"inkstone/docs/book/measure"
	"inkstone/docs/book/numbers"
	"inkstone/internal/atomicfile"
)

var languages = []string{"en", "zh"}

// book is the book with its numbers.
type book struct {
	folder  string // docs/book
	results map[string]*measure.Result
	values  marks.Values
}

// open reads the stored results and computes the other numbers.
func open(root string) (*book, error) {
	b := &book{folder: filepath.Join(root, "docs", "book")}
	var err error
	if b.results, err = measure.Load(os.DirFS(b.resultsFolder())); err != nil {
		return nil, err
	}
	b.values, err = numbers.All(b.results)
	return b, err
}

func (b *book) resultsFolder() string { return filepath.Join(b.folder, "measure", "results") }

// chapters returns the files of a language, in their order.
func (b *book) chapters(language string) ([]string, error) {
	list, err := filepath.Glob(filepath.Join(b.folder, language, "*.md"))
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%s has no chapters", filepath.Join(b.folder, language))
	}
	return list, err
}

// filled returns the text of a file with its marked places filled.
func (b *book) filled(path string) (old, text string, err error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", "", err
	}
	values := maps.Clone(b.values)
	text = string(content)
	for range 2 { // the second time with the reading time of the filled text
		values["minutes"] = minutes(text)
		if text, err = marks.Fill(text, values, marks.Files(os.DirFS(b.folder))); err != nil {
			break
		}
	}
	if err != nil {
		err = fmt.Errorf("%s:\n%w", path, err)
	}
	return string(content), text, err
}

var (
	comments = regexp.MustCompile("(?s)<!--.*?-->")
	blocks   = regexp.MustCompile("(?s)```(\\w*)\n(.*?)```")
	han      = regexp.MustCompile(`\p{Han}`)
)

// minutes returns the time that it takes to read a chapter, in steps of five: a minute for 180 words, for
// 300 Chinese characters, for two formulas, and for twelve lines of code.
func minutes(text string) int {
	text = comments.ReplaceAllString(text, "")
	time := 0.0
	for _, m := range blocks.FindAllStringSubmatch(text, -1) {
		if m[1] == "math" {
			time += 0.5
		} else {
			time += float64(strings.Count(m[2], "\n")) / 12
		}
	}
	text = blocks.ReplaceAllString(text, "")
	time += float64(len(han.FindAllString(text, -1))) / 300
	time += float64(len(strings.Fields(han.ReplaceAllString(text, " ")))) / 180
	return max(5, 5*int(math.Round(time/5)))
}

// fill writes the figures and fills all chapters. A file with a mistake stays as it is.
func (b *book) fill() error {
	files, err := figures.All(b.results)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := atomicfile.WriteBytes(filepath.Join(b.folder, "figures", name), []byte(files[name])); err != nil {
			return err
		}
	}
	var wrong []error
	for _, l := range languages {
		list, err := b.chapters(l)
		if err != nil {
			return err
		}
		for _, path := range list {
			old, text, err := b.filled(path)
			if err == nil && text != old {
				err = atomicfile.WriteBytes(path, []byte(text))
			}
			wrong = append(wrong, err)
		}
	}
	return errors.Join(wrong...)
}

// used returns the names of the values that a chapter shows, in the order of the text.
func (b *book) used(chapter int) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(b.folder, "en", fmt.Sprintf("%02d-*.md", chapter)))
	if err != nil || len(paths) != 1 {
		return nil, fmt.Errorf("there is no chapter %d", chapter)
	}
	content, err := os.ReadFile(paths[0])
	if err != nil {
		return nil, err
	}
	list, err := marks.All(string(content))
	var names []string
	for _, m := range list {
		if m.Kind == "code" {
			continue
		}
		for _, n := range m.Names {
			if !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	return names, err
}

// experiment returns the experiment that a value comes from, or "".
func experiment(value string) string {
	for _, e := range measure.Experiments {
		if strings.HasPrefix(value, e.Name+".") {
			return e.Name
		}
	}
	return ""
}

// print prints the numbers of a chapter.
func (b *book) print(chapter int, out io.Writer) error {
	names, err := b.used(chapter)
	if err != nil {
		return err
	}
	for _, n := range names {
		if n == "minutes" { // of a text, not of a computation
			continue
		}
		v := fmt.Sprint(b.values[n])
		if strings.Contains(v, "\n") {
			v = "\n" + v
		}
		from := ""
		if e := experiment(n); e != "" {
			from = "  (stored: experiment " + e + ")"
		}
		fmt.Fprintf(out, "%-28s %s%s\n", n, v, from)
	}
	return nil
}

// measure runs the experiments of a chapter and stores their results.
func (b *book) measure(ctx context.Context, chapter int, dir string, out io.Writer) error {
	names, err := b.used(chapter)
	if err != nil {
		return err
	}
	var list []string
	for _, n := range names {
		if e := experiment(n); e != "" && !slices.Contains(list, e) {
			list = append(list, e)
		}
	}
	if len(list) == 0 {
		return fmt.Errorf("chapter %d measures nothing that needs training", chapter)
	}
	env, err := measure.NewEnv(ctx, dir, func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) })
	if err != nil {
		return err
	}
	for _, name := range list {
		fmt.Fprintln(out, "experiment", name)
		r, err := measure.Run(ctx, name, env)
		if err != nil {
			return err
		}
		if old := b.results[name]; old != nil {
			for _, line := range measure.Compare(old, r) {
				fmt.Fprintln(out, "changed:", line)
			}
		}
		if err := measure.Save(b.resultsFolder(), name, r); err != nil {
			return err
		}
		b.results[name] = r
	}
	b.values, err = numbers.All(b.results)
	return err
}
