package engine

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"inkstone/model"
	"inkstone/train/data/digits"
	"inkstone/train/data/picture"
	"inkstone/train/live"
)

// wait returns the status of a run at its end.
func wait(t *testing.T, e *Engine, run string) *status {
	t.Helper()
	for range 3000 {
		if s := answered[status](t, e, "train-status", runQuestion{run}); s.State != live.Running {
			return &s
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the training does not end")
	return nil
}

// saved returns the file of a model.
func saved(t *testing.T, e *Engine, id string) []byte {
	t.Helper()
	body := []byte(`{"model":"` + id + `"}`)
	a, err := e.Call(t.Context(), "save", Request{Type: "application/json", Body: body})
	if err != nil {
		t.Fatal(err)
	}
	if a.Type != "application/octet-stream" {
		t.Errorf("the type is %s", a.Type)
	}
	return a.Body
}

// answered is [ask] for a call that must be answered.
func answered[A any](t *testing.T, e *Engine, route string, value any) A {
	t.Helper()
	a, err := ask[A](t, e, route, value)
	if err != nil {
		t.Fatalf("%s: %v", route, err)
	}
	return a
}

// drawing is the question of teach as the page sends it, with pixels as numbers.
type drawing struct {
	Images [][]int  `json:"images"`
	Labels []string `json:"labels"`
}

func (d *drawing) add(pixels []byte, label string) {
	values := make([]int, len(pixels))
	for i, v := range pixels {
		values[i] = int(v)
	}
	d.Images, d.Labels = append(d.Images, values), append(d.Labels, label)
}

// A training gives the same model each time, which can be read with and saved, and the status
// shows it.
func TestTrain(t *testing.T) {
	e := newEngine(t)
	settings := Settings{Network: "fast", Dataset: "builtin", Images: 600, Epochs: 3, LearningRate: 0.01, Seed: 4}
	var files [][]byte
	for range 2 {
		run := answered[runAnswer](t, e, "train-start", settings).Run
		s := wait(t, e, run)
		if s.State != live.Finished || s.Run != run || s.Test == nil || s.Test.Images != testImages || len(s.History) != 3 || len(s.Curve.Steps) == 0 || s.LearningRate != 0.01 {
			t.Fatalf("the run is %s (%s) after %d epochs with the test %v", s.State, s.Error, len(s.History), s.Test)
		}
		if float64(s.Test.Correct) < 0.5*testImages {
			t.Errorf("%d of %d test images are right", s.Test.Correct, testImages)
		}
		files = append(files, saved(t, e, s.Model))
		if opened := answered[modelEntry](t, e, "train-model", runQuestion{run}); opened.ID != s.Model || opened.Network != "fast" || opened.Accuracy != float64(s.Test.Correct)/testImages {
			t.Errorf("the model of the run is %+v", opened)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the same seed gives another model")
	}
	list := answered[[]Run](t, e, "runs", nil)
	if len(list) != 2 || list[0].Name != "page:2" || list[0].State != live.Finished || list[0].Epochs != 3 {
		t.Errorf("the runs are %+v", list)
	}
}

// A training can be stopped, which leaves the model as it is then. A second one is refused in the
// meantime.
func TestTrainStop(t *testing.T) {
	e := newEngine(t)
	settings := Settings{Network: "tiny", Dataset: "builtin", Images: 800, Epochs: 100, Seed: 1}
	run := answered[runAnswer](t, e, "train-start", settings).Run
	if code := refusal(t, e, "train-start", settings); code != "training" {
		t.Errorf("the code of a second training is %q", code)
	}
	answered[struct{}](t, e, "train-rate", rateQuestion{run, 0.003})
	for s := (status{Status: &live.Status{}}); s.Step == 0; s = answered[status](t, e, "train-status", runQuestion{run}) {
		time.Sleep(5 * time.Millisecond)
	}
	answered[struct{}](t, e, "train-stop", runQuestion{run})
	s := wait(t, e, run)
	if s.State != live.Stopped || s.LearningRate != 0.003 || s.Test != nil {
		t.Errorf("the run is %s with the learning rate %g", s.State, s.LearningRate)
	}
	if _, err := model.Parse(saved(t, e, s.Model)); err != nil {
		t.Error(err)
	}
}

// mirrored returns mirror images of the sevens among built-in digits, as the question of teach.
func mirrored(from, count int) (d drawing) {
	images, labels := digits.Generate(77, 300)
	for i, label := range labels {
		if label != 7 {
			continue
		}
		if from--; from >= 0 {
			continue
		}
		if len(d.Images) == count {
			break
		}
		img := make([]byte, imageBytes)
		for k := range img {
			img[k] = images[i*imageBytes+k/picture.Size*picture.Size+picture.Size-1-k%picture.Size]
		}
		d.add(img, "7")
	}
	return d
}

// A network learns to read sevens as a person writes them from five examples, and keeps what it
// knows. The frozen part stays as it is, and so does the model that was taught.
func TestTeach(t *testing.T) {
	e := newEngine(t)
	before := saved(t, e, "")
	lesson := answered[teachAnswer](t, e, "teach", mirrored(0, 5))
	if l := lesson.Lesson; l.Drawn.Before.Correct > 2 || l.Frozen == 0 || l.Trainable == 0 || l.Known.Before.Images != recalled {
		t.Errorf("the lesson is %+v", l)
	}
	s := wait(t, e, lesson.Run)
	if s.State != live.Finished || s.Lesson.Drawn.After.Correct != 5 {
		t.Fatalf("the run is %s (%s); of the drawn digits %+v are right", s.State, s.Error, s.Lesson.Drawn.After)
	}
	if k := s.Lesson.Known; k.After.Correct < k.Before.Correct-recalled/20 {
		t.Errorf("of %d known digits %d are right, before %d", recalled, k.After.Correct, k.Before.Correct)
	}
	body, err := json.Marshal(map[string]any{"images": mirrored(5, 20).Images})
	if err != nil {
		t.Fatal(err)
	}
	a, err := e.Call(t.Context(), "predict", Request{Type: "application/json", Query: url.Values{"model": {s.Model}}, Body: body})
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(a.Body), `"label":"7","probabilities"`); n < 15 {
		t.Errorf("of 20 other sevens of that kind %d are read, want at least 15", n)
	}
	if !bytes.Equal(before, saved(t, e, "")) {
		t.Error("the model itself has changed")
	}
	old, err := model.Parse(before)
	if err != nil {
		t.Fatal(err)
	}
	taught, err := model.Parse(saved(t, e, s.Model))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range s.Lesson.Parameters {
		same := true
		for i, v := range taught.Params.Get(row.Name).Portable() {
			same = same && v == old.Params.Get(row.Name).Portable()[i]
		}
		if same != row.Frozen {
			t.Errorf("that %s is frozen is %t, that it is as before %t", row.Name, row.Frozen, same)
		}
	}
}

func TestTrainRefuses(t *testing.T) {
	e := newEngine(t)
	var blank, short, unknown drawing
	blank.Images = [][]int{make([]int, imageBytes)}
	short.add(make([]byte, 5), "1")
	unknown.add(make([]byte, imageBytes), "x")
	for i, tc := range []struct {
		route string
		body  any
		code  string
	}{
		{"train-start", Settings{Network: "vgg", Dataset: "builtin"}, "settings"},
		{"train-start", Settings{Network: "fast", Dataset: "mnist"}, "settings"},
		{"train-start", Settings{Network: "fast", Dataset: "builtin", Images: -1}, "settings"},
		{"train-start", Settings{Network: "fast", Dataset: "builtin", Images: 100, Epochs: -1}, "settings"},
		{"train-start", Settings{Network: "fast", Dataset: "builtin", Images: 100, LearningRate: -1}, "settings"},
		{"train-status", runQuestion{"page:1"}, "unknown_run"},
		{"train-status", runQuestion{""}, "unknown_run"},
		{"train-stop", runQuestion{"../etc"}, "unknown_run"},
		{"train-rate", rateQuestion{"page:1", 0}, "settings"},
		{"train-rate", rateQuestion{"page:1", 0.1}, "unknown_run"},
		{"train-model", runQuestion{"page:1"}, "unknown_run"},
		{"save", modelQuestion{"77"}, "unknown_model"},
		{"teach", drawing{}, "images"},
		{"teach", blank, "images"},
		{"teach", short, "pixels"},
		{"teach", unknown, "unknown_class"},
	} {
		if code := refusal(t, e, tc.route, tc.body); code != tc.code {
			t.Errorf("case %d, %s: the code is %q, want %q", i, tc.route, code, tc.code)
		}
	}
	if n := len(e.list()); n != 1 {
		t.Errorf("%d models are left, want 1", n)
	}
}

// refusal returns the code of the problem of a call.
func refusal(t *testing.T, e *Engine, route string, value any) string {
	t.Helper()
	_, err := ask[any](t, e, route, value)
	return codeOf(err)
}
