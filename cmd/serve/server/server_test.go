package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"inkstone/cmd/serve/engine"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/digits"
	"inkstone/train/data/picture"
	"inkstone/train/schedule"
)

// imageBytes is the number of pixels of an image.
const imageBytes = picture.Size * picture.Size

// answer is the answer of /v1/predict.
type answer struct {
	Label         string
	Probabilities []float64
	Doubtful      bool
	Doubts        []string
	Characters    []struct {
		Label  string
		Pixels []int
	}
}

// description is the answer of /v1/model.
type description struct {
	Classes       []string
	Height, Width int
	Models        []struct {
		Network    string
		Parameters int
	}
}

// trained returns a network that reads built-in digits.
var trained = sync.OnceValue(func() *model.Model {
	pixels, labels := digits.Generate(1, 1500)
	set, err := data.New("builtin", "test", 28, 28, model.Digits(), pixels, labels)
	if err != nil {
		panic(err)
	}
	m, err := model.New(model.Spec{Preset: "tiny", Seed: 1})
	if err != nil {
		panic(err)
	}
	cfg := train.Defaults()
	cfg.Epochs, cfg.Batch, cfg.Optimizer.LearningRate, cfg.Schedule = 3, 32, 0.003, schedule.Schedule{}
	if _, err := train.Fit(context.Background(), m, set, nil, cfg); err != nil {
		panic(err)
	}
	return m
})

// newServer returns a server with the default limits, after change has changed the options.
func newServer(t testing.TB, change func(*Options)) *Server {
	t.Helper()
	o := Options{Limits: DefaultLimits(), Workers: 1}
	if change != nil {
		change(&o)
	}
	s, err := New([]*model.Model{trained()}, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// request returns a request as a program on this computer sends it.
func request(method, path, kind string, body []byte) *http.Request {
	r := httptest.NewRequest(method, "http://127.0.0.1:8080"+path, bytes.NewReader(body))
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	return r
}

func do(s http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// decoded returns the JSON of an answer.
func decoded[T any](t testing.TB, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("status %d, %q: %v", w.Code, w.Body, err)
	}
	return v
}

// code returns the code of the problem in an answer.
func code(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	return decoded[struct{ Error engine.Problem }](t, w).Error.Code
}

// sketch returns digits side by side on paper, dark on light, four times as large as they are.
func sketch(images ...[]byte) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, 120*len(images)+30, 150))
	for i := range img.Pix {
		img.Pix[i] = 240
	}
	for k, pixels := range images {
		for y := range 112 {
			for x := range 112 {
				img.SetGray(120*k+x+19, y+19, color.Gray{Y: 240 - byte(float64(pixels[y/4*28+x/4])*0.8)})
			}
		}
	}
	return img
}

func encoded(t testing.TB, encode func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, img image.Image) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, img) })
}

// samples returns n digits that were not trained on, with their labels.
func samples(n int) (images [][]byte, labels []string) {
	pixels, classes := digits.Generate(2, n)
	for _, c := range classes {
		labels = append(labels, fmt.Sprint(c))
	}
	return slices.Collect(slices.Chunk(pixels, imageBytes)), labels
}

func jsonOf(t testing.TB, key string, images ...[]byte) []byte {
	t.Helper()
	var list [][]int
	for _, img := range images {
		var values []int
		for _, v := range img {
			values = append(values, int(v))
		}
		list = append(list, values)
	}
	var value any = list
	if key == "pixels" {
		value = list[0]
	}
	body, err := json.Marshal(map[string]any{key: value})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// The answer for pixels has the probabilities of the model, bit for bit, alone and in a list.
func TestPixels(t *testing.T) {
	s := newServer(t, nil)
	c, err := trained().Classifier(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	images, labels := samples(100)
	w := do(s, request("POST", "/v1/predict?pixels=1", "application/json", jsonOf(t, "images", images...)))
	list := decoded[struct{ Predictions []answer }](t, w).Predictions
	if len(list) != len(images) {
		t.Fatalf("status %d, %d answers for %d images", w.Code, len(list), len(images))
	}
	right := 0
	for i, img := range images {
		one := decoded[answer](t, do(s, request("POST", "/v1/predict", "application/json; charset=utf-8", jsonOf(t, "pixels", img))))
		want, err := c.Probabilities(img)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(one.Probabilities, want) || !slices.Equal(list[i].Probabilities, want) {
			t.Fatalf("image %d: alone %v, in the list %v, want %v", i, one.Probabilities, list[i].Probabilities, want)
		}
		highest := slices.Max(want)
		if k := slices.Index(want, highest); one.Label != fmt.Sprint(k) || one.Doubtful != (highest < 0.7) || one.Doubtful != (len(one.Doubts) > 0) {
			t.Errorf("image %d: %+v with the probabilities %v", i, one, want)
		}
		if len(one.Characters) != 1 || one.Characters[0].Pixels != nil {
			t.Errorf("image %d: characters %+v", i, one.Characters)
		}
		for k, v := range list[i].Characters[0].Pixels {
			if v != int(img[k]) {
				t.Fatalf("image %d: pixel %d is %d, want %d", i, k, v, img[k])
			}
		}
		if one.Label == labels[i] {
			right++
		}
	}
	if right < 80 {
		t.Errorf("%d of 100 digits are right", right)
	}
}

// Pictures of each format are read, also several digits side by side.
func TestPictures(t *testing.T) {
	s := newServer(t, nil)
	images, labels := samples(40)
	right := 0
	for i := 0; i < len(images); i += 2 {
		img, want := sketch(images[i]), labels[i]
		if i%4 == 0 {
			img, want = sketch(images[i], images[i+1]), labels[i]+labels[i+1]
		}
		var answers []answer
		for kind, body := range map[string][]byte{
			"image/png":  pngOf(t, img),
			"image/gif":  encoded(t, func(b *bytes.Buffer) error { return gif.Encode(b, img, nil) }),
			"image/jpeg": encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, img, &jpeg.Options{Quality: 95}) }),
		} {
			w := do(s, request("POST", "/v1/predict?pixels=1", kind, body))
			if w.Code != http.StatusOK {
				t.Fatalf("%s: status %d: %s", kind, w.Code, w.Body)
			}
			a := decoded[answer](t, w)
			answers = append(answers, a)
			if len(a.Characters) == 1 != (a.Probabilities != nil) || len(a.Characters[0].Pixels) != imageBytes {
				t.Errorf("%s: %+v", kind, a)
			}
		}
		for _, a := range answers {
			if a.Label == want {
				right++
			}
		}
	}
	if right < 45 {
		t.Errorf("%d of 60 pictures are right", right)
	}
}

// A picture with doubts says so.
func TestDoubts(t *testing.T) {
	s := newServer(t, nil)
	img := image.NewGray(image.Rect(0, 0, 100, 100)) // a bar that reaches the border
	for y := range 100 {
		for x := range 100 {
			if x < 40 || x > 60 || y < 50 {
				img.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	a := decoded[answer](t, do(s, request("POST", "/v1/predict", "image/png", pngOf(t, img))))
	if !a.Doubtful || len(a.Doubts) == 0 || !strings.Contains(strings.Join(a.Doubts, ";"), "border") {
		t.Errorf("%+v, want a doubt about the border", a)
	}
}

func TestModel(t *testing.T) {
	d := decoded[description](t, do(newServer(t, nil), request("GET", "/v1/model", "", nil)))
	if !slices.Equal(d.Classes, model.Digits()) || d.Height != 28 || len(d.Models) != 1 || d.Models[0].Network != "tiny" || d.Models[0].Parameters != trained().Params.Count() {
		t.Errorf("%+v", d)
	}
}

func TestMetrics(t *testing.T) {
	s := newServer(t, nil)
	images, _ := samples(70)
	do(s, request("POST", "/v1/predict", "application/json", jsonOf(t, "images", images...)))
	do(s, request("POST", "/v1/predict", "text/plain", nil))
	do(s, request("GET", "/nothing", "", nil))
	w := do(s, request("GET", "/metrics", "", nil))
	if kind := w.Header().Get("Content-Type"); !strings.HasPrefix(kind, "text/plain") {
		t.Errorf("type %q", kind)
	}
	for _, line := range []string{
		`inkstone_requests_total{route="/v1/predict",status="200"} 1`,
		`inkstone_requests_total{route="/v1/predict",status="415"} 1`,
		`inkstone_requests_total{route="other",status="404"} 1`,
		"inkstone_images_total 70", "inkstone_batch_images_sum 70", "inkstone_predict_seconds_count 2",
		"inkstone_predictions_in_flight 0",
	} {
		if !strings.Contains(w.Body.String(), line+"\n") {
			t.Errorf("no line %s in\n%s", line, w.Body)
		}
	}
}

func TestNew(t *testing.T) {
	m, err := model.New(model.Spec{Preset: "tiny", Seed: 1, Height: 20, Width: 20})
	if err != nil {
		t.Fatal(err)
	}
	for name, models := range map[string][]*model.Model{"none": nil, "another size": {m}, "two sizes": {trained(), m}} {
		if _, err := New(models, Options{Limits: DefaultLimits()}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
