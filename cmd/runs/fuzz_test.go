package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/internal/oneline"
)

// One bad run folder hides no other one and leaves every line whole, in each form of the list.
func FuzzRun(f *testing.F) {
	f.Add("epochs>2,model=cnn", "-accuracy", []byte("model = 'cnn'\nlr = 0.1\n"), []byte("{\"epoch\":1,\"best\":true,\"validation\":{\"accuracy\":0.9}}\n"), []byte(`{"epochs":1,"test_accuracy":0.9}`))
	f.Add("\"a=b\",c!=1", "lr", []byte("lr = 1\nmodel=\"a\\nb\""), []byte("{}\n"), []byte(`{"epochs":1}`))
	f.Add("lr<=inf", "lr", []byte("\"l\\nr\" = 1\nx=\"\\u001b\"\n"), []byte("{\"seconds\":1}\n{\"seconds\":1e3}\n"), []byte(`{"epochs":0,"dataset":"\n"}`))
	dir := f.TempDir()
	good, bad := filepath.Join(dir, "good"), filepath.Join(dir, "bad")
	for _, folder := range []string{good, bad} {
		if err := os.Mkdir(folder, 0o755); err != nil {
			f.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(good, "config.toml"), []byte("model='cnn'\nlr=0.1\n"), 0o644); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, conditions, key string, config, metrics, result []byte) {
		for name, content := range map[string][]byte{"config.toml": config, "metrics.jsonl": metrics, "result.json": result} {
			if err := os.WriteFile(filepath.Join(bad, name), content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for _, args := range [][]string{{"-wide"}, nil, {"-json"}, {"-group"}, {"-group", "-json"}, {"-filter=" + conditions}, {"-sort=" + key}} {
			var out, warned bytes.Buffer
			err := run(context.Background(), append(args, dir), &out, &warned)
			flags := strings.Join(args, " ")
			switch {
			case err != nil && (flags == "-wide" || flags == "" || flags == "-json" || flags == "-group" || flags == "-group -json"):
				t.Fatalf("%s: %v", flags, err)
			case err == nil && (flags == "-wide" || flags == "-json") && !strings.Contains(out.String(), good):
				t.Fatalf("%s hides the good run:\n%s", flags, out.String())
			}
			for line := range strings.Lines(out.String() + warned.String()) {
				if err := oneline.Check(strings.TrimSuffix(line, "\n")); err != nil {
					t.Fatalf("%s prints %v", flags, err)
				}
			}
			if _, table, _ := strings.Cut(out.String(), "\nname"); flags == "" && strings.Count(table, "\n") > 3 {
				t.Fatalf("the table of at most 2 runs has more lines:\n%s", out.String())
			}
		}
	})
}
