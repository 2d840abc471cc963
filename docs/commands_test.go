package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"inkstone/cmd/train/traincmd"
)

// asTrain is an environment variable that makes the test's own binary the command train.
const asTrain = "INKSTONE_DOCS_TRAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asTrain) != "" {
		traincmd.Main()
	}
	os.Exit(m.Run())
}

// trainProcess returns the command train in a folder.
func trainProcess(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asTrain+"=1")
	return cmd
}

// trainCommand matches a line of a document that calls the command train, up to a comment.
var trainCommand = regexp.MustCompile(`(?m)^(?:\$ | {4})?go run ./cmd/train\b([^#\n]*)`)

// The command train accepts the command lines of the documents. With -help it checks them and
// does nothing else. The folders runs/NAME and runs/first stand for runs.
func TestTrainCommands(t *testing.T) {
	runs := filepath.Join(t.TempDir(), "runs")
	for _, name := range []string{"NAME", "NAME-seeds", "first"} {
		folder := filepath.Join(runs, name)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "config.toml"), []byte("version = 2\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for document, least := range map[string]int{"../README.md": 9, "../README.zh-CN.md": 9, "usage.md": 20, "finetuning.md": 2,
		"book/en/05-code.md": 2, "book/zh/05-code.md": 2, "book/en/06-applications.md": 2, "book/zh/06-applications.md": 2} {
		commands := trainCommand.FindAllStringSubmatch(read(t, document), -1)
		if len(commands) < least {
			t.Errorf("%s has %d calls of train, want at least %d", document, len(commands), least)
		}
		for _, c := range commands {
			cmd := trainProcess(filepath.Dir(runs), append(strings.Fields(c[1]), "-help")...)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: train%s: %v\n%s", document, c[1], err, out)
			}
		}
	}
}
