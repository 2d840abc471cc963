package runfolder

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"inkstone/internal/atomicfile"
	"inkstone/internal/smallfile"
	"inkstone/train"
	"inkstone/train/settings"
)

// SeedsFile is the file in a folder of runs that differ only in their seed. It holds the
// settings of the runs, and their number under the key "seeds".
const SeedsFile = "seeds.toml"

// seedPrefix is before the seed in the name of the folder of a run.
const seedPrefix = "seed-"

// seedsKey is the key of the number of runs.
const seedsKey = "seeds"

// IsSeeds reports whether the folder is one of runs that differ only in their seed.
func IsSeeds(path string) bool {
	info, err := os.Stat(filepath.Join(path, SeedsFile))
	return err == nil && info.Mode().IsRegular() && !isUnfinished(path)
}

// CreateSeeds creates a folder for at least one run, for runs that differ only in their seed, as
// [Create] does for one run.
func CreateSeeds(path string, config []byte, runs int) error {
	content, err := withRuns(config, runs)
	if err != nil {
		return err
	}
	f, err := create(path, SeedsFile, content, nil)
	if err != nil {
		return err
	}
	return f.Close()
}

// CreateSeedsNext is [CreateSeeds] for a folder whose name need not be exact, as in
// [CreateNext]. It returns the path.
func CreateSeedsNext(path string, config []byte, runs int) (string, error) {
	return nextFree(path, func(path string) error { return CreateSeeds(path, config, runs) })
}

// UpdateSeeds replaces the settings and the number of runs of such a folder.
func UpdateSeeds(path string, config []byte, runs int) error {
	content, err := withRuns(config, runs)
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(filepath.Join(path, SeedsFile), content)
}

// withRuns returns the content of a [SeedsFile].
func withRuns(config []byte, runs int) ([]byte, error) {
	if runs < 1 {
		return nil, fmt.Errorf("run folder: %d runs that differ only in the seed, want at least 1", runs)
	}
	return fmt.Appendf(config[:len(config):len(config)], "\n# runs that differ only in the seed\n%s = %d\n", seedsKey, runs), nil
}

// SeedPath returns the folder of the run with a seed.
func SeedPath(path string, seed uint64) string {
	return filepath.Join(path, fmt.Sprintf("%s%d", seedPrefix, seed))
}

// FinishedAccuracy returns the test accuracy of the run in a folder, nil unless the run is
// finished and would train no further for that number of epochs.
func FinishedAccuracy(path string, epochs int) *float64 {
	r, err := Read(path)
	if err != nil || r.State() != Finished || r.Result.Ended == train.EndedEpochs && r.Result.Epochs < epochs {
		return nil
	}
	return r.Result.TestAccuracy
}

// ConfigPath returns the path of the configuration in a folder of one run or of several that
// differ only in their seed.
func ConfigPath(folder string) string {
	if IsSeeds(folder) {
		return filepath.Join(folder, SeedsFile)
	}
	return filepath.Join(folder, ConfigFile)
}

// ReadSettings reads the texts of the settings, by name, from a configuration file, and the
// number of runs that it is for: 1 unless it is a [SeedsFile].
func ReadSettings(path string) (texts map[string]string, runs int, err error) {
	content, err := smallfile.Read(path, settings.MaxBytes)
	if err != nil {
		return nil, 0, fmt.Errorf("configuration %w", err)
	}
	if texts, err = train.ParseSettings(content); err != nil {
		return nil, 0, fmt.Errorf("configuration %s: %w", path, err)
	}
	runs = 1
	if text, ok := texts[seedsKey]; ok {
		if runs, err = strconv.Atoi(text); err != nil || runs < 1 {
			return nil, 0, fmt.Errorf("configuration %s: %s is %q, want a number of at least 1", path, seedsKey, text)
		}
		delete(texts, seedsKey)
	}
	return texts, runs, nil
}
