package report

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/sets"
	"inkstone/train/runfolder"
)

// hostile are names of classes that must not become markup.
var hostile = []string{"数字", `<script>alert("x")</script>`, `"&'`, "d"}

// images returns random images of the hostile classes.
func images(t *testing.T, n int, seed uint64) *data.Set {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	pixels, labels := make([]byte, n*144), make([]byte, n)
	for i := range pixels {
		pixels[i] = byte(r.IntN(256))
	}
	for i := range labels {
		labels[i] = byte(i % len(hostile))
	}
	set, err := data.New("noise", "<b>a test</b>", 12, 12, hostile, pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// finished makes the folder of a finished run with an untrained model.
func finished(t *testing.T, name string, seed uint64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := runfolder.Create(path, fmt.Appendf(nil, "version = 3\nmodel = \"tiny\"\nseed = %d\nlr = 0.01\nclasses = '<i>'\n", seed), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := model.New(model.Spec{Preset: "tiny", Height: 12, Width: 12, Classes: hostile, Seed: seed, Std: 1})
	if err != nil {
		t.Fatal(err)
	}
	h := &train.History{Ended: train.EndedEpochs}
	for i := 1; i <= 3; i++ {
		e := train.Epoch{Epoch: i, Best: i < 3, TrainLoss: 1 / float64(i), TrainAccuracy: 0.5, LearningRate: 0.01, Seconds: 2, ImagesPerSecond: 50,
			Validation: &train.Score{Images: 100, Accuracy: 0.8 + float64(seed)/100, Loss: 0.5}}
		h.Epochs, h.Best = append(h.Epochs, e), 1
		if err := f.AppendEpoch(e); err != nil {
			t.Fatal(err)
		}
	}
	all := &sets.Sets{Training: images(t, 8, 1), Test: images(t, 40, 2)}
	test, err := train.Evaluate(t.Context(), m, all.Test, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Finish(m, all, seed, h, test); err != nil {
		t.Fatal(err)
	}
	return path
}

// pageOf returns the report of folders, after checks that hold for all reports.
func pageOf(t *testing.T, language string, runs ...Run) string {
	t.Helper()
	content, err := Page(runs, language)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Page(runs, language)
	if err != nil || !bytes.Equal(content, again) {
		t.Errorf("the second report differs: %v", err)
	}
	text := string(content)
	for _, bad := range []string{"<script", "<b>", "<i>", "%!", "ZgotmplZ", "NaN"} {
		if i := strings.Index(text, bad); i >= 0 {
			t.Errorf("the report has %q: %s", bad, text[max(0, i-60):min(len(text), i+60)])
		}
	}
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"]*)"|url\(`).FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(m[1], "#") && !strings.HasPrefix(m[1], "data:image/png;base64,") {
			t.Errorf("the report refers to %q", m[0])
		}
	}
	return text
}

// has returns the ids of the sections of a report.
func has(text string) string {
	var ids []string
	for _, m := range regexp.MustCompile(`<section id="(\w+)"`).FindAllStringSubmatch(text, -1) {
		ids = append(ids, m[1])
	}
	return strings.Join(ids, " ")
}

func TestPage(t *testing.T) {
	path := finished(t, "run <1>", 1)
	r, err := runfolder.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	robustness := &train.Robustness{Images: 10, Height: 1, Width: 2, Curves: []train.RobustnessCurve{
		{Distortion: "rotation", Unit: "degrees", Points: []train.RobustnessPoint{{Amount: -10, Errors: 5, Accuracy: 0.5, Example: []byte{1, 2}}, {Amount: 0, Accuracy: 1, Example: []byte{3, 4}}}},
	}}
	for language, title := range map[string]string{"en": "<h2 id=\"mistakes-title\">Mistakes</h2>", "zh": "<h2 id=\"mistakes-title\">认错的图像</h2>"} {
		text := pageOf(t, language, Run{path, robustness})
		if got, want := has(text), "curves mistakes confusion classes reliability robustness filters network settings"; got != want {
			t.Errorf("the sections are %s, want %s", got, want)
		}
		for _, want := range []string{title, "run &lt;1&gt;", "数字", "&lt;script&gt;", fmt.Sprintf("<dd>%d</dd>", *r.Result.TestErrors), percent(*r.Result.TestAccuracy), "&lt;i&gt;"} {
			if !strings.Contains(text, want) {
				t.Errorf("the report lacks %q", want)
			}
		}
		if n := strings.Count(text, `width="84"`); n != *r.Result.TestErrors {
			t.Errorf("%d pictures of mistakes, want %d", n, *r.Result.TestErrors)
		}
		if strings.Contains(text, `class="notice"`) {
			t.Error("the report of a sound run has a notice")
		}
	}
}

// A run is reported with what its folder has, and the report says what is missing.
func TestIncomplete(t *testing.T) {
	whole := finished(t, "run", 1)
	write := func(name, content string) func(dir string) error {
		return func(dir string) error { return os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666) }
	}
	remove := func(names ...string) func(dir string) error {
		return func(dir string) error {
			for _, name := range names {
				if err := os.Remove(filepath.Join(dir, name)); err != nil {
					return err
				}
			}
			return nil
		}
	}
	for _, tc := range []struct {
		name           string
		change         func(dir string) error
		notice, absent string // a section
	}{
		{"in progress", remove("result.json", "model.safetensors"), "is not finished", "mistakes"},
		{"not begun", remove("result.json", "model.safetensors", "metrics.jsonl"), "is not finished", "curves"},
		{"of an earlier version", remove("predictions.csv", "mistakes.csv", "mistakes.png"), "has no predictions.csv", "confusion"},
		{"cut predictions", write("predictions.csv", "image,label,predicted,a\n0,a"), "Damaged: predictions.csv: record on line 2", "reliability"},
		{"wrong probability", write("predictions.csv", "image,label,predicted,a\n0,a,a,2\n"), "predictions.csv: line 2: probability", "confusion"},
		{"other predictions", write("predictions.csv", "image,label,predicted,a\n0,a,a,1\n"), "has 0 errors in 1 images", "confusion"},
		{"other mistakes", write("mistakes.csv", "image,label,predicted,probability,label_probability,loss,disputed\n99,d,d,1,0,3,\n"), "image 99 of 40", "mistakes"},
		{"no pictures", remove("mistakes.png"), "Damaged: mistakes.png", "mistakesfigures"},
		{"cut result", write("result.json", "{"), "Damaged: result.json", "mistakes"},
		{"damaged metrics", write("metrics.jsonl", "x\n"), "Damaged: metrics.jsonl: line 1", "curves"},
		{"damaged model", write("model.safetensors", "x"), "The model cannot be read", "filters"},
		{"damaged baseline", write("baseline.json", "{"), "Damaged: baseline.json", "baseline"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			if err := errors.Join(os.CopyFS(dir, os.DirFS(whole)), tc.change(dir)); err != nil {
				t.Fatal(err)
			}
			text := pageOf(t, "en", Run{Folder: dir})
			_, notice, _ := strings.Cut(text, `role="note">`)
			if !strings.Contains(text[:strings.Index(text, "<main")], tc.notice) {
				t.Errorf("the notice is %.200q, want %q", notice, tc.notice)
			}
			if strings.Contains(" "+has(text)+" ", " "+tc.absent+" ") || !strings.Contains(has(text), "settings") {
				t.Errorf("the sections are %s, want settings and not %s", has(text), tc.absent)
			}
		})
	}
}

// The folder of version 1 of Inkstone is reported.
func TestOldRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(dir, os.DirFS("../../cmd/train/traincmd/testdata/version1-run")); err != nil {
		t.Fatal(err)
	}
	text := pageOf(t, "en", Run{Folder: dir})
	if !strings.Contains(has(text), "curves") || !strings.Contains(has(text), "filters") || !strings.Contains(text, "has no predictions.csv") {
		t.Errorf("the sections are %s", has(text))
	}
}

func TestComparison(t *testing.T) {
	a, b := finished(t, "a", 1), finished(t, "b", 2)
	text := pageOf(t, "en", Run{Folder: a}, Run{Folder: b})
	if got, want := has(text), "runs curves differences mistakes classes"; got != want {
		t.Errorf("the sections are %s, want %s", got, want)
	}
	// Of the settings only the seed differs.
	_, heads, _ := strings.Cut(text, "Settings in which the runs differ</caption>")
	heads, _, _ = strings.Cut(heads, "</thead>")
	if !strings.Contains(heads, ">seed</th>") || strings.Contains(heads, ">lr</th>") {
		t.Error("the table does not show the settings that differ alone")
	}
	only := [2]int{}
	first, err := runfolder.ReadPredictions(a)
	if err != nil {
		t.Fatal(err)
	}
	second, err := runfolder.ReadPredictions(b)
	if err != nil {
		t.Fatal(err)
	}
	for i, label := range first.Labels {
		switch x, y := first.Predicted[i] == label, second.Predicted[i] == label; {
		case x && !y:
			only[0]++
		case y && !x:
			only[1]++
		}
	}
	if want := fmt.Sprintf(`<td class="right">%d</td><td class="right">%d</td>`, only[0], only[1]); !strings.Contains(text, want) {
		t.Errorf("the comparison lacks %s", want)
	}
	// A run without predictions is in the table alone.
	if err := os.Remove(filepath.Join(b, runfolder.PredictionsFile)); err != nil {
		t.Fatal(err)
	}
	if got := has(pageOf(t, "zh", Run{Folder: a}, Run{Folder: b})); got != "runs curves" {
		t.Errorf("the sections are %s", got)
	}
}

func TestWritePage(t *testing.T) {
	dir := finished(t, "run", 1)
	path := filepath.Join(dir, runfolder.PageFile)
	if err := WritePage(path, []Run{{Folder: dir}}, "en"); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != pageOf(t, "en", Run{Folder: dir}) {
		t.Errorf("the file differs from the page: %v", err)
	}
}
