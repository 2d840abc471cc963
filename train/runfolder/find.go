package runfolder

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// finder finds runs.
type finder struct {
	warn func(error)
	runs []*Run
	// seen holds the folders that were visited, without symbolic links in their paths.
	seen map[string]bool
	// links are folders to visit after all others, so that a run that is there without a
	// link has that path.
	links []string
}

// Find returns the runs in the folders and below them, each once, and follows symbolic
// links. It calls warn for each folder that it cannot read, and for each damaged run.
func Find(folders []string, warn func(error)) ([]*Run, error) {
	f := &finder{warn: warn, seen: map[string]bool{}}
	for _, root := range folders {
		info, err := os.Stat(root)
		if err != nil {
			return nil, fmt.Errorf("folder of runs: %w", err)
		}
		if !info.IsDir() {
			return nil, fmt.Errorf("folder of runs: %s is a file, want a folder", root)
		}
		f.visit(filepath.Clean(root))
	}
	for len(f.links) > 0 {
		next := f.links[0]
		f.links = f.links[1:]
		f.visit(next)
	}
	return f.runs, nil
}

// visit reads the run in a folder, if it is one, and visits the folders in it.
func (f *finder) visit(path string) {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		f.warn(err)
		return
	}
	if f.seen[real] {
		return
	}
	f.seen[real] = true
	if IsRun(path) {
		f.read(path)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		f.warn(err)
	}
	for _, e := range entries {
		below := filepath.Join(path, e.Name())
		switch {
		case e.IsDir():
			f.visit(below)
		case e.Type()&fs.ModeSymlink != 0:
			if info, err := os.Stat(below); err != nil {
				f.warn(err)
			} else if info.IsDir() {
				f.links = append(f.links, below)
			}
		}
	}
}

// read reads the run in a folder.
func (f *finder) read(path string) {
	r, err := Read(path)
	if err != nil {
		f.warn(err)
		return
	}
	for _, damage := range r.Damage {
		f.warn(fmt.Errorf("run folder %s: %s", path, damage))
	}
	f.runs = append(f.runs, r)
}
