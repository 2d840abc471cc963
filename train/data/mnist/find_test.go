package mnist

import (
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// place writes files to a folder and below. rename returns the path of each.
func place(t *testing.T, dir string, files map[string][]byte, rename func(name string) string) {
	t.Helper()
	for name, content := range files {
		to := rename(name)
		write(t, filepath.Join(dir, filepath.FromSlash(path.Dir(to))), map[string][]byte{path.Base(to): content})
	}
}

// Layouts of folders with IDX files that people have.
func TestLayouts(t *testing.T) {
	d, packed := tiny(t)
	files := unpacked(t, packed, func(name string) string { return name })
	isTest := func(name string) bool { return strings.HasPrefix(name, "t10k") }
	dotted := func(name string) string { return strings.Replace(name, "-idx", ".idx", 1) }
	for _, tc := range []struct {
		name   string
		rename func(name string) string
	}{
		{"as published", func(name string) string { return name + ".gz" }},
		{"a folder for each file", func(name string) string { return name + "/" + name }},
		{"Kaggle's folders", func(name string) string { return "archive/" + name + "/" + name }},
		{"a folder with a dot", func(name string) string { return dotted(name) + "/" + dotted(name) }},
		{"a folder called .gz", func(name string) string { return name + ".gz/" + name }},
		{"train and test", func(name string) string {
			if isTest(name) {
				return "test/" + name
			}
			return "train/" + name
		}},
		{"Training and Testing, nested", func(name string) string {
			if isTest(name) {
				return "data/Testing/" + name
			}
			return "data/Training/" + name
		}},
		{"nested", func(name string) string { return "archive/" + name }},
		{"nested three times", func(name string) string { return "a/b/c/" + name }},
		{"nested in torchvision's folders", func(name string) string { return "data/Tiny/raw/" + name }},
		{"upper case", strings.ToUpper},
		{"upper case with a dot", func(name string) string { return strings.ToUpper(dotted(name)) }},
		{"upper-case folders", func(name string) string { return "TINY/" + name + ".GZ" }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			place(t, dir, files, tc.rename)
			write(t, dir, map[string][]byte{"README.md": nil, "mnist_train.csv": nil})
			write(t, filepath.Join(dir, "__MACOSX"), map[string][]byte{"._train-images-idx3-ubyte": nil})
			train, test, err := d.readFolder(dir, false)
			if err != nil {
				t.Fatal(err)
			}
			if train.Len() != 6 || test.Len() != 4 || train.Source() != dir || train.Pixels(2)[0] != 18 {
				t.Errorf("got %v and %v", train, test)
			}
			if train, test, err := d.readFolder(dir, true); err != nil || train != nil || test.Len() != 4 || test.Label(0) != 2 {
				t.Errorf("test files only: got %v and %v, error %v", train, test, err)
			}
		})
	}
}

// The spelling of the catalog goes before others.
func TestLayoutSpelling(t *testing.T) {
	d, files := tiny(t)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "Tiny", "raw"), files)
	write(t, filepath.Join(dir, "tiny"), map[string][]byte{"notes.txt": nil})
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Skip("the file system does not distinguish upper and lower case")
	}
	if train, _, err := d.readFolder(dir, false); err != nil || train.Len() != 6 {
		t.Errorf("got %v, error %v", train, err)
	}
}

// Test files alone are enough for LoadTest, but not for Load.
func TestLoadTest(t *testing.T) {
	d, files := tiny(t)
	defer func(old []dataset) { catalog = old }(catalog)
	catalog = append(catalog[:len(catalog):len(catalog)], d)
	dir := t.TempDir()
	for name, content := range files {
		if strings.HasPrefix(name, "t10k") {
			write(t, dir, map[string][]byte{name: content})
		}
	}
	opts := noNetwork(t)
	opts.Name, opts.Dir, opts.TestLimit = "tiny", dir, 3
	test, err := LoadTest(context.Background(), opts)
	if err != nil || test.Len() != 3 || test.Source() != dir {
		t.Errorf("LoadTest gave %v, error %v, want 3 images", test, err)
	}
	if _, _, err := Load(context.Background(), opts); err == nil || !strings.Contains(err.Error(), "missing: want train-images-idx3-ubyte, train-labels-idx1-ubyte") {
		t.Errorf("Load: error %v", err)
	}

	opts.Dir = ""
	t.Setenv(Env, dir)
	if test, err := LoadTest(context.Background(), opts); err != nil || test.Len() != 3 {
		t.Errorf("%s: LoadTest gave %v, error %v, want 3 images", Env, test, err)
	}
	opts.Name = Builtin
	if test, err := LoadTest(context.Background(), opts); err != nil || test.Len() != 3 {
		t.Errorf("built-in digits: LoadTest gave %v, error %v, want 3 images", test, err)
	}
}

func TestLayoutRefuses(t *testing.T) {
	d, files := tiny(t)
	for _, tc := range []struct {
		name   string
		rename func(name string) string
		absent bool
		want   []string
	}{
		{"a folder for a file", func(name string) string {
			if strings.HasPrefix(name, "train-labels") {
				return "train-labels-idx1-ubyte/labels"
			}
			return name
		}, false, []string{"train-labels-idx1-ubyte (it is a folder without that file)"}},
		{"two folders", func(name string) string { return name[:5] + "-files/" + name }, true, []string{"no files of tiny", "it has t10k--files, train-files"}},
		{"nested too deeply", func(name string) string { return "a/b/c/d/e/" + name }, true, []string{"no files of tiny", "it has a"}},
		{"in the folder of another set", func(name string) string { return "fashion-mnist/" + name }, true, []string{"no files of tiny", "it has fashion-mnist"}},
		{"tables", func(name string) string { return "mnist_" + name + ".csv" }, true, []string{"no files of tiny", "it has mnist_t10k-images-idx3-ubyte.gz.csv"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			place(t, dir, files, tc.rename)
			_, _, err := d.readFolder(dir, false)
			if err == nil {
				t.Fatal("no error")
			}
			var absent *absentError
			if errors.As(err, &absent) != tc.absent {
				t.Errorf("error %v of type %T", err, err)
			}
			for _, want := range append(tc.want, dir) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %v lacks %q", err, want)
				}
			}
		})
	}
}
