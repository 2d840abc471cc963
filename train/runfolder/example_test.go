package runfolder_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"inkstone/train"
	"inkstone/train/runfolder"
)

// This example creates two run folders and compares their runs. The command train creates such
// folders, and the command runs compares them in a table.
func ExampleRead() {
	dir, err := os.MkdirTemp("", "runs")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for name, accuracy := range map[string]float64{"slow": 0.98, "fast": 0.99} {
		f, err := runfolder.Create(filepath.Join(dir, name), []byte("model = \""+name+"\"\n"), nil)
		if err != nil {
			log.Fatal(err)
		}
		if err := f.AppendEpoch(train.Epoch{Epoch: 1, Best: true, Validation: &train.Score{Images: 100, Accuracy: accuracy}}); err != nil {
			log.Fatal(err)
		}
		if err := f.Close(); err != nil {
			log.Fatal(err)
		}
	}
	for _, name := range []string{"fast", "slow"} {
		r, err := runfolder.Read(filepath.Join(dir, name))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %.0f %%, %s\n", r.Model(), 100**r.ValidationAccuracy(), r.State())
	}
	// Output:
	// fast: 99 %, unfinished
	// slow: 98 %, unfinished
}
