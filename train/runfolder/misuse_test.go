package runfolder

import (
	"path/filepath"
	"testing"

	"inkstone/internal/misuse"
	"inkstone/train"
)

func TestNilArguments(t *testing.T) {
	f, err := Create(filepath.Join(t.TempDir(), "run"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	misuse.Check(t,
		misuse.Call{Name: "SaveCheckpoint", Call: func() error { return f.SaveCheckpoint(nil) }, Want: "is nil"},
		misuse.Call{Name: "SaveModel", Call: func() error { return f.SaveModel(nil) }, Want: ModelFile},
		misuse.Call{Name: "WriteReport", Call: func() error { return f.WriteReport(nil) }, Want: ReportFile},
		misuse.Call{Name: "WriteReport of an empty report", Call: func() error { return f.WriteReport(&train.Report{}) }, Want: ReportFile},
		misuse.Call{Name: "WriteResult", Call: func() error { return f.WriteResult(nil) }, Want: ResultFile},
		misuse.Call{Name: "NewResult", Call: func() error { return misuse.Panic(func() { NewResult(nil, nil, 1, nil, nil) }) }, Want: "NewResult"},
		misuse.Call{Name: "Saver", Call: func() error { return new(Saver).Callback(0).Start(nil) }, Want: "folder"},
		misuse.Call{Name: "Saver after every -1 updates", Call: func() error { return (&Saver{Folder: f, Steps: -1}).Callback(0).Start(nil) }, Want: "-1 updates"},
		misuse.Call{Name: "CreateSeeds of no run", Call: func() error { return CreateSeeds(filepath.Join(t.TempDir(), "seeds"), nil, 0) }, Want: "0 runs"},
	)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	misuse.Check(t,
		misuse.Call{Name: "AppendEpoch after Close", Call: func() error { return f.AppendEpoch(train.Epoch{}) }, Want: MetricsFile},
		misuse.Call{Name: "SetEpochs after Close", Call: func() error { return f.SetEpochs(nil) }, Want: MetricsFile},
		misuse.Call{Name: "Write after Close", Call: func() error { _, err := f.Write([]byte("x")); return err }, Want: LogFile},
	)
}
