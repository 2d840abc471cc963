package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"image"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"inkstone/train/data/picture"
)

// input is a picture to classify.
type input struct {
	name  string
	label string // what it shows, "" if unknown
	read  func(ctx context.Context) (*picture.Picture, error)
}

// standardInput is what the name - stands for. Tests replace it.
var standardInput io.Reader = os.Stdin

// maxInput bounds the bytes that are read from the standard input.
const maxInput = 1 << 30

// collector lists the pictures that the arguments of the command name.
type collector struct {
	limit   int // pixels of a picture
	inputs  []input
	skipped int // files in folders that are no pictures
}

// add adds the pictures of an argument: a picture, a folder of pictures, a CSV file with an image
// in each row, or - for a picture or a CSV file from the standard input.
func (c *collector) add(name string) error {
	if name == "-" {
		content, err := io.ReadAll(io.LimitReader(standardInput, maxInput+1))
		switch {
		case err != nil:
			return fmt.Errorf("the standard input: %w", err)
		case len(content) > maxInput:
			return fmt.Errorf("the standard input has more than %d bytes", maxInput)
		case isTable(content):
			return c.addTable("standard input", bytes.NewReader(content))
		}
		c.inputs = append(c.inputs, input{name: "-", read: func(ctx context.Context) (*picture.Picture, error) {
			p, err := picture.ReadFrom(ctx, bytes.NewReader(content), c.limit)
			if err != nil {
				return nil, fmt.Errorf("the standard input: %w", err)
			}
			return p, nil
		}})
		return nil
	}
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return c.addFolder(name)
	case strings.EqualFold(filepath.Ext(name), ".csv"):
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		return c.addTable(name, f)
	}
	c.addPicture(name) // an error is reported with the pictures that can be read
	return nil
}

func (c *collector) addPicture(name string) {
	c.inputs = append(c.inputs, input{name: name, read: func(ctx context.Context) (*picture.Picture, error) {
		return picture.Read(ctx, name, c.limit)
	}})
}

// extensions are those of the pictures that are read in a folder.
var extensions = []string{".png", ".jpg", ".jpeg", ".gif"}

// addFolder adds the pictures in a folder and its subfolders, by name, without hidden files.
func (c *collector) addFolder(folder string) error {
	before := len(c.inputs)
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != folder && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return filepath.SkipDir
			}
		case d.IsDir():
		case slices.Contains(extensions, strings.ToLower(filepath.Ext(path))):
			c.addPicture(path)
		default:
			c.skipped++
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(c.inputs) == before {
		return fmt.Errorf("the folder %s has no picture with the extension %s", folder, strings.Join(extensions, ", "))
	}
	return nil
}

// isTable reports whether content looks like rows of numbers with commas between them.
func isTable(content []byte) bool {
	line, _, _ := bytes.Cut(content[:min(len(content), 1<<16)], []byte("\n"))
	return bytes.Count(line, []byte(",")) > 10 && !bytes.Contains(line, []byte{0})
}

// addTable adds the images in the rows of a CSV file, in the form of Kaggle's digit recognizer: 784
// numbers from 0 to 255, row by row, white on black, after a label or without. The first line may
// have names.
func (c *collector) addTable(name string, r io.Reader) error {
	const size = picture.Size * picture.Size
	table := csv.NewReader(r)
	table.ReuseRecord, table.TrimLeadingSpace, table.FieldsPerRecord = true, true, -1
	for line := 1; ; line++ {
		record, err := table.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if line == 1 && isHeader(record) {
			continue
		}
		if len(record) != size && len(record) != size+1 {
			return fmt.Errorf("%s: line %d has %d fields, want %d pixels, or a label and %d pixels", name, line, len(record), size, size)
		}
		in := input{name: fmt.Sprintf("%s:%d", name, line)}
		if len(record) == size+1 {
			in.label, record = record[0], record[1:]
		}
		img := image.NewGray(image.Rect(0, 0, picture.Size, picture.Size))
		for i, field := range record {
			v, err := strconv.ParseUint(strings.TrimSpace(field), 10, 8)
			if err != nil {
				return fmt.Errorf("%s: line %d: pixel %d is %q, want a whole number from 0 to 255", name, line, i, field)
			}
			img.Pix[i] = byte(v)
		}
		in.read = func(context.Context) (*picture.Picture, error) {
			return &picture.Picture{Image: img, Row: []*image.Gray{img}}, nil
		}
		c.inputs = append(c.inputs, in)
	}
	return nil
}

// isHeader reports whether a row has names in place of pixels.
func isHeader(record []string) bool {
	_, err := strconv.ParseFloat(record[len(record)-1], 64)
	return err != nil
}
