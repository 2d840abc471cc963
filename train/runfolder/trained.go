package runfolder

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/sets"
	"inkstone/train/settings"
)

// LoadTrained reads the model of a run and loads the images that the run used. change may change
// where they are; it may be nil. Nothing is downloaded.
func LoadTrained(ctx context.Context, folder string, change func(*data.Selection)) (*model.Model, *sets.Sets, error) {
	m, err := model.Load(filepath.Join(folder, ModelFile))
	if err != nil {
		return nil, nil, err
	}
	selection, seed, err := ReadSelection(folder)
	if err != nil {
		return nil, nil, err
	}
	if selection.Offline = true; change != nil {
		change(&selection)
	}
	all, err := sets.Load(ctx, selection, seed, sets.Options{})
	return m, all, err
}

// ReadSelection reads which images a run selected, and its seed.
func ReadSelection(folder string) (data.Selection, uint64, error) {
	cfg, selection := train.Defaults(), data.DefaultSelection()
	written, _, err := ReadSettings(filepath.Join(folder, ConfigFile))
	if err != nil {
		return selection, 0, err
	}
	if err := (settings.Lists{cfg.Settings(), selection.Settings()}).Apply(written); err != nil {
		return selection, 0, fmt.Errorf("run folder %s: %s: %w", folder, ConfigFile, err)
	}
	return selection, cfg.Seed, nil
}

// SeedRuns returns the folders of the runs in a folder of runs that differ only in their seed, by
// seed, or the folder itself if it is not such a folder.
func SeedRuns(path string) ([]string, error) {
	if !IsSeeds(path) {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("folder of runs: %w", err)
	}
	type seeded struct {
		path string
		seed uint64
	}
	var runs []seeded
	for _, e := range entries {
		text, ok := strings.CutPrefix(e.Name(), seedPrefix)
		seed, err := strconv.ParseUint(text, 10, 64)
		if run := filepath.Join(path, e.Name()); ok && err == nil && IsRun(run) {
			runs = append(runs, seeded{run, seed})
		}
	}
	if len(runs) == 0 {
		return nil, fmt.Errorf("folder of runs %s: there is no run in it yet", path)
	}
	slices.SortFunc(runs, func(a, b seeded) int {
		if a.seed < b.seed {
			return -1
		}
		return 1
	})
	var list []string
	for _, r := range runs {
		list = append(list, r.path)
	}
	return list, nil
}
