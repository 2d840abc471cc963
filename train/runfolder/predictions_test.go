package runfolder

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inkstone/train"
	"inkstone/train/data"
)

// samplePredictions returns predictions for n images of 3 x 2 pixels, of which the last are wrong.
func samplePredictions(t *testing.T, n, wrong int) (*train.Predictions, *data.Set) {
	t.Helper()
	classes := []string{"字", `a,"b"`, " c"}
	p := &train.Predictions{Classes: classes}
	pixels, labels := make([]byte, n*6), make([]byte, n)
	for i := range n {
		labels[i] = byte(i % 3)
		pixels[i*6], pixels[i*6+5] = byte(i), byte(i+100)
		probabilities := []float64{1e-9, 1e-9, 1e-9}
		predicted := i % 3
		if i >= n-wrong {
			predicted = (i + 1) % 3
		}
		probabilities[predicted] = 1 - 1e-3*float64(i%7)
		probabilities[(predicted+1)%3] += 1e-3 * float64(i%7)
		p.Labels, p.Predicted = append(p.Labels, i%3), append(p.Predicted, predicted)
		p.Probabilities = append(p.Probabilities, probabilities...)
	}
	set, err := data.New("sample", "test", 2, 3, classes, pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	return p, set
}

func TestPredictions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	f, err := Create(path, []byte(config), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := ReadPredictions(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without predictions the error is %v", err)
	}
	p, set := samplePredictions(t, 20, 5)
	if err := errors.Join(f.WritePredictions(p), f.WriteMistakes(p, set)); err != nil {
		t.Fatal(err)
	}
	got, err := ReadPredictions(path)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Classes, p.Classes) || !slices.Equal(got.Labels, p.Labels) || !slices.Equal(got.Predicted, p.Predicted) {
		t.Errorf("read %v, want %v", got, p)
	}
	for i, v := range p.Probabilities {
		want := v
		if v < leastWritten && i%3 != p.Labels[i/3] {
			want = 0
		}
		if math.Abs(got.Probabilities[i]-want) > 1e-6*want {
			t.Errorf("probability %d is %v, want %v", i, got.Probabilities[i], want)
		}
	}
	mistakes, err := ReadMistakes(path)
	if err != nil || len(mistakes) != 5 {
		t.Fatalf("%d mistakes, %v, want 5", len(mistakes), err)
	}
	for k, m := range mistakes {
		i := m.Image
		if i < 15 || m.Label != p.Classes[i%3] || m.Predicted != p.Classes[(i+1)%3] || !bytes.Equal(m.Picture.Pix, set.Pixels(i)) || m.Disputed != "" {
			t.Errorf("mistake %+v", m)
		}
		if math.Abs(m.Loss-p.Loss(i)) > 1e-4 || k > 0 && m.Loss > mistakes[k-1].Loss {
			t.Errorf("mistake %d has the loss %v, want %v", i, m.Loss, p.Loss(i))
		}
	}
}

// The pictures are those of the first 200 mistakes; without mistakes there are none.
func TestPictures(t *testing.T) {
	for _, wrong := range []int{0, 1, 19, 20, 21, 200, 250} {
		path := filepath.Join(t.TempDir(), "run")
		f, err := Create(path, []byte(config), nil)
		if err != nil {
			t.Fatal(err)
		}
		p, set := samplePredictions(t, 250, wrong)
		if err := f.WriteMistakes(p, set); err != nil {
			t.Fatal(err)
		}
		list, err := ReadMistakes(path)
		if err != nil || len(list) != wrong {
			t.Fatalf("%d mistakes, %v, want %d", len(list), err, wrong)
		}
		for k, m := range list {
			if (m.Picture != nil) != (k < 200) || m.Picture != nil && !bytes.Equal(m.Picture.Pix, set.Pixels(m.Image)) {
				t.Fatalf("%d mistakes: the picture of number %d is wrong", wrong, k)
			}
		}
		if wrong > 0 {
			if err := os.WriteFile(filepath.Join(path, PicturesFile), []byte("no picture"), 0o666); err != nil {
				t.Fatal(err)
			}
			if list, err := ReadMistakes(path); err == nil || !strings.Contains(err.Error(), PicturesFile) || len(list) != wrong || list[0].Picture != nil {
				t.Errorf("with damaged pictures: %d mistakes, %v", len(list), err)
			}
		}
		f.Close()
	}
}

func FuzzPredictions(f *testing.F) {
	f.Add("image,label,predicted,a,b\n0,a,b,0.25,0.75\n")
	f.Add("image,label,predicted,a,a\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePredictions([]byte(text))
		if err != nil {
			return
		}
		if r, err := p.Report(); err == nil && r.Images != p.Len() {
			t.Errorf("%q gives %d images", text, r.Images)
		}
		parseMistakes([]byte(text))
	})
}
