package digits

import (
	"flag"
	"image"
	"image/png"
	"os"
	"testing"
)

var sheetFile = flag.String("sheet", "", "write the contact sheet of TestContactSheet to this PNG `file`")

// contactSheet shows digits of a seed, a row of columns pictures for each of the ten.
func contactSheet(seed uint64, columns int) *image.Gray {
	pixels, labels := Generate(seed, Classes*columns)
	sheet := image.NewGray(image.Rect(0, 0, columns*Size, Classes*Size))
	var next [Classes]int
	for i, d := range labels {
		x, y := next[d]*Size, int(d)*Size
		next[d]++
		for k, v := range pixels[i*Size*Size:][:Size*Size] {
			sheet.Pix[sheet.PixOffset(x+k%Size, y+k/Size)] = v
		}
	}
	return sheet
}

// The sheet is for the eye: go test -run ContactSheet -sheet sheet.png. What a test can say of
// it is that every digit is in its place and reaches no further.
func TestContactSheet(t *testing.T) {
	const columns = 20
	sheet := contactSheet(1, columns)
	for row := range Classes {
		for column := range columns {
			ink := 0
			for y := range Size {
				for x := range Size {
					if sheet.GrayAt(column*Size+x, row*Size+y).Y > 127 {
						ink++
					}
				}
			}
			if ink < 15 || ink > 350 {
				t.Errorf("digit %d, column %d: %d pixels of ink, want 15 to 350", row, column, ink)
			}
		}
	}
	if *sheetFile == "" {
		return
	}
	f, err := os.Create(*sheetFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, sheet); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// The digits can be told apart without any network: the class whose mean image is nearest
// is right for most pictures of another seed. By this rule MNIST gives 83 %: the means of
// 4,000 training images of each digit, tried on the last 10,000.
func TestLegible(t *testing.T) {
	const n = 2000
	pixels, labels := Generate(21, n)
	var mean [Classes][Size * Size]float64
	for i, d := range labels {
		for k, v := range pixels[i*Size*Size:][:Size*Size] {
			mean[d][k] += float64(v) / (n / Classes)
		}
	}
	pixels, labels = Generate(22, n)
	right := 0
	for i, d := range labels {
		best, nearest := -1, 0.0
		for c := range mean {
			var sum float64
			for k, v := range pixels[i*Size*Size:][:Size*Size] {
				e := float64(v) - mean[c][k]
				sum += e * e
			}
			if best < 0 || sum < nearest {
				best, nearest = c, sum
			}
		}
		if best == int(d) {
			right++
		}
	}
	if accuracy := float64(right) / n; accuracy < 0.7 || accuracy > 0.9 {
		t.Errorf("the nearest mean image is right for %.3f of the digits, want 0.7 to 0.9: legible, but not all alike", accuracy)
	} else {
		t.Logf("the nearest mean image is right for %.3f of the digits", accuracy)
	}
}
