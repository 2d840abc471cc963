package picture

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxNesting is the largest number of folders around the folder of the classes.
const maxNesting = 8

// maxNamed is the largest number of files that an error or a log line names.
const maxNamed = 10

// layout holds the paths of the folders of classes in a folder of pictures.
type layout struct {
	training         string
	validation, test string // "" if there is none
}

// use says what the pictures of a folder are for.
type use int

const (
	forUnknown use = iota
	forTraining
	forValidation
	forTesting
)

// useOf returns the use that the name of a folder stands for, such as training for "Train",
// "training_set" and "seg_train".
func useOf(folder string) use {
	for _, word := range strings.FieldsFunc(strings.ToLower(folder), func(r rune) bool { return strings.ContainsRune("-_. ", r) }) {
		switch strings.TrimSuffix(word, "set") {
		case "train", "training":
			return forTraining
		case "val", "valid", "validation":
			return forValidation
		case "test", "testing":
			return forTesting
		}
	}
	return forUnknown
}

// findLayout finds the folders of classes in dir. They are dir itself, or its subfolders for
// training, validation and testing. Each of them may be inside folders that hold nothing else.
func (r *folderReader) findLayout(dir string) (layout, error) {
	dir, here, err := r.descend(dir)
	if err != nil {
		return layout{}, err
	}
	var found [forTesting + 1][]string
	twice := false
	for _, name := range here.folders {
		u := useOf(name)
		found[u] = append(found[u], name)
		twice = twice || u != forUnknown && len(found[u]) > 1
	}
	var paths [forTesting + 1]string
	trains := false // whether a folder for training has classes
	for u := forTraining; u <= forTesting; u++ {
		for _, name := range found[u] {
			path, inner, err := r.descend(filepath.Join(dir, name))
			if err != nil {
				return layout{}, err
			}
			paths[u] = path
			trains = trains || u == forTraining && len(inner.folders) > 0
		}
	}
	// Where other folders stand beside them, train, test and so on may be names of classes.
	others := len(found[forUnknown])
	if others == len(here.folders) || !trains && (others > 0 || twice) {
		return layout{training: dir}, nil
	}
	if paths[forTraining] == "" {
		return layout{}, fmt.Errorf("%s has the folders %s, but no folder train", r.short(dir), strings.Join(here.folders, ", "))
	}
	for _, names := range found[forTraining:] {
		if len(names) > 1 {
			return layout{}, fmt.Errorf("%s has several folders for the same images, %s, want one", r.short(dir), strings.Join(names, " and "))
		}
	}
	r.skip(dir, found[forUnknown])
	r.skip(dir, here.files)
	return layout{training: paths[forTraining], validation: paths[forValidation], test: paths[forTesting]}, nil
}

// descend returns dir, or the folder inside dir that holds all subfolders, and its content.
func (r *folderReader) descend(dir string) (string, listing, error) {
	here, err := r.list(dir)
	for range maxNesting {
		if err != nil || len(here.folders) != 1 {
			break
		}
		if u := useOf(here.folders[0]); u > forTraining && u != useOf(filepath.Base(dir)) {
			break // the training pictures are missing
		}
		path := filepath.Join(dir, here.folders[0])
		inner, innerErr := r.list(path)
		if innerErr != nil || len(inner.folders) == 0 {
			break // the only subfolder is a class
		}
		r.skip(dir, here.files)
		dir, here = path, inner
	}
	return dir, here, err
}

// listing holds the sorted names of the subfolders and the files of a folder.
type listing struct {
	folders, files []string
}

// list lists a folder without the files and folders that programs leave in folders of pictures.
func (r *folderReader) list(dir string) (listing, error) {
	var here listing
	if info, err := os.Stat(dir); err != nil {
		return here, err
	} else if !info.IsDir() {
		return here, fmt.Errorf("%s is a file, want a folder", dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return here, err
	}
	for _, e := range entries {
		isFolder := e.IsDir()
		if e.Type()&fs.ModeSymlink != 0 {
			info, err := os.Stat(filepath.Join(dir, e.Name()))
			isFolder = err == nil && info.IsDir()
		}
		switch {
		case isExtra(e.Name(), isFolder):
			r.skip(dir, []string{e.Name()})
		case isFolder:
			here.folders = append(here.folders, e.Name())
		default:
			here.files = append(here.files, e.Name())
		}
	}
	return here, nil
}

// isExtra reports whether a file or folder in a folder of pictures is certainly no picture and
// no class: a hidden one, one that a file manager or an archive has left, a text or a table.
func isExtra(name string, isFolder bool) bool {
	name = strings.ToLower(name)
	if strings.HasPrefix(name, ".") {
		return true
	}
	if isFolder {
		return slices.Contains([]string{"__macosx", "@eadir", "$recycle.bin", "system volume information"}, name)
	}
	if name == "readme" || name == "license" {
		return true
	}
	texts := []string{".csv", ".db", ".htm", ".html", ".ini", ".json", ".log", ".md", ".tsv", ".txt", ".xml", ".yaml", ".yml"}
	return slices.Contains(texts, filepath.Ext(name))
}

// skip notes files and folders that are passed over.
func (r *folderReader) skip(dir string, names []string) {
	for _, name := range names {
		r.skipped[filepath.Join(dir, name)] = true
	}
}

// logSkipped logs the number of files and folders that were passed over, and their names.
func (r *folderReader) logSkipped() {
	if len(r.skipped) == 0 {
		return
	}
	count := map[string]int{}
	for path := range r.skipped {
		count[filepath.Base(path)]++
	}
	names := slices.Sorted(maps.Keys(count))
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(count[b], count[a]) })
	for i, name := range names {
		if count[name] > 1 {
			names[i] = fmt.Sprintf("%s (%d times)", name, count[name])
		}
	}
	r.logf("folder of pictures %s: passed over %d files or folders: %s", r.dir, len(r.skipped), firstNames(names, ", "))
}

// firstNames joins the first names of a list and the number of the others.
func firstNames(names []string, separator string) string {
	if n := len(names) - maxNamed; n > 0 {
		names = append(slices.Clone(names[:maxNamed]), fmt.Sprintf("and %d more", n))
	}
	return strings.Join(names, separator)
}
