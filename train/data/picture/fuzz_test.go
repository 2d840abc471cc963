package picture

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"inkstone/internal/oneline"
)

// Whatever the names of the folders and files, ReadFolder returns sets with names of one line, or
// an error.
func FuzzReadFolder(f *testing.F) {
	f.Add("a", "b", "1.png", "2.png")
	f.Add("train", "test", "Thumbs.db", ".DS_Store")
	f.Add("a\nb", "\xff", "x.PNG", "y")
	f.Add("__MACOSX", ".hidden", "README.md", "\x1b[2J.png")
	f.Add("val", "Train", "val/a.png", "..")
	picture := filepath.Join(f.TempDir(), "picture.png")
	img := image.NewGray(image.Rect(0, 0, 28, 28))
	for y := range 20 {
		img.SetGray(14, y+4, color.Gray{255})
	}
	file, err := os.Create(picture)
	if err != nil {
		f.Fatal(err)
	}
	if err := png.Encode(file, img); err != nil {
		f.Fatal(err)
	}
	file.Close()
	content, err := os.ReadFile(picture)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, class1, class2, name1, name2 string) {
		top := t.TempDir()
		for _, class := range []string{class1, class2} {
			for _, name := range []string{name1, name2, "3.png"} {
				path := filepath.Join(top, class, name)
				if !filepath.IsLocal(filepath.Join(class, name)) || os.MkdirAll(filepath.Dir(path), 0o755) != nil {
					return
				}
				if os.WriteFile(path, content, 0o644) != nil {
					return // not a name for a file
				}
			}
		}
		read, err := ReadFolder(t.Context(), top, FolderOptions{})
		if err != nil {
			return
		}
		for _, name := range append(read.Training.Classes(), read.Training.String(), read.Test.String()) {
			if err := oneline.Check(name); err != nil {
				t.Fatal(err)
			}
		}
		if read.Training.Len() == 0 || read.Test.Len() == 0 || len(read.Training.Classes()) < 2 {
			t.Fatalf("%s and %s", read.Training, read.Test)
		}
	})
}
