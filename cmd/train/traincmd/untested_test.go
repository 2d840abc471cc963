package traincmd

import (
	"os"
	"path/filepath"
	"testing"

	"inkstone/train/runfolder"
)

// With -test=false a run ends without a look at the test images. Resumed with -test, it tests the
// same model.
func TestWithoutTest(t *testing.T) {
	dir, tested := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "tested")
	mustRun(t, quick(t, dir, "-test=false", "-fold", "2/3")...)
	r := readResult(t, dir)
	if r["test_accuracy"] != nil || r["interrupted"] != false || r["ended"] != "epochs" || r["validation_images"] != 200.0 || r["train_images"] != 400.0 {
		t.Errorf("the result is %v", r)
	}
	for _, name := range []string{runfolder.PredictionsFile, runfolder.MistakesFile, runfolder.ReportFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("the run wrote %s", name)
		}
	}
	if run, err := runfolder.Read(dir); err != nil || run.State() != runfolder.Finished {
		t.Errorf("the run is %v, %v", run, err)
	}
	mustRun(t, "-resume", dir, "-test")
	mustRun(t, quick(t, tested, "-fold", "2/3")...)
	if got, want := readResult(t, dir)["test_errors"], readResult(t, tested)["test_errors"]; got != want || want == nil {
		t.Errorf("the test has %v errors, want %v", got, want)
	}
}

func TestSettingsThatNeedTheTest(t *testing.T) {
	for _, args := range [][]string{{"-require-acc", "3"}, {"-seeds", "2"}, {"-finetune", "x", "-baseline"}} {
		mustFail(t, "test is false, but -baseline, -require-acc and -seeds need the test accuracy", append(args, "-test=false")...)
	}
	mustFail(t, `-fold: want a part and the number of parts`, "-fold", "6/5")
}
