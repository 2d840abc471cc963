// Package page holds the files of the web page: HTML, style and JavaScript, used as they are.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"fmt"
	"net/http"
	"path"
	"time"
)

//go:embed index.html *.css *.js *.svg
var files embed.FS

// types are the media types of the files. The table of the system may lack them.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// Files returns a handler for each path of the page. The path of index.html is /.
func Files() map[string]http.Handler {
	handlers := map[string]http.Handler{}
	for name, content := range Content() {
		path := "/" + name
		if name == "index.html" {
			path = "/"
		}
		handlers[path] = file(name, content)
	}
	return handlers
}

// Content returns the content of the files by name.
func Content() map[string][]byte {
	all := map[string][]byte{}
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // the files are part of the program
	}
	for _, entry := range entries {
		if all[entry.Name()], err = files.ReadFile(entry.Name()); err != nil {
			panic(err)
		}
	}
	return all
}

// file returns a handler for a file. A browser keeps a copy and asks each time whether it is
// the current one.
func file(name string, content []byte) http.Handler {
	kind, tag := types[path.Ext(name)], fmt.Sprintf(`"%x"`, sha256.Sum256(content))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("ETag", tag)
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
	})
}
