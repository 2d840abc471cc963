// Package html makes an HTML file of the book in one language. The file needs no other file and no
// network: it holds the figures, the formulas with their fonts, and a search.
package html

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	renderer "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed search.js
var searchJS string

var page = template.Must(template.New("page").Parse(pageHTML))

// chapter is a file of the book.
type chapter struct {
	Name, Title string // Name without ".md"
	Sections    []section
	Body        template.HTML
}

type section struct{ ID, Title string }

// Page returns the book in a folder as an HTML file.
func Page(folder, language string, r Renderer) ([]byte, error) {
	paths, err := files(folder)
	if err != nil {
		return nil, err
	}
	var chapters []*chapter
	f := &formulas{}
	for _, path := range paths {
		c, err := convert(path, f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		chapters = append(chapters, c)
	}
	set, err := r.Render(f.list)
	if err != nil {
		return nil, err
	}
	for _, c := range chapters {
		c.Body = template.HTML(closed.ReplaceAllString(string(c.Body), `<span class="close">$1$2</span>`))
		c.Body = template.HTML(placeholder.ReplaceAllStringFunc(string(c.Body), func(s string) string {
			return set[f.index(s)]
		}))
	}
	css, err := r.CSS()
	if err != nil {
		return nil, err
	}
	data := struct {
		Language, Title, Search string
		CSS                     template.CSS
		JS                      template.JS
		Chapters                []*chapter
	}{language, chapters[0].Title, map[string]string{"en": "Search", "zh": "搜索"}[language], template.CSS(css + pageCSS), template.JS(searchJS), chapters}
	var b bytes.Buffer
	err = page.Execute(&b, data)
	return b.Bytes(), err
}

// files returns the files of the book: README.md, the chapters, and the rest.
func files(folder string) ([]string, error) {
	list, err := filepath.Glob(filepath.Join(folder, "*.md"))
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%s has no chapters", folder)
	}
	slices.SortFunc(list, func(a, b string) int { return strings.Compare(order(a), order(b)) })
	return list, err
}

// order returns the name by which a file is sorted.
func order(path string) string {
	if name := filepath.Base(path); name != "README.md" {
		return name
	}
	return ""
}

// shortTeX is the length of a formula that may stay on one line with the punctuation after it.
const shortTeX = 40

// formulas are the formulas of the book. In the Markdown a placeholder stands for each, which ends in Y for
// a short formula within the text and in X for others.
type formulas struct{ list []Formula }

var (
	displayed   = regexp.MustCompile("(?ms)^```math\n(.*?)\n```$")
	inline      = regexp.MustCompile("\\$`([^`]+)`\\$")
	comment     = regexp.MustCompile(`(?s)<!--.*?-->`)
	placeholder = regexp.MustCompile(`FORMULA\d+[XY]`)
	closed      = regexp.MustCompile(`(FORMULA\d+Y)([，。；：！？、）,.;:)])`) // a short formula and its punctuation
)

// replace returns the text with placeholders for its formulas.
func (f *formulas) replace(text string) string {
	for _, kind := range []struct {
		pattern *regexp.Regexp
		display bool
	}{{displayed, true}, {inline, false}} {
		text = kind.pattern.ReplaceAllStringFunc(text, func(s string) string {
			tex := kind.pattern.FindStringSubmatch(s)[1]
			f.list = append(f.list, Formula{tex, kind.display})
			if !kind.display && len(tex) < shortTeX {
				return fmt.Sprintf("FORMULA%dY", len(f.list)-1)
			}
			return fmt.Sprintf("FORMULA%dX", len(f.list)-1)
		})
	}
	return text
}

// index returns the number in a placeholder.
func (f *formulas) index(placeholder string) int {
	var i int
	if _, err := fmt.Sscanf(placeholder, "FORMULA%d", &i); err != nil {
		panic(err) // a mistake in this package: the pattern has matched
	}
	return i
}

// convert returns a file as HTML, with placeholders for the formulas.
func convert(path string, f *formulas) (*chapter, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	source := []byte(f.replace(comment.ReplaceAllString(string(content), "")))
	c := &chapter{Name: strings.TrimSuffix(filepath.Base(path), ".md")}
	md := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough),
		goldmark.WithParserOptions(parser.WithAutoHeadingID()), goldmark.WithRendererOptions(renderer.WithUnsafe()))
	doc := md.Parser().Parse(text.NewReader(source), parser.WithContext(parser.NewContext(parser.WithIDs(&ids{chapter: c.Name}))))
	var outside []*ast.Link
	err = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			title := string(n.Lines().Value(source))
			if n.Level == 1 {
				c.Title = title
			} else if id, ok := n.AttributeString("id"); ok && n.Level == 2 {
				c.Sections = append(c.Sections, section{string(id.([]byte)), title})
			}
		case *ast.Image:
			picture, err := os.ReadFile(filepath.Join(filepath.Dir(path), string(n.Destination)))
			if err != nil {
				return ast.WalkStop, err
			}
			n.Destination = []byte("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(picture))
		case *ast.Link:
			if to, ok := target(string(n.Destination), c.Name); ok {
				n.Destination = []byte(to)
			} else {
				outside = append(outside, n)
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return nil, err
	}
	for _, n := range outside {
		unlink(n)
	}
	var b bytes.Buffer
	err = md.Renderer().Render(&b, source, doc)
	c.Body = template.HTML(b.String())
	return c, err
}

// otherLanguage matches the link to the book in another language.
var otherLanguage = regexp.MustCompile(`^\.\./([a-z]{2})/README\.md$`)

// FileName returns the name of the file with the book in a language, to which the others link.
func FileName(language string) string { return "inkstone-book-" + language + ".html" }

// unlink replaces a link by its text.
func unlink(n *ast.Link) {
	for child := n.FirstChild(); child != nil; child = n.FirstChild() {
		n.Parent().InsertBefore(n.Parent(), n, child)
	}
	n.Parent().RemoveChild(n.Parent(), n)
}

// target returns the address, in the page, of what a chapter links to. ok is false for a file of the
// repository that is not part of the book.
func target(link, own string) (address string, ok bool) {
	if strings.Contains(link, "://") {
		return link, true
	}
	if m := otherLanguage.FindStringSubmatch(link); m != nil {
		return FileName(m[1]), true
	}
	file, anchor, _ := strings.Cut(link, "#")
	if file == "" {
		file = own + ".md"
	}
	name, markdown := strings.CutSuffix(file, ".md")
	if !markdown || strings.Contains(file, "/") {
		return "", false
	}
	if anchor == "" {
		return "#" + name, true
	}
	return "#" + name + "--" + anchor, true
}

// ids makes the anchors of headings.
type ids struct {
	chapter string
	used    []string
}

// Generate returns the anchor of a heading, with the chapter before it.
func (s *ids) Generate(value []byte, _ ast.NodeKind) []byte {
	id := s.chapter + "--" + Anchor(string(value))
	for n := 1; slices.Contains(s.used, id); n++ {
		id = fmt.Sprintf("%s--%s-%d", s.chapter, Anchor(string(value)), n)
	}
	s.Put([]byte(id))
	return []byte(id)
}

// Put notes that an anchor is used.
func (s *ids) Put(value []byte) { s.used = append(s.used, string(value)) }

var notInAnchor = regexp.MustCompile(`[^\pL\pN _-]`)

// Anchor returns the anchor that repository hosts make of a heading.
func Anchor(heading string) string {
	return strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), ""), " ", "-")
}
