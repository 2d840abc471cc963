package train

import (
	"errors"
	"html"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"inkstone/model"
	"inkstone/train/data"
	"inkstone/train/data/mnist"
)

// interrupt sends the process an interrupt, as the button of a notebook does.
func interrupt(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot interrupt itself on Windows")
	}
	p, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
}

// An interrupt ends the training after a step. The process lives on, the history says where the
// training stopped, and the next training gets a new context.
func TestUntilInterrupt(t *testing.T) {
	m, err := model.New(model.Spec{Preset: "tiny"})
	if err != nil {
		t.Fatal(err)
	}
	training, _, err := mnist.Load(t.Context(), mnist.Options{Name: mnist.Builtin, Limit: 64, TestLimit: 1})
	if err != nil {
		t.Fatal(err)
	}
	first := UntilInterrupt()
	if UntilInterrupt() != first {
		t.Error("two calls before an interrupt return two contexts")
	}
	cfg := Defaults()
	cfg.Epochs, cfg.Batch = 2, 16
	steps := 0
	cfg.Callbacks = []Callback{{Step: func(Step) error {
		if steps++; steps == 6 { // the second step of the second epoch
			interrupt(t)
			select {
			case <-first.Done():
			case <-time.After(10 * time.Second):
				t.Error("the interrupt did not end the context")
			}
		}
		return nil
	}}}
	h, err := Fit(first, m, training, nil, cfg)
	if err != nil || !h.Interrupted || h.Ended != EndedInterrupted || steps != 6 || len(h.Epochs) != 1 {
		t.Fatalf("error %v after %d steps, history %+v", err, steps, h)
	}
	for _, text := range []string{h.String(), h.HTML()} {
		if !strings.Contains(text, "interrupted in epoch 2 after step 2 of 4; the parameters of the model are those of epoch 1.") || !strings.Contains(text, "train.Fit") {
			t.Errorf("the history does not say where the training stopped: %s", text)
		}
	}
	if err := UntilInterrupt().Err(); err != nil {
		t.Fatalf("after an interrupt, the next context has ended too: %v", err)
	}
	cfg.Callbacks = nil
	if h, err = Fit(UntilInterrupt(), m, training, nil, cfg); err != nil || h.Interrupted || len(h.Epochs) != 2 {
		t.Errorf("training on: error %v, history %v", err, h)
	}
	if strings.Contains(h.String()+h.HTML(), "interrupted") {
		t.Error("a history without an interrupt mentions one")
	}
}

// What a failed call returns carries its error through further calls.
func TestCarriedErrors(t *testing.T) {
	ctx := t.Context()
	training, test, err := mnist.Load(ctx, mnist.Options{Dir: "/no/such/folder"})
	if err == nil || training.Err() != err || test.Err() != err {
		t.Fatalf("error %v, sets with %v and %v", err, training.Err(), test.Err())
	}
	rest, held, splitErr := training.Split(10, 1)
	if splitErr != err || rest.Err() != err || held.Err() != err {
		t.Errorf("Split returns %v, %v and %v, want %v", rest, held, splitErr, err)
	}
	m, err2 := NewModel("tiny", rest, 1)
	if !errors.Is(err2, err) || m.Err() != err2 {
		t.Fatalf("NewModel returns %v and %v", m, err2)
	}
	good, err3 := model.New(model.Spec{Preset: "tiny"})
	if err3 != nil {
		t.Fatal(err3)
	}
	values := map[string]struct {
		value interface{ String() string }
		err   error
	}{}
	add := func(name string, value interface{ String() string }, err error) {
		values[name] = struct {
			value interface{ String() string }
			err   error
		}{value, err}
	}
	h, fitErr := Fit(ctx, m, rest, nil, Defaults())
	add("the history of a failed model", h, fitErr)
	h, fitErr = Fit(ctx, good, rest, held, Defaults())
	add("the history of a failed set", h, fitErr)
	r, evaluateErr := Evaluate(ctx, good, test, 0)
	add("the report", r, evaluateErr)
	list, mistakesErr := FindMistakes(ctx, good, test, 0)
	curve, curveErr := FindRate(ctx, good, rest, Defaults(), 20)
	add("the curve of rates", curve, curveErr)
	add("the mistakes", list.Worst(3).Between(1, 2), mistakesErr)
	add("the model", m, err2)
	add("the set", rest, err)
	_, summaryErr := m.Summary()
	add("the summary", m, summaryErr)
	for name, v := range values {
		shown := []string{v.value.String()}
		if h, ok := v.value.(interface{ HTML() string }); ok {
			shown = append(shown, html.UnescapeString(h.HTML()))
		}
		for _, text := range shown {
			if !errors.Is(v.err, err) || !strings.Contains(text, err.Error()) {
				t.Errorf("%s: error %v, shown as %q, want %q in both", name, v.err, text, err)
			}
		}
	}
	for name, use := range map[string]func(){
		"Pixels":       func() { rest.Pixels(0) },
		"Label":        func() { rest.Label(0) },
		"Image":        func() { rest.Image(0) },
		"ContactSheet": func() { rest.ContactSheet(nil, 0) },
	} {
		func() {
			defer func() {
				if got := recover(); got != err {
					t.Errorf("%s panics with %v, want %v", name, got, err)
				}
			}()
			use()
		}()
	}
	for name, use := range map[string]func() (*data.Set, error){
		"Limit":       func() (*data.Set, error) { return rest.Limit(3) },
		"PerClass":    func() (*data.Set, error) { return rest.PerClass(3, 1) },
		"Select":      func() (*data.Set, error) { return rest.Select([]int{1}) },
		"Subset":      func() (*data.Set, error) { return rest.Subset([]int{1}) },
		"WithClasses": func() (*data.Set, error) { return rest.WithClasses([]string{"a"}) },
	} {
		if s, got := use(); got != err || s.Err() != err {
			t.Errorf("%s returns %v and %v, want %v", name, s, got, err)
		}
	}
	if got := rest.Check(); len(got) != 1 || got[0] != err.Error() {
		t.Errorf("Check returns %q", got)
	}
}

// A notebook replaces the standard output in each cell. The lines of a callback that an earlier
// cell made go to the current one.
func TestProgressStdout(t *testing.T) {
	before := os.Stdout
	defer func() { os.Stdout = before }()
	file := func() *os.File {
		f, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	os.Stdout = file()
	c := Progress(os.Stdout)
	if err := os.Stdout.Close(); err != nil {
		t.Fatal(err)
	}
	os.Stdout = file()
	defer os.Stdout.Close()
	if err := c.Epoch(Epoch{Epoch: 7}); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(os.Stdout.Name())
	if err != nil || !strings.HasPrefix(string(content), "epoch 7/") {
		t.Errorf("the current standard output has %q, %v", content, err)
	}
}
