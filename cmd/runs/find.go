package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"inkstone/train/runfolder"
)

// findRuns returns the runs in the folders and below them, each once. It calls warn for
// each folder that it cannot read.
func findRuns(folders []string, warn func(error)) ([]*runfolder.Run, error) {
	var runs []*runfolder.Run
	seen := map[string]bool{}
	for _, root := range folders {
		info, err := os.Stat(root)
		if err != nil {
			return nil, fmt.Errorf("folder of runs: %w", err)
		}
		if !info.IsDir() {
			return nil, fmt.Errorf("folder of runs: %s is a file, want a folder", root)
		}
		err = fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
			path = filepath.Join(root, path)
			switch {
			case err != nil:
				warn(err)
				return fs.SkipDir
			case !d.IsDir() || seen[path] || !runfolder.IsRun(path):
				return nil
			}
			seen[path] = true
			r, err := runfolder.Read(path)
			if err != nil {
				warn(err)
				return nil
			}
			runs = append(runs, r)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return runs, nil
}

// list joins names with commas.
func list(names []string) string { return strings.Join(names, ", ") }
