package main

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"inkstone/docs/book/figures"
	"inkstone/docs/book/html"
	"inkstone/docs/book/marks"
	"inkstone/docs/book/measure"
)

var again = flag.String("measure", "", "run this experiment again, or all, and compare its numbers with the stored ones; takes minutes")

// opened is the book, which all tests share.
var opened = sync.OnceValues(func() (*book, error) { return open("../..") })

func openBook(t *testing.T) *book {
	t.Helper()
	b, err := opened()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// names returns the names of the files of a language.
func names(t *testing.T, language string) []string {
	t.Helper()
	list, err := filepath.Glob(language + "/*.md")
	if err != nil || len(list) == 0 {
		t.Fatalf("%s has no chapters: %v", language, err)
	}
	for i, path := range list {
		list[i] = filepath.Base(path)
	}
	return list
}

// The text has the numbers, the code and the outputs that the programs give today.
func TestFilled(t *testing.T) {
	b := openBook(t)
	for _, l := range languages {
		for _, name := range names(t, l) {
			old, text, err := b.filled(filepath.Join(l, name))
			if err != nil {
				t.Error(err)
			} else if old != text {
				t.Errorf("%s/%s is not filled: run go generate ./docs/book\n%s", l, name, firstDifference(old, text))
			}
		}
	}
}

// firstDifference returns the first lines that differ.
func firstDifference(old, text string) string {
	a, b := strings.Split(old, "\n"), strings.Split(text, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return "has  " + a[i] + "\nwant " + b[i]
		}
	}
	return ""
}

// The figures are those that the programs draw today, and each is shown.
func TestFigures(t *testing.T) {
	files, err := figures.All(openBook(t).results)
	if err != nil {
		t.Fatal(err)
	}
	var shown string
	for _, l := range languages {
		for _, name := range names(t, l) {
			shown += read(t, filepath.Join(l, name))
		}
	}
	for name, content := range files {
		if old, err := os.ReadFile(filepath.Join("figures", name)); err != nil || string(old) != content {
			t.Errorf("figures/%s is out of date (%v): run go generate ./docs/book", name, err)
		}
		if !strings.Contains(shown, "(../figures/"+name+")") {
			t.Errorf("no chapter shows figures/%s", name)
		}
	}
	list, err := filepath.Glob("figures/*.svg")
	if err != nil || len(list) != len(files) {
		t.Errorf("the folder has %d figures and the program draws %d (%v)", len(list), len(files), err)
	}
}

// skeleton matches what must be the same in both languages: levels and numbers of headings, figures,
// exercises, marks, links to files, formulas, and code.
var skeleton = regexp.MustCompile("(?m)^#+ [\\d.]*|^!\\[|\\.\\./figures/\\w+|^- \\*\\* [\\d.]+|\\(`[A-Z]\\w+`\\)|<!--(?:num|math|code|text) [\\w.,-]+|^```\\w*|\\$`[^`]+`\\$|\\]\\([^)#]*\\)")

// Both languages have the same chapters, sections, figures, exercises, numbers, formulas and links.
func TestLanguages(t *testing.T) {
	en, zh := names(t, "en"), names(t, "zh")
	if !slices.Equal(en, zh) {
		t.Fatalf("the chapters differ:\n%v\n%v", en, zh)
	}
	same := strings.NewReplacer("Exercise", "", "练习", "", ".zh-CN", "", "(../zh/", "(../en/", ".zh.svg", ".en.svg", "（", "(", "）", ")")
	for _, name := range en {
		first := parts(skeleton.FindAllString(same.Replace(read(t, "en/"+name)), -1))
		second := parts(skeleton.FindAllString(same.Replace(read(t, "zh/"+name)), -1))
		if len(first) != len(second) {
			t.Errorf("%s has %d sections in English and %d in Chinese", name, len(first), len(second))
			continue
		}
		for i, part := range first {
			for _, s := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(part, second[i])))) {
				if a, b := count(part, s), count(second[i], s); a != b {
					t.Errorf("%s, section %q: %s is there %d times in English and %d times in Chinese", name, part[0], s, a, b)
				}
			}
		}
	}
}

func count(list []string, s string) int {
	n := 0
	for _, x := range list {
		if x == s {
			n++
		}
	}
	return n
}

// parts divides a skeleton at the headings. The order within a part does not matter, and a formula counts
// once, because the languages repeat them differently.
func parts(list []string) [][]string {
	var all [][]string
	for _, s := range list {
		if strings.HasPrefix(s, "#") || all == nil {
			all = append(all, nil)
		}
		last := &all[len(all)-1]
		if !strings.HasPrefix(s, "$") || !slices.Contains(*last, s) {
			*last = append(*last, s)
		}
	}
	return all
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// Links point at files and headings that exist.
func TestLinks(t *testing.T) {
	for _, l := range languages {
		for _, name := range names(t, l) {
			text := read(t, filepath.Join(l, name))
			for _, m := range link.FindAllStringSubmatch(text, -1) {
				if strings.Contains(m[1], "://") {
					continue
				}
				file, anchor, _ := strings.Cut(m[1], "#")
				target := filepath.Join(l, file)
				if file == "" {
					target = filepath.Join(l, name)
				}
				if _, err := os.Stat(target); err != nil {
					t.Errorf("%s/%s links to %s: %v", l, name, m[1], err)
				} else if anchor != "" && !slices.Contains(anchors(read(t, target)), anchor) {
					t.Errorf("%s/%s links to %s, which has no such heading", l, name, m[1])
				}
			}
		}
	}
}

func anchors(text string) []string {
	var list []string
	for _, m := range regexp.MustCompile("(?m)^#+ (.*)$").FindAllStringSubmatch(text, -1) {
		list = append(list, html.Anchor(m[1]))
	}
	return list
}

// A line does not begin with a mark within the text, because Markdown would take it for a block of
// HTML; a formula within the text does not follow a letter; and all code in Go and Python comes from files.
func TestMarkdown(t *testing.T) {
	wrong := map[string]*regexp.Regexp{
		"a line begins with <!--num":        regexp.MustCompile(`(?m)^\s*([-*>]|\d+\.)?\s*<!--num`),
		"a formula follows a letter":        regexp.MustCompile("[\\pL\\pN]\\$`"),
		"a formula is followed by a letter": regexp.MustCompile("`\\$[\\pL\\pN]"),
		"code is not between marks":         regexp.MustCompile("(?m)([^>]|^)\n```(go|python)$"),
	}
	for _, l := range languages {
		for _, name := range names(t, l) {
			text := read(t, filepath.Join(l, name))
			for what, pattern := range wrong {
				if found := pattern.FindString(text); found != "" {
					t.Errorf("%s/%s: %s: %q", l, name, what, found)
				}
			}
			if list, err := marks.All(text); err != nil {
				t.Errorf("%s/%s: %v", l, name, err)
			} else if strings.Count(text, "<!--") != 2*len(list) {
				t.Errorf("%s/%s has %d comments, want two for each of %d marks", l, name, strings.Count(text, "<!--"), len(list))
			}
		}
	}
}

var caption = regexp.MustCompile(`(?m)^\*(?:Figure |图 )(\d+)\.(\d+)`)

// The figures of a chapter are numbered one after another, and each has a caption.
func TestCaptions(t *testing.T) {
	for _, l := range languages {
		for _, name := range names(t, l) {
			text := read(t, filepath.Join(l, name))
			list := caption.FindAllStringSubmatch(text, -1)
			if n := strings.Count(text, "]("+"../figures/"); n != len(list) {
				t.Errorf("%s/%s has %d figures and %d captions", l, name, n, len(list))
			}
			for i, m := range list {
				if want := strings.TrimLeft(name[:2], "0") + "." + strconv.Itoa(i+1); m[1]+"."+m[2] != want {
					t.Errorf("%s/%s: figure %s.%s, want %s", l, name, m[1], m[2], want)
				}
			}
		}
	}
}

var command = regexp.MustCompile(`go (?:run|test|generate)(?: -[a-z]+ exercise)? \./([\w/]+)`)

// The programs and packages that the text calls exist.
func TestCommands(t *testing.T) {
	found := 0
	for _, l := range languages {
		for _, name := range names(t, l) {
			for _, m := range command.FindAllStringSubmatch(read(t, filepath.Join(l, name)), -1) {
				found++
				if list, err := filepath.Glob(filepath.Join("..", "..", m[1], "*.go")); err != nil || len(list) == 0 {
					t.Errorf("%s/%s calls %s, which is no package", l, name, m[0])
				}
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d commands", found)
	}
}

// prose returns the Chinese text without code, formulas, links and marks.
func prose(text string) string {
	for _, p := range []string{"(?s)```.*?```", "<!--.*?-->"} {
		text = regexp.MustCompile(p).ReplaceAllString(text, "")
	}
	text = regexp.MustCompile("\\$?`[^`\n]+`\\$?").ReplaceAllString(text, "x") // stands for Latin text
	text = regexp.MustCompile(`\]\([^)]*\)`).ReplaceAllString(text, "]")
	return strings.NewReplacer("*", "", "[", "", "]", "", "!", "").Replace(text)
}

// Chinese text has full-width punctuation, curved quotation marks, and a space between Chinese and Latin
// characters. A paragraph is one line, because a line break would become a space.
func TestTypography(t *testing.T) {
	wrong := map[string]*regexp.Regexp{
		"punctuation of half width":            regexp.MustCompile(`\p{Han} ?[,;:?!()]|[,;:?!()]\p{Han}|\p{Han}\.`),
		"no space between Chinese and Latin":   regexp.MustCompile(`\p{Han}[A-Za-z0-9%$]|[A-Za-z0-9%$]\p{Han}`),
		"a space beside Chinese punctuation":   regexp.MustCompile(`[^\n|>#-] [，。；：！？、（）“”《》]|[，。；：！？、（）“”《》] [^|\n]`),
		"straight or angular quotation marks":  regexp.MustCompile(`\p{Han}["']|["']\p{Han}|[「」『』]`),
		"a line break in a paragraph":          regexp.MustCompile(`[\p{Han}，。；：！？、（）“”]\n[\p{Han}“（]`),
		"two spaces between Chinese and Latin": regexp.MustCompile(`\p{Han}  +[A-Za-z0-9]|[A-Za-z0-9]  +\p{Han}`),
	}
	for _, name := range names(t, "zh") {
		text := prose(read(t, "zh/"+name))
		for what, pattern := range wrong {
			for _, at := range pattern.FindAllStringIndex(text, -1) {
				from, to := max(0, at[0]-30), min(len(text), at[1]+30)
				t.Errorf("zh/%s: %s: …%s…", name, what, strings.ToValidUTF8(strings.ReplaceAll(text[from:to], "\n", "⏎"), ""))
			}
		}
	}
}

var exercise = regexp.MustCompile("(?m)^- \\*\\*Exercise (\\d+)\\.(\\d+)\\*\\* \\(`(\\w+)`\\)")

// A chapter has three to five exercises, and each is a function to fill in, with a solution of the same form.
func TestExercises(t *testing.T) {
	for _, name := range names(t, "en") {
		if name[0] < '0' || name[0] > '9' {
			continue
		}
		text := read(t, "en/"+name)
		list := exercise.FindAllStringSubmatch(text, -1)
		if len(list) < 3 || len(list) > 5 {
			t.Errorf("%s has %d exercises, want 3 to 5", name, len(list))
		}
		folder := "exercises/ch" + name[:2]
		empty, solved := functions(t, folder+"/exercise.go"), functions(t, folder+"/solution.go")
		for _, m := range list {
			if empty[m[3]] == "" || empty[m[3]] != solved[m[3]] {
				t.Errorf("exercise %s.%s: %s is %q to fill in and %q in the solution", m[1], m[2], m[3], empty[m[3]], solved[m[3]])
			}
			if !strings.Contains(read(t, folder+"/exercise.go"), "// exercise "+m[1]+"."+m[2]) {
				t.Errorf("%s/exercise.go does not name exercise %s.%s", folder, m[1], m[2])
			}
		}
	}
}

// functions returns the type of each function of a file.
func functions(t *testing.T, path string) map[string]string {
	t.Helper()
	content := read(t, path)
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, content, 0)
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]string{}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			types[f.Name.Name] = content[set.Position(f.Type.Pos()).Offset:set.Position(f.Type.End()).Offset]
		}
	}
	return types
}

// plainFormulas shows formulas as they are written.
type plainFormulas struct{}

func (plainFormulas) Render(formulas []html.Formula) ([]string, error) {
	var out []string
	for _, f := range formulas {
		out = append(out, "<code>"+f.TeX+"</code>")
	}
	return out, nil
}

func (plainFormulas) CSS() (string, error) { return "", nil }

// The HTML book has every chapter, no mark and no placeholder, and its links lead to its own anchors.
func TestHTML(t *testing.T) {
	for _, l := range languages {
		b, err := html.Page(l, l, plainFormulas{})
		if err != nil {
			t.Fatal(err)
		}
		page := string(b)
		for _, name := range names(t, l) {
			if !strings.Contains(page, `<article id="`+strings.TrimSuffix(name, ".md")+`">`) {
				t.Errorf("%s: no article for %s", l, name)
			}
		}
		for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1) {
			id, err := url.PathUnescape(m[1])
			if err != nil || !strings.Contains(page, `id="`+id+`"`) {
				t.Errorf("%s: a link leads to %q, which is not there (%v)", l, id, err)
			}
		}
		for _, bad := range []string{"<!--", "FORMULA", "$`", "../"} {
			if i := strings.Index(page, bad); i >= 0 {
				t.Errorf("%s: the page has %q: %s", l, bad, page[max(0, i-60):min(len(page), i+60)])
			}
		}
	}
}

// Experiments give the stored numbers again, within their spreads.
func TestMeasure(t *testing.T) {
	if *again == "" {
		t.Skip("takes minutes; run with -measure NAME or -measure all")
	}
	b := openBook(t)
	env, err := measure.NewEnv(t.Context(), os.Getenv("INKSTONE_DATA"), t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range measure.Experiments {
		if *again != "all" && *again != e.Name {
			continue
		}
		r, err := measure.Run(t.Context(), e.Name, env)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range measure.Compare(b.results[e.Name], r) {
			t.Errorf("%s: %s", e.Name, line)
		}
	}
}
