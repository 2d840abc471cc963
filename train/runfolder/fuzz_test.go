package runfolder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever is in the files of a folder, Read returns a run whose methods work, or an error of one
// line that names the folder.
func FuzzRead(f *testing.F) {
	f.Add([]byte("model = 'cnn'\nlr = 0.1\n"), []byte("{\"epoch\":1,\"best\":true,\"validation\":{\"accuracy\":0.9}}\n"), []byte(`{"epochs":1,"test_accuracy":0.9}`))
	f.Add([]byte(""), []byte("null\n"), []byte("null"))
	f.Add([]byte("model = \"a\\nb\""), []byte("{}\n{\"best\":true,\"average\":{}}\n"), []byte(`{"epochs":2,"test_classes":[null]}`))
	f.Add([]byte("lr = nan"), []byte("{\"epoch\":1,\"seconds\":1e308}\n"), []byte(`{"epochs":-1}`))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, config, metrics, result []byte) {
		for name, content := range map[string][]byte{ConfigFile: config, MetricsFile: metrics, ResultFile: result} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		r, err := Read(dir)
		if err != nil {
			if !strings.Contains(err.Error(), dir) {
				t.Fatalf("the error does not name the folder: %v", err)
			}
			return
		}
		r.Model()
		r.Dataset()
		r.TestAccuracy()
		r.ValidationAccuracy()
		if r.State() == "" || r.TrainSeconds() != r.TrainSeconds() || r.ImagesPerSecond() != r.ImagesPerSecond() {
			t.Fatalf("state %q, %v s, %v images/s", r.State(), r.TrainSeconds(), r.ImagesPerSecond())
		}
	})
}
