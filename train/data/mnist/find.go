package mnist

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// maxNesting is the largest number of folders around the files of a data set.
const maxNesting = 4

// findFiles returns the paths of the files of d, in the order of d.files. If testOnly is set,
// those of the training files are "".
//
// The files may be in the folder or in one of d.folders. If there is none of them, and the
// folder has a single subfolder, they may be there. Upper and lower case are the same. Each file
// may be in a subfolder, see [finder.findFile].
//
// The error of findFiles names the folder and the missing files. It is an *absentError if there
// are none at all.
func (d dataset) findFiles(here folder, testOnly bool) ([]string, error) {
	f := finder{here, map[string]map[string]string{}}
	skipped, what := 0, "files"
	if testOnly {
		skipped, what = 2, "test files"
	}
	base := "."
	for range maxNesting {
		var best, bestMissing []string
		for _, sub := range append(d.folders[:len(d.folders):len(d.folders)], ".") {
			dir, ok := f.findFolder(base, sub)
			if !ok {
				continue
			}
			found, missing := d.findIn(f, dir, skipped)
			if len(missing) == 0 {
				return append(make([]string, skipped), found...), nil
			}
			if len(found) > len(best) {
				best, bestMissing = found, missing
			}
		}
		if len(best) > 0 {
			return nil, fmt.Errorf("%s: files of %s are missing: want %s (with or without .gz) next to %s",
				here.name, d.name, strings.Join(bestMissing, ", "), best[0])
		}
		only, ok := d.onlyFolder(f, base)
		if !ok {
			break
		}
		base = only
	}
	return nil, &absentError{fmt.Sprintf("%s: there are no %s of %s, want %s (with or without .gz) in it or in its subfolders %s; it has %s",
		here.name, what, d.name, strings.Join(d.fileNames()[skipped:], ", "), strings.Join(d.folders, ", "), f.content())}
}

// fileNames returns the names of the files of d.
func (d dataset) fileNames() []string {
	var names []string
	for _, f := range d.files() {
		names = append(names, f.name)
	}
	return names
}

// findIn returns the paths of the files of d in a folder, after the first skipped ones, and the
// names of those that are missing.
func (d dataset) findIn(where finder, dir string, skipped int) (found, missing []string) {
	for i, f := range d.files()[skipped:] {
		parts := []string{"train", "training"}
		if i+skipped >= 2 {
			parts = []string{"test", "testing"}
		}
		if name, ok := where.findFile(dir, f.name, parts); ok {
			found = append(found, name)
		} else if _, ok := where.findFolder(dir, f.name); ok {
			missing = append(missing, f.name+" (it is a folder without that file)")
		} else {
			missing = append(missing, f.name)
		}
	}
	return found, missing
}

// onlyFolder returns the path of the only subfolder of a folder. Hidden ones do not count, nor
// does what macOS adds to archives. A folder of another data set is not returned, because its
// files may have the same names.
func (d dataset) onlyFolder(f finder, base string) (string, bool) {
	var only string
	for name := range f.names(base) {
		if strings.HasPrefix(name, ".") || name == "__macosx" {
			continue
		}
		if dir, ok := f.findFolder(base, name); ok {
			if only != "" {
				return "", false
			}
			only = dir
		}
	}
	if only == "" {
		return "", false
	}
	for _, other := range catalog {
		for _, sub := range other.folders {
			first, _, _ := strings.Cut(sub, "/")
			if other.name != d.name && strings.EqualFold(path.Base(only), first) && !slices.Contains(d.folders, sub) {
				return "", false
			}
		}
	}
	return only, true
}

// finder looks for files in a folder. It lists each subfolder once.
type finder struct {
	folder
	listings map[string]map[string]string // see names, by path
}

// content returns the first names in the folder, for messages.
func (f finder) content() string {
	names := slices.Sorted(maps.Values(f.names(".")))
	const most = 5
	switch n := len(names) - most; {
	case len(names) == 0:
		return "no files"
	case n > 0:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n)
	}
	return strings.Join(names, ", ")
}

// names returns the names in a folder by their lower-case form. It is empty if the folder
// cannot be read.
func (f finder) names(dir string) map[string]string {
	if names, ok := f.listings[dir]; ok {
		return names
	}
	entries, _ := fs.ReadDir(f, dir)
	names := make(map[string]string, len(entries))
	f.listings[dir] = names
	for _, e := range entries {
		lower := strings.ToLower(e.Name())
		if names[lower] != lower { // a name in lower case goes before others
			names[lower] = e.Name()
		}
	}
	return names
}

// findFolder returns the path of a folder below base, such as MNIST/raw, in upper or lower case.
func (f finder) findFolder(base, sub string) (string, bool) {
	if sub == "." {
		return base, true
	}
	for name := range strings.SplitSeq(sub, "/") {
		exact := path.Join(base, name)
		other := path.Join(base, f.names(base)[strings.ToLower(name)])
		switch {
		case f.isFolder(exact):
			base = exact
		case other != base && f.isFolder(other):
			base = other
		default:
			return "", false
		}
	}
	return base, true
}

// isFolder reports whether there is a folder with a path.
func (f finder) isFolder(name string) bool {
	info, err := fs.Stat(f, name)
	return err == nil && info.IsDir()
}

// findFile looks for a file in a folder, packed or not, in upper or lower case. Some tools
// replace "-idx" in the name by ".idx" when they unpack it, so it looks for both names. The file
// may also be in a subfolder of its own name, as in Kaggle's archive, or in one of parts.
func (f finder) findFile(dir, name string, parts []string) (string, bool) {
	dotted := strings.Replace(name, "-idx", ".idx", 1)
	spellings := []string{name, name + ".gz", dotted, dotted + ".gz"}
	look := func(dir string) (string, bool) {
		names := f.names(dir)
		for _, spelling := range spellings {
			if found, ok := names[spelling]; ok {
				candidate := path.Join(dir, found)
				if info, err := fs.Stat(f, candidate); err == nil && !info.IsDir() {
					return candidate, true
				}
			}
		}
		return "", false
	}
	if file, ok := look(dir); ok {
		return file, true
	}
	for _, sub := range append(spellings, parts...) {
		if inner, ok := f.findFolder(dir, sub); ok {
			if file, ok := look(inner); ok {
				return file, true
			}
		}
	}
	return "", false
}
