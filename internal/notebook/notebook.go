// Package notebook reads Jupyter notebooks with Go cells and converts them to programs, so
// that a test can compile and run them without gophernotes.
package notebook

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
)

// Cell is a code cell with its output.
type Cell struct {
	Number int // position among all cells of the notebook, from 1
	Source string
	Tags   []string
	Stdout string            // text that the cell printed
	Shown  map[string]string // display of the last value, by MIME type
}

// Has reports whether the cell has the tag.
func (c *Cell) Has(tag string) bool { return slices.Contains(c.Tags, tag) }

// text is a string that a notebook stores as a string or as a list of lines.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	var lines []string
	if json.Unmarshal(b, &lines) == nil {
		*t = ""
		for _, l := range lines {
			*t += text(l)
		}
		return nil
	}
	return json.Unmarshal(b, (*string)(t))
}

// Notebook is a notebook file.
type Notebook struct {
	Kernel string // name of the kernel: gophernotes or gonb
	Cells  []Cell // of code
	Texts  []Text
}

// Text is a cell of text in Markdown.
type Text struct {
	Number int // position among all cells of the notebook, from 1
	Source string
}

// Read reads a notebook file. It returns an error if a cell of code was not run or ended in an
// error.
func Read(path string) (*Notebook, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file struct {
		Metadata struct {
			Kernelspec struct{ Name string }
		}
		Cells []struct {
			Type     string `json:"cell_type"`
			Source   text
			Count    *int `json:"execution_count"`
			Metadata struct{ Tags []string }
			Outputs  []struct {
				Type string `json:"output_type"`
				Name string
				Text text
				Data map[string]text
			}
		}
	}
	if err := json.Unmarshal(content, &file); err != nil {
		return nil, fmt.Errorf("notebook %s: %w", path, err)
	}
	n := &Notebook{Kernel: file.Metadata.Kernelspec.Name}
	for i, c := range file.Cells {
		if c.Type != "code" {
			n.Texts = append(n.Texts, Text{i + 1, string(c.Source)})
			continue
		}
		if c.Count == nil {
			return nil, fmt.Errorf("notebook %s, cell %d: it was not run", path, i+1)
		}
		cell := Cell{Number: i + 1, Source: string(c.Source), Tags: c.Metadata.Tags, Shown: map[string]string{}}
		for _, o := range c.Outputs {
			switch {
			case o.Type == "stream" && o.Name == "stdout":
				cell.Stdout += string(o.Text)
			case o.Type == "error" || o.Type == "stream":
				return nil, fmt.Errorf("notebook %s, cell %d: it ended in an error", path, i+1)
			}
			for mime, data := range o.Data {
				cell.Shown[mime] += string(data)
			}
		}
		n.Cells = append(n.Cells, cell)
	}
	return n, nil
}
