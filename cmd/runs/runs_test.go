package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"inkstone/train"
	"inkstone/train/runfolder"
)

// write creates a run folder as training does. accuracy is the test accuracy, 0 for an
// interrupted run, and negative for a run without a result.
func write(t *testing.T, path, config string, epochs int, accuracy float64) {
	t.Helper()
	f, err := runfolder.Create(path, []byte(config), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i := range epochs {
		e := train.Epoch{Epoch: i + 1, Best: true, Validation: &train.Score{Accuracy: 0.9 + 0.005*float64(i)}, Seconds: 2, ImagesPerSecond: 500}
		if err := f.AppendEpoch(e); err != nil {
			t.Fatal(err)
		}
	}
	if accuracy < 0 {
		return
	}
	validation := 0.95
	r := &runfolder.Result{Dataset: "mnist", Epochs: epochs, ValidationAccuracy: &validation, TrainSeconds: 10 * float64(epochs), TrainImagesPerSecond: 1234.5}
	if r.Interrupted = accuracy == 0; !r.Interrupted {
		r.TestAccuracy = &accuracy
	}
	if err := f.WriteResult(r); err != nil {
		t.Fatal(err)
	}
}

// sample creates run folders in a new folder and changes to it.
func sample(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	write(t, "runs/a", "model = 'cnn'\nlr = 0.01\nseed = 1\noptimizer = 'adam'\naugment = 'none'\n", 2, 0.99)
	write(t, "runs/b", "model = 'cnn'\nlr = 0.01\nseed = 2\noptimizer = 'adam'\naugment = 'none'\n", 2, 0.9917)
	write(t, "runs/c", "model = 'tiny'\nlr = 0.002\nseed = 1\noptimizer = 'adam'\naugment = 'shift=2,rotate=10'\n", 12, 0.98)
	write(t, "runs/more/d", "model = 'cnn'\nlr = 0.01\nseed = 3\noptimizer = 'adam'\naugment = 'none'\n", 1, 0)
	write(t, "runs/e", "model = 'cnn'\nlr = 0.01\nseed = 4\noptimizer = 'adam'\ndataset = ''\naugment = 'none'\n", 1, -1)
	if err := os.Mkdir("runs/no run", 0o777); err != nil {
		t.Fatal(err)
	}
}

func output(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, warn bytes.Buffer
	if err := run(t.Context(), args, &out, &warn); err != nil {
		t.Fatal(err)
	}
	return out.String(), warn.String()
}

func TestTable(t *testing.T) {
	sample(t)
	const want = `
5 runs in runs with optimizer=adam
name    model  dataset  augment               lr  seed  done  validation  accuracy  time (s)  images/s  state
a       cnn    mnist    none                0.01     1     2     95.00 %   99.00 %      20.0      1234  finished
b       cnn    mnist    none                0.01     2     2     95.00 %   99.17 %      20.0      1234  finished
c       tiny   mnist    shift=2,rotate=10  0.002     1    12     95.00 %   98.00 %     120.0      1234  finished
e       cnn    -        none                0.01     4     1     90.00 %         -       2.0       500  unfinished
more/d  cnn    mnist    none                0.01     3     1     95.00 %         -      10.0      1234  interrupted
`
	got, warned := output(t)
	if got != want[1:] || warned != "" {
		t.Errorf("printed\n%s%s, want%s", got, warned, want)
	}
	// These two runs differ only in the seed. A run that is named twice is listed once.
	const two = `
2 runs in runs with model=cnn dataset=mnist state=finished lr=0.01 optimizer=adam
name  seed  done  validation  accuracy  time (s)  images/s
b        2     2     95.00 %   99.17 %      20.0      1234
a        1     2     95.00 %   99.00 %      20.0      1234
`
	if got, _ := output(t, "-sort", "-seed", "runs/b", "runs/a", "runs/b"); got != two[1:] {
		t.Errorf("printed\n%s, want%s", got, two)
	}
	const wide = `
2 runs with augment=none lr=0.01 optimizer=adam
name    model  dataset  seed  done  validation  accuracy  time (s)  images/s  state
runs/a  cnn    mnist       1     2     95.00 %   99.00 %      20.0      1234  finished
runs/b  cnn    mnist       2     2     95.00 %   99.17 %      20.0      1234  finished
`
	if got, _ := output(t, "-wide", "runs/a", "runs/b"); got != wide[1:] {
		t.Errorf("printed\n%s, want%s", got, wide)
	}
}

// In a narrow terminal cells are shortened, and columns are left out and named.
func TestNarrow(t *testing.T) {
	sample(t)
	write(t, "runs/20261125-100042-a-long-name", "model = 'cnn'\nlr = 0.01\nseed = 1\noptimizer = 'adam'\naugment = 'none'\n", 2, 0.98)
	for _, width := range []string{"100", "80", "64", "40", "1"} {
		t.Setenv("COLUMNS", width)
		got, _ := output(t)
		most := 0
		fmt.Sscan(width, &most)
		for line := range strings.Lines(got) {
			if n := utf8.RuneCountInString(line) - 1; n > max(most, 31) {
				t.Errorf("%d columns: a line has %d: %s", most, n, line)
			}
		}
		if !strings.Contains(got, "20261125-…ong-name") || !strings.Contains(got, "98.00 %") || !strings.Contains(strings.Join(strings.Fields(got), " "), "not shown: images/s, time (s)") {
			t.Errorf("%d columns: printed\n%s", most, got)
		}
		if seed := strings.Contains(got, "  seed  "); seed != (most >= 64) {
			t.Errorf("%d columns: whether the seed is shown is %v\n%s", most, seed, got)
		}
		if wide, _ := output(t, "-wide"); !strings.Contains(wide, "runs/20261125-100042-a-long-name ") || !strings.Contains(wide, "images/s") {
			t.Errorf("printed\n%s, want whole names", wide)
		}
	}
}

func TestHTML(t *testing.T) {
	sample(t)
	if got, warned := output(t, "-html", "runs.html", "-sort", "-seed"); got != "table in runs.html\n" || warned != "" {
		t.Errorf("printed %q and %q", got, warned)
	}
	content, err := os.ReadFile("runs.html")
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	if strings.Index(text, ">runs/c<") < strings.Index(text, ">runs/e<") || strings.Count(text, "<svg") < 3 || strings.Contains(text, "<script") || !strings.Contains(text, "99.17 %") {
		t.Errorf("the page is %s", text)
	}
}

// names returns the last letters of the names of the runs that the command lists.
func names(t *testing.T, args ...string) string {
	t.Helper()
	out, _ := output(t, append(args, "-json")...)
	var s strings.Builder
	for l := range strings.Lines(out) {
		var r runLine
		if err := json.Unmarshal([]byte(l), &r); err != nil {
			t.Fatal(err)
		}
		s.WriteString(filepath.Base(r.Name))
	}
	return s.String()
}

func TestSortAndFilter(t *testing.T) {
	sample(t)
	for _, tc := range []struct{ args, want string }{
		{"-sort name", "abced"},
		{"-sort -name", "decba"},
		{"-sort accuracy", "cabed"}, // runs without the value come last, in the order of their names
		{"-sort -accuracy", "baced"},
		{"-sort done", "edabc"}, // numbers, not texts: 12 comes after 2
		{"-sort -lr", "abedc"},
		{"-sort model", "abedc"},
		{"-sort dataset", "abcde"}, // the data set of e is unknown
		{"-filter model=tiny", "c"},
		{"-filter model!=tiny", "abed"},
		{"-filter accuracy>98", "ab"},
		{"-filter accuracy>=98", "abc"},
		{"-filter accuracy=99.17%", "b"},
		{"-filter accuracy<99,seed=1", "c"},
		{"-filter accuracy<99 -filter seed!=1", ""},
		{"-filter lr=1e-2", "abed"},
		{"-filter lr<=.002", "c"},
		{"-filter done<2", "ed"},
		{"-filter state=finished", "abc"},
		{"-filter state=unfinished", "e"},
		{"-filter dataset!=mnist", "e"},
		{`-filter "augment=shift=2,rotate=10",lr<1`, "c"},
		{"-filter augment>1", ""},
	} {
		if got := names(t, strings.Fields(tc.args)...); got != tc.want {
			t.Errorf("%s lists %q, want %q", tc.args, got, tc.want)
		}
	}
}

func TestGroup(t *testing.T) {
	sample(t)
	// The mean of 99.00 and 99.17 is 99.085, their standard deviation 0.17/sqrt(2).
	const want = `
model  dataset  augment               lr  seeds  runs        validation          accuracy    time (s)  images/s
cnn    mnist    none                0.01  1,2       2  95.000 ± 0.000 %  99.085 ± 0.120 %  20.0 ± 0.0  1234 ± 0
tiny   mnist    shift=2,rotate=10  0.002  1         1          95.000 %          98.000 %       120.0      1234
`
	got, warned := output(t, "-group")
	if got != want[1:] || warned != "2 of 5 runs are not finished and are left out\n" {
		t.Errorf("printed\n%s%s, want%s", got, warned, want)
	}
	got, _ = output(t, "-group", "-json", "-filter", "model=cnn")
	var g groupLine
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(g.Names, g.Seeds) != "[runs/a runs/b] [1 2]" || g.TestAccuracy.Runs != 2 ||
		math.Abs(g.TestAccuracy.Deviation-0.0017/math.Sqrt2) > 1e-12 || g.Settings["lr"] != 0.01 {
		t.Errorf("as JSON the group is %s", got)
	}
}

func TestJSON(t *testing.T) {
	sample(t)
	got, _ := output(t, "-json", "-filter", "name=runs/b")
	var l runLine
	if err := json.Unmarshal([]byte(got), &l); err != nil {
		t.Fatal(err)
	}
	if l.Name != "runs/b" || l.State != "finished" || *l.TestAccuracy != 0.9917 || l.Done != 2 ||
		l.Settings["optimizer"] != "adam" || l.Settings["seed"] != 2.0 || l.Result.TrainSeconds != 20 {
		t.Errorf("the run is %s", got)
	}
}

// One bad folder is named and does not hide the others.
func TestBadFolders(t *testing.T) {
	for _, tc := range []struct {
		name, file, content string
		warning             string
		listed              string // start of the row of runs/b without the name, "" if it has none
		state               string
	}{
		{"cut result", "result.json", "{", "run folder runs/b: result.json: unexpected end of JSON input", "cnn", "damaged"},
		{"other result", "result.json", "[]", "run folder runs/b: result.json: json: cannot unmarshal array", "cnn", "damaged"},
		{"large accuracy", "result.json", `{"epochs":2,"test_accuracy":7}`, "run folder runs/b: result.json: test_accuracy is 7, want 0 to 1", "cnn", "damaged"},
		{"overflow", "result.json", `{"epochs":2,"train_seconds":1e999}`, "run folder runs/b: result.json: json: cannot unmarshal number 1e999", "cnn", "damaged"},
		{"damaged line", "metrics.jsonl", "{\"epoch\":1}\n{\"epo\u0001h\":2}\n", "run folder runs/b: metrics.jsonl: line 2: invalid character", "cnn", "damaged"},
		{"lost line", "metrics.jsonl", "{\"epoch\":2}\n", "run folder runs/b: metrics.jsonl: line 1: epoch is 2, want 1", "cnn", "damaged"},
		{"overflowing sum", "metrics.jsonl", "{\"epoch\":1,\"seconds\":1e308}\n{\"epoch\":2,\"seconds\":1e308}\n", "run folder runs/b: metrics.jsonl: line 1: seconds is 1e+308, want 0 to 1e+10", "cnn", "damaged"},
		{"NaN", "config.toml", "model = 'cnn'\nlr = nan\nx = -inf\n", "run folder runs/b: config.toml: ", "cnn", "damaged"},
		{"brackets", "config.toml", "x = " + strings.Repeat("[", 1<<17), "run folder runs/b: config.toml: runs/b/config.toml: the file is too large: more than 65536 bytes", "", ""},
		{"no TOML", "config.toml", "\x00", "run folder runs/b: config.toml: toml:", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sample(t)
			if err := os.WriteFile(filepath.Join("runs/b", tc.file), []byte(tc.content), 0o666); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{nil, {"-json"}, {"-group"}, {"-group", "-json"}, {"-sort", "lr"}, {"-sort", "-time"}, {"-filter", "lr>0"}} {
				got, warned := output(t, args...)
				if !strings.HasPrefix(warned, "warning: "+tc.warning) {
					t.Errorf("%v: warned %q, want %q", args, warned, tc.warning)
				}
				if len(args) == 0 && !strings.Contains(got, "\nc ") {
					t.Errorf("printed\n%s, want the other runs", got)
				}
				if row := rowOf(got, "b "); len(args) == 0 && (!strings.HasPrefix(row, tc.listed) || !strings.HasSuffix(row, tc.state) || row == "" != (tc.listed == "")) {
					t.Errorf("the row of runs/b is %q, want %q to %q", row, tc.listed, tc.state)
				}
			}
		})
	}
}

// rowOf returns the row of the table that starts with a name, without it; "" for none.
func rowOf(text, name string) string {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// Symbolic links are followed, each run is listed once, and a circle of links ends.
func TestSymbolicLinks(t *testing.T) {
	sample(t)
	if err := os.Rename("runs/more", "elsewhere"); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"runs/all": ".", "runs/a0": "a", "runs/linked": "../elsewhere", "elsewhere/back": "../runs", "top": "runs", "runs/gone": "absent"} {
		if err := os.Symlink(to, from); err != nil {
			t.Skip(err)
		}
	}
	got, warned := output(t, "-wide")
	for _, name := range []string{"runs/a ", "runs/b ", "runs/c ", "runs/e ", "runs/linked/d "} {
		if strings.Count(got, "\n"+name) != 1 {
			t.Errorf("printed\n%s, want %s once", got, name)
		}
	}
	if strings.Count(got, "\n") != 7 || !strings.Contains(warned, filepath.Join("runs", "gone")) || strings.Count(warned, "\n") != 1 {
		t.Errorf("printed\n%s and %q, want 5 runs and a warning about runs/gone", got, warned)
	}
	if got, _ := output(t, "-wide", "top"); strings.Count(got, "\n") != 7 || !strings.Contains(got, "\ntop/a ") {
		t.Errorf("of a link to the folder it printed\n%s", got)
	}
	if got, _ := output(t, "-wide", "runs/a0"); !strings.Contains(got, "\nruns/a0 ") {
		t.Errorf("of a link to a run it printed\n%s", got)
	}
}

// A folder that is being created is not listed.
func TestFolderInCreation(t *testing.T) {
	sample(t)
	if err := os.Rename("runs/b", "runs/.b.tmp"); err != nil {
		t.Fatal(err)
	}
	if got, warned := output(t); strings.Contains(got, ".tmp") || warned != "" {
		t.Errorf("printed\n%s%s", got, warned)
	}
}

func TestNothingToList(t *testing.T) {
	t.Chdir(t.TempDir())
	if got, warned := output(t, "."); got != "" || warned != "no run folders in .\n" {
		t.Errorf("printed %q and %q", got, warned)
	}
	sample(t)
	if got, _ := output(t, "-filter", "seed>9"); !strings.HasPrefix(got, "name ") || strings.Count(got, "\n") != 1 {
		t.Errorf("printed %q, want the heads alone", got)
	}
}

func TestRefusals(t *testing.T) {
	sample(t)
	for _, tc := range []struct{ args, want string }{
		{"-sort speeed", `-sort: unknown key "speeed"; the known ones are name, model, dataset, done, validation, accuracy, time, speed, state, augment, lr, optimizer, seed`},
		{"-filter rate=1", `-filter: unknown key "rate"; the known ones are name,`},
		{"-filter rotate", `condition "rotate", want key=value`},
		{"-filter =1", `condition "=1", want key=value`},
		{"-filter lr!2", `condition "lr!2", want key=value`},
		{"-filter lr<low", `the value is "low", want a number`},
		{`-filter "lr=1`, "not a list of conditions"},
		{"-html a.html -json", "-html excludes -json and -group"},
		{"absent", "absent"},
		{"runs/a/config.toml", "runs/a/config.toml is a file"},
	} {
		err := run(t.Context(), strings.Fields(tc.args), &bytes.Buffer{}, &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error is %v, want one line with %q", tc.args, err, tc.want)
		}
	}
}
