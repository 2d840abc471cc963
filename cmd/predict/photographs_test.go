package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"inkstone/internal/longtest"
	"inkstone/train/data/digits"
	"inkstone/train/data/mnist"
)

var (
	photographModel  = flag.String("model", "", "model file of TestPhotographs, which then takes test images of MNIST")
	photographCount  = flag.Int("photographs", longtest.Cases(1, 2), "number of pictures of each kind")
	photographFolder = flag.String("keep", "", "folder that keeps the pictures of TestPhotographs")
)

// TestPhotographs classifies photographs of each kind. Without -model it trains a small network
// on the built-in digits. This scores a model:
//
//	INKSTONE_DATA=FOLDER go test ./cmd/predict -run Photographs -v -args -model FILE -photographs 100
func TestPhotographs(t *testing.T) {
	model, pixels, labels := *photographModel, []byte(nil), []byte(nil)
	least := 0.92
	if model == "" {
		model, least = trainedModel(t, "lenet5"), 0.8
		pixels, labels = digits.Generate(98, 1000)
	} else {
		_, test, err := mnist.Load(t.Context(), mnist.Options{Name: mnist.Default, Offline: true})
		if err != nil {
			t.Fatal(err)
		}
		for i := range test.Len() {
			pixels, labels = append(pixels, test.Pixels(i)...), append(labels, byte(test.Label(i)))
		}
	}
	dir := *photographFolder
	if dir == "" {
		dir = t.TempDir()
	}
	right, all := 0, 0
	for number, k := range slices.Concat(kinds, laterKinds) {
		rng := rand.New(rand.NewPCG(uint64(number), 7))
		var files []string
		var want []byte
		for i := range *photographCount {
			n := rng.IntN(len(labels))
			name := filepath.Join(dir, fmt.Sprintf("%d_%s_%d.%s", labels[n], k.name, i, k.extension()))
			if err := os.WriteFile(name, k.photograph(t, pixels[n*784:(n+1)*784], rng), 0o666); err != nil {
				t.Fatal(err)
			}
			files, want = append(files, name), append(want, '0'+labels[n])
		}
		var out, warnings bytes.Buffer
		err := run(t.Context(), append([]string{"-model", model, "-json"}, files...), &out, &warnings)
		if err != nil {
			t.Logf("%s: %v", k.name, err)
		}
		answers := map[string]prediction{}
		for dec := json.NewDecoder(&out); dec.More(); {
			var p prediction
			if err := dec.Decode(&p); err != nil {
				t.Fatal(err)
			}
			answers[p.File] = p
		}
		good, doubtful := 0, 0
		for i, file := range files {
			if answers[file].Label == string(want[i]) {
				good++
			}
			if len(answers[file].Doubts) > 0 {
				doubtful++
			}
		}
		t.Logf("%-20s %d of %d right, %d doubtful", k.name, good, len(files), doubtful)
		right, all = right+good, all+len(files)
	}
	if float64(right) < least*float64(all) {
		t.Errorf("%d of %d photographs were classified correctly, want %.0f %%", right, all, 100*least)
	}
}

func (k kind) extension() string {
	if k.quality > 0 {
		return "jpg"
	}
	return "png"
}

// photograph returns the file of a photograph.
func (k kind) photograph(t *testing.T, pixels []byte, rng *rand.Rand) []byte {
	t.Helper()
	var img image.Image = k.paint(pixels, rng)
	var b bytes.Buffer
	err := error(nil)
	if k.quality > 0 {
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: k.quality})
	} else {
		err = png.Encode(&b, img)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
