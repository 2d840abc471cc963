package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"inkstone/cmd/internal/browser"
	"inkstone/cmd/serve/static"
	"inkstone/cmd/train/traincmd"
	"inkstone/train/runfolder"
)

// patience is the number of seconds that the training in the static page may take. Alone on two cores
// it takes less than 20; other programs may run too.
const patience = 180

// ended waits until the page shows that the run has ended.
func ended(p *browser.Page) {
	p.Wait(`/^(Finished|Stopped|The training has failed)/.test(document.querySelector(".run-head").textContent)`)
}

// The static page trains a network on built-in digits, is taught five drawn digits, and saves and
// opens the model file.
func TestBrowserStatic(t *testing.T) {
	b := chromium(t)
	dir := filepath.Join(t.TempDir(), "page")
	if _, err := static.Write(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	p := b.Open(t, server.URL+"/#train", browser.View{})
	p.Wait(`document.querySelector("#train-network option")`)
	begin := time.Now()
	p.Click("#train-start")
	p.Wait(`document.querySelector(".run-curves polyline")`) // the curves are live
	ended(p)
	seconds := time.Since(begin).Seconds()
	status := `import("./engine.js").then(({ call }) => call("train-status", { run: "page:%d" }))`
	var s struct {
		State string
		Model string
		Test  struct{ Images, Correct int }
	}
	p.Eval(fmt.Sprintf(status, 1), &s)
	t.Logf("trained in %.1f s: %d of %d test digits right", seconds, s.Test.Correct, s.Test.Images)
	if s.State != "finished" || s.Test.Images < 1000 || float64(s.Test.Correct) < 0.9*float64(s.Test.Images) || seconds > patience {
		t.Errorf("the run is %s after %.1f s with %d of %d test digits right, want 90 %%", s.State, seconds, s.Test.Correct, s.Test.Images)
	}

	// Sevens as this reader writes them.
	p.Eval(`location.hash = "teach"`, nil)
	for i := range 5 {
		x := 0.02 * float64(i)
		p.Drag(p.Place("#pad", 0.7-x, 0.2), p.Place("#pad", 0.3, 0.25+x), p.Place("#pad", 0.45, 0.5), p.Place("#pad", 0.5+x, 0.8))
		p.Wait(fmt.Sprintf(`document.querySelectorAll(".labels button").length === 10 && !document.querySelector(".labels").hidden && document.querySelectorAll(".taught li").length === %d`, i))
		p.Eval(`[...document.querySelectorAll(".labels button")].find((e) => e.textContent === "7").click()`, nil)
		p.Wait(`document.querySelector(".labels").hidden`)
	}
	p.Click("#teach-start")
	p.Wait(`document.querySelector(".run-lesson li")`)
	ended(p)
	var lesson struct {
		Lesson struct {
			Drawn      struct{ Before, After struct{ Images, Correct int } }
			Known      struct{ Before, After struct{ Images, Correct int } }
			Frozen     int
			Parameters []struct {
				Name   string
				Frozen bool
			}
		}
	}
	p.Eval(fmt.Sprintf(status, 2), &lesson)
	l := lesson.Lesson
	t.Logf("of the drawn digits %d were right and %d are, of the known ones %d and %d", l.Drawn.Before.Correct, l.Drawn.After.Correct, l.Known.Before.Correct, l.Known.After.Correct)
	if l.Drawn.After.Images != 5 || l.Drawn.After.Correct != 5 || l.Known.After.Correct < l.Known.Before.Correct-10 || l.Frozen == 0 {
		t.Errorf("the lesson is %+v", l)
	}
	var frozen int
	p.Eval(`document.querySelectorAll(".params .is-frozen").length`, &frozen)
	if frozen != 4 { // the weights and biases of two convolutions
		t.Errorf("the page shows %d frozen parameters, want 4", frozen)
	}

	// The model file is the same after it has been saved, opened and saved again.
	var equal bool
	p.Eval(`(async () => {
		const { call } = await import("./engine.js");
		const saved = await call("save", { model: "`+s.Model+`" });
		const opened = await call("open?name=again", new Blob([saved], { type: "application/octet-stream" }));
		const again = await call("save", { model: opened.id });
		const [a, b] = await Promise.all([saved, again].map(async (f) => new Uint8Array(await f.arrayBuffer())));
		return a.length > 10000 && a.length === b.length && a.every((v, i) => v === b[i]);
	})()`, &equal)
	if !equal {
		t.Error("the model file is another after it has been opened")
	}
	checkProblems(t, p)
}

// The page watches a run of the command line while it trains, changes its learning rate, and stops it.
func TestBrowserWatch(t *testing.T) {
	b := chromium(t)
	dir := filepath.Join(t.TempDir(), "runs")
	link, _, stop := start(t, "-http", "127.0.0.1:0", "-runs", dir)
	defer stop()
	run := filepath.Join(dir, "mine")
	ctx, cancel := context.WithCancel(t.Context())
	finished := make(chan error, 1)
	go func() {
		finished <- traincmd.Run(ctx, []string{"-model", "fast", "-dataset", "builtin", "-limit", "2000", "-epochs", "10000", "-workers", "1", "-report=false", "-out", run}, io.Discard, io.Discard)
	}()
	defer cancel()

	p := b.Open(t, link+"#train", browser.View{})
	p.Wait(`document.querySelectorAll(".run-curves polyline").length > 1 && document.querySelectorAll(".run-norms tbody tr").length === 3`)
	p.Wait(`/wrongly/.test(document.querySelector(".run-mistakes").textContent)`)
	p.Eval(`(() => {
		const rate = document.querySelector("#train-rate");
		rate.value = -3;
		for (const name of ["input", "change"]) rate.dispatchEvent(new Event(name));
	})()`, nil)
	p.Eval(`(async () => {
		const { call } = await import("./engine.js");
		while ((await call("train-status", { run: "runs/mine" })).learning_rate !== 0.001) await new Promise((done) => setTimeout(done, 100));
	})()`, nil)
	p.Click("#train-stop")
	select {
	case err := <-finished:
		if err == nil {
			t.Error("the run has not been interrupted")
		}
	case <-time.After(time.Minute):
		t.Fatal("the run does not end")
	}
	ended(p)
	r, err := runfolder.Read(run)
	if err != nil || r.State() != runfolder.Interrupted {
		t.Errorf("the run is %v, %v", r, err)
	}
	if _, err := os.Stat(filepath.Join(run, runfolder.CheckpointFile)); err != nil {
		t.Error(err)
	}
	p.Click("#train-use") // its model answers
	p.Wait(`document.querySelector("#model").selectedOptions[0].textContent.includes("mine")`)
	checkProblems(t, p)
}
