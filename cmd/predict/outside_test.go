package main

import (
	"flag"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"inkstone/cmd/internal/reading"
	"inkstone/internal/longtest"
	"inkstone/model"
	"inkstone/model/pretrained"
	"inkstone/train"
	"inkstone/train/data/picture"
	"inkstone/train/data/printed"
	"inkstone/train/runfolder"
)

var (
	outsideCount = flag.Int("outside", longtest.Cases(50, 100), "number of digits of TestOutside; there is a row of digits for each five of them")
	// Settings were chosen with the seeds 1 and 2.
	outsideSeed = flag.Uint64("outside-seed", 2026, "seed of the pictures of TestOutside")
)

// TestOutside reads pictures that are not from MNIST: single digits and rows of two to six. Without -model the
// built-in model reads them. This scores a model, and keeps the pictures that it misreads in a folder:
//
//	go test ./cmd/predict -run Outside -v -args -model FILE -outside 500 -keep FOLDER
func TestOutside(t *testing.T) {
	fonts, err := printed.Fonts()
	if err != nil {
		t.Fatal(err)
	}
	if len(fonts) == 0 {
		t.Skip("there are no fonts: install fonts-dejavu, fonts-liberation and fonts-freefont-ttf")
	}
	set, err := printed.NewSet(*outsideSeed, fonts)
	if err != nil {
		t.Fatal(err)
	}
	var m *model.Model
	if *photographModel == "" {
		m, err = pretrained.Tiny()
	} else {
		m, err = model.Load(runfolder.ModelPath(*photographModel))
	}
	if err != nil {
		t.Fatal(err)
	}
	e, err := train.NewEnsemble([]*model.Model{m}, nil, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	score := func(name string, n int, draw func(i int) (printed.Picture, error), least float64) {
		right := 0
		for i := range n {
			p, err := draw(i)
			if err != nil {
				t.Fatal(err)
			}
			got := "nothing"
			if found, err := picture.Find(p.Image); err == nil {
				all, err := probabilities(e, reading.Images(found, m.Classes))
				if err != nil {
					t.Fatal(err)
				}
				got = reading.New(m.Classes, all, found.Doubts).Label
			}
			if got == p.Text {
				right++
				continue
			}
			t.Logf("%s %d: %s is read as %s: %s", name, i, p.Text, got, p.Kind)
			if *photographFolder != "" {
				f, err := os.Create(filepath.Join(*photographFolder, fmt.Sprintf("%s-%d-%s-as-%s.png", name, i, p.Text, got)))
				if err != nil {
					t.Fatal(err)
				}
				if err := png.Encode(f, p.Image); err != nil {
					t.Fatal(err)
				}
				f.Close()
			}
		}
		t.Logf("%d of %d %ss are right: %.1f %%, with %d fonts", right, n, name, 100*float64(right)/float64(n), len(fonts))
		if float64(right) < least*float64(n) {
			t.Errorf("%d of %d %ss are right, want %.0f %%", right, n, name, 100*least)
		}
	}
	leastDigits, leastRows := 0.9, 0.7 // of few pictures
	if *outsideCount >= 500 {
		leastDigits, leastRows = 0.95, 0.9
	}
	score("digit", *outsideCount, set.Digit, leastDigits)
	score("row", *outsideCount/5, set.Row, leastRows)
}
