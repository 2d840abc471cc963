package page

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// content returns a file of the page.
func content(t *testing.T, name string) string {
	t.Helper()
	b, err := files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A file has its type and a tag, with which a browser does not load it twice.
func TestFiles(t *testing.T) {
	for path, h := range Files() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") == "" || w.Body.Len() == 0 {
			t.Errorf("%s: status %d, type %q, %d bytes", path, w.Code, w.Header().Get("Content-Type"), w.Body.Len())
		}
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("If-None-Match", w.Header().Get("ETag"))
		again := httptest.NewRecorder()
		h.ServeHTTP(again, r)
		if again.Code != http.StatusNotModified {
			t.Errorf("%s: status %d for the tag that the browser has", path, again.Code)
		}
	}
}

// The page refers to files that exist, and to no other site.
func TestReferences(t *testing.T) {
	known := Files()
	reference := regexp.MustCompile(`(?:href|src)="([^"#][^"]*)"|from "\./([^"]+)"`)
	for path := range known {
		name := strings.TrimPrefix(path, "/")
		if path == "/" {
			name = "index.html"
		}
		for _, m := range reference.FindAllStringSubmatch(content(t, name), -1) {
			if known["/"+m[1]+m[2]] == nil {
				t.Errorf("%s refers to %s, which is no file of the page", name, m[1]+m[2])
			}
		}
	}
}

// Both languages have the same texts, and the page uses no others.
func TestWords(t *testing.T) {
	key := regexp.MustCompile(`(?m)^  (\w+): `)
	keys := func(name string) []string {
		var list []string
		for _, m := range key.FindAllStringSubmatch(content(t, name), -1) {
			list = append(list, m[1])
		}
		slices.Sort(list)
		return list
	}
	english := keys("english.js")
	if chinese := keys("chinese.js"); !slices.Equal(english, chinese) {
		t.Errorf("the keys differ: English %v, Chinese %v", english, chinese)
	}
	used := regexp.MustCompile(`data-(?:text|label)="(\w+)"|\bt\("(\w+)"|\bdata: \{ (?:text|label): "(\w+)"|\blabeled\("(\w+)"`)
	for path := range Files() {
		if path == "/" {
			path = "/index.html"
		}
		for _, m := range used.FindAllStringSubmatch(content(t, path[1:]), -1) {
			if word := m[1] + m[2] + m[3] + m[4]; !slices.Contains(english, word) {
				t.Errorf("%s uses the text %s, which does not exist", path, word)
			}
		}
	}
}
