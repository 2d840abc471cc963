package main

import (
	_ "embed"
	"fmt"
	"html/template"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"

	"inkstone/internal/atomicfile"
	"inkstone/model"
)

//go:embed page.html
var page string

var pageTemplate = template.Must(template.New("page").Parse(page))

// writePage writes the explanations to an HTML file, which needs no other file and no script.
func writePage(path string, m *model.Model, all []explanation) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		return pageTemplate.Execute(w, map[string]any{"Model": m.String(), "All": all})
	})
}

// writePictures writes a folder with a PNG picture for each explanation and a text file with those
// that have no picture. The names begin with the number of the image and its name.
func writePictures(folder string, all []explanation) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	for i, x := range all {
		base := filepath.Join(folder, fmt.Sprintf("%d-%s", i+1, fileName(x.Name)))
		var text strings.Builder
		fmt.Fprintf(&text, "%s: %s\n", x.Name, x.Answer)
		parts := append([]part{{name: "image", picture: x.image}}, x.Parts...)
		for _, p := range parts {
			if p.picture == nil {
				fmt.Fprintf(&text, "\n%s\n%s", p.Title, p.text)
				continue
			}
			err := atomicfile.Write(base+"-"+p.name+".png", func(w io.Writer) error { return png.Encode(w, p.picture) })
			if err != nil {
				return err
			}
		}
		err := atomicfile.Write(base+".txt", func(w io.Writer) error { _, err := io.WriteString(w, text.String()); return err })
		if err != nil {
			return err
		}
	}
	return nil
}

// fileName returns the name of a picture as a part of a file name: the base of its path, with
// only letters, digits, dots, - and _.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 127 {
			return r
		}
		return '-'
	}, strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)))
}
