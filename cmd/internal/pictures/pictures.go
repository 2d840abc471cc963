// Package pictures reads the pictures that the arguments of a command name: files, folders, tables
// of pixels, and the standard input.
package pictures

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"inkstone/cmd/internal/cli"
	"inkstone/internal/oneline"
	"inkstone/model"
	"inkstone/train/data/picture"
)

// Input is a picture that could be read.
type Input struct {
	Name    string
	Label   string // what its table says that it shows, "" if unknown
	Picture *picture.Picture
}

// List lists the pictures that the arguments of a command name. It reads them one by one, so that
// their number does not matter.
type List struct {
	sources    []source
	limit      int // of the pixels of a picture
	passedOver int // number of files in folders without the extension of a picture
	read       int // number of pictures so far
	unreadable int // number of pictures that could not be read
	first      error
}

// source is a picture, or a table of images.
type source struct {
	name  string
	table bool
	open  func() (io.ReadCloser, error) // nil for a picture in a file
}

// stdinName is the argument for the standard input.
const stdinName = "-"

// Open looks at the arguments of a command: pictures, folders of pictures, CSV files with an image
// in each row, or - for a picture or a CSV file from stdin. limit bounds the pixels of a picture. The
// error is about a folder or a CSV file that cannot be read. Pictures are read later. A note about
// files in folders that are no pictures goes to stderr.
func Open(names []string, limit int, stdin io.Reader, stderr io.Writer) (*List, error) {
	l := &List{limit: limit}
	for i, name := range names {
		info, err := os.Stat(name)
		switch {
		case name == stdinName && slices.Contains(names[:i], name):
			return nil, cli.Usagef("the standard input, -, is named twice")
		case name == stdinName:
			l.addStandardInput(stdin)
		case err == nil && info.IsDir():
			if err := l.addFolder(name); err != nil {
				return nil, err
			}
		case strings.EqualFold(filepath.Ext(name), ".csv"):
			if err != nil {
				return nil, err
			}
			l.sources = append(l.sources, source{name, true, func() (io.ReadCloser, error) { return os.Open(name) }})
		default:
			l.sources = append(l.sources, source{name: name})
		}
	}
	if l.passedOver > 0 {
		fmt.Fprintf(stderr, "%d files without the extension of a picture were passed over\n", l.passedOver)
	}
	return l, nil
}

// extensions are those of the pictures that are read in a folder.
var extensions = []string{".png", ".jpg", ".jpeg", ".gif"}

// addFolder adds the pictures in a folder and its subfolders, by name, without hidden files.
func (l *List) addFolder(folder string) error {
	before := len(l.sources)
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
			l.sources = append(l.sources, source{name: path})
		default:
			l.passedOver++
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(l.sources) == before {
		return fmt.Errorf("the folder %s has no picture with the extension %s", folder, strings.Join(extensions, ", "))
	}
	return nil
}

// Several reports whether there may be more than one picture.
func (l *List) Several() bool { return len(l.sources) > 1 || len(l.sources) == 1 && l.sources[0].table }

// Width returns the number of characters of the longest name, for a table of them.
func (l *List) Width() int {
	width := 0
	for _, s := range l.sources {
		n := utf8.RuneCountInString(oneline.Escape(s.name))
		if s.table {
			n += len(":12345") // the number of a row
		}
		width = max(width, n)
	}
	return width
}

// Each reads the pictures in their order and calls f with each. It goes on after a picture that
// cannot be read; see [List.Unreadable]. It returns the error of f or of the context. It can be
// called once.
func (l *List) Each(ctx context.Context, f func(Input) error) error {
	for _, s := range l.sources {
		if s.table {
			if err := l.eachRow(ctx, s, f); err != nil {
				return err
			}
			continue
		}
		p, err := s.picture(ctx, l.limit)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if l.read++; err != nil {
			l.note(err)
			continue
		}
		if err := f(Input{Name: s.name, Picture: p}); err != nil {
			return err
		}
	}
	return nil
}

// picture reads the picture of a source.
func (s source) picture(ctx context.Context, limit int) (*picture.Picture, error) {
	if s.open == nil {
		return picture.Read(ctx, s.name, limit)
	}
	p, err := fromStandardInput(ctx, s, limit)
	if err != nil {
		return nil, fmt.Errorf("the standard input: %w", err)
	}
	return p, nil
}

// note records that a picture could not be read.
func (l *List) note(err error) {
	if l.unreadable++; l.first == nil {
		l.first = err
	}
}

// Unreadable returns an error about the pictures that [List.Each] could not read, nil if there were
// none.
func (l *List) Unreadable() error {
	if l.unreadable > 1 {
		return fmt.Errorf("%d of %d pictures could not be read; the first: %w", l.unreadable, l.read, l.first)
	}
	return l.first
}

// CheckModel returns an error if a model reads images of another size than pictures are scaled to.
// name stands for the model.
func CheckModel(name string, m *model.Model) error {
	if m.Height != picture.Size || m.Width != picture.Size {
		return fmt.Errorf("%s expects images of %dx%d, but pictures are scaled to %dx%d", name, m.Height, m.Width, picture.Size, picture.Size)
	}
	return nil
}
