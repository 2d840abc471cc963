package pictures

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inkstone/train/data/digits"
	"inkstone/train/data/picture"
)

// content returns a PNG file with a digit.
func content(t *testing.T) []byte {
	t.Helper()
	pixels, _ := digits.Generate(1, 1)
	img := image.NewGray(image.Rect(0, 0, picture.Size, picture.Size))
	copy(img.Pix, pixels)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// row returns a row of a table whose pixels all have one value.
func row(label, value string) string { return label + strings.Repeat(value+",", size-1) + value + "\n" }

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.png", "sub/a.JPG", ".hidden.png", ".git/c.png", "notes.txt", "rows.csv"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, content(t), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	rows, one := filepath.Join(dir, "rows.csv"), filepath.Join(dir, "b.png")
	if err := os.WriteFile(rows, []byte(row("7,", "0")+row("", "255")), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		args    []string
		stdin   string
		names   []string
		several bool
		width   int
		note    string
	}{
		{[]string{one}, "", []string{one}, false, len(one), ""},
		{[]string{dir}, "", []string{one, filepath.Join(dir, "sub", "a.JPG")}, true, len(one) + 4, "2 files without"},
		{[]string{rows}, "", []string{rows + ":1 7", rows + ":2"}, true, len(rows) + 6, ""},
		{[]string{"-"}, string(content(t)), []string{"-"}, false, 1, ""},
		{[]string{one, "-"}, row("3,", "9"), []string{one, "standard input:1 3"}, true, max(len(one), 20), ""},
	} {
		var note bytes.Buffer
		l, err := Open(tc.args, picture.MaxPixels, strings.NewReader(tc.stdin), &note)
		if err != nil {
			t.Errorf("%v: %v", tc.args, err)
			continue
		}
		var names []string
		err = l.Each(t.Context(), func(in Input) error {
			names = append(names, strings.TrimSpace(in.Name+" "+in.Label))
			return nil
		})
		if err != nil || l.Unreadable() != nil || !slices.Equal(names, tc.names) || l.Several() != tc.several || l.Width() != tc.width || !strings.HasPrefix(note.String(), tc.note) {
			t.Errorf("%v: read %q, error %v, unreadable %v, several %v, width %d, note %q, want %+v", tc.args, names, err, l.Unreadable(), l.Several(), l.Width(), &note, tc)
		}
	}
}

func TestRefusals(t *testing.T) {
	empty := t.TempDir()
	for want, args := range map[string][]string{
		"is named twice":               {"-", "a.png", "-"},
		empty + " has no picture":      {empty},
		"absent.csv: no such file":     {"absent.csv"},
		"absent.png: no such file":     {"absent.png"},
		"2 of 2 pictures could not be": {"absent.png", "gone.png"},
		"the standard input: not a":    {"-"},
	} {
		l, err := Open(args, picture.MaxPixels, strings.NewReader("neither"), io.Discard)
		if err == nil {
			if err = l.Each(t.Context(), func(Input) error { return nil }); err == nil {
				err = l.Unreadable()
			}
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: error is %v, want one line with %q", args, err, want)
		}
	}
}

// FuzzTable reads any text as a table: each row is an image of the right size, or an error.
func FuzzTable(f *testing.F) {
	f.Add(row("7,", "12"))
	f.Add("label,pixel0\n1,2,3\n\n\"5\", 1")
	f.Fuzz(func(t *testing.T, text string) {
		l := &List{sources: []source{{"t", true, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}}}
		images := 0
		err := l.Each(t.Context(), func(in Input) error {
			if images++; len(in.Picture.Image.Pix) != size || len(in.Picture.Row) != 1 {
				t.Errorf("an image of %d pixels, %d characters", len(in.Picture.Image.Pix), len(in.Picture.Row))
			}
			return nil
		})
		if err != nil || images+l.unreadable != l.read || l.read == 0 || (l.unreadable > 0) != (l.Unreadable() != nil) {
			t.Errorf("read %d images, %d of %d unreadable, errors %v, %v", images, l.unreadable, l.read, err, l.Unreadable())
		}
	})
}
