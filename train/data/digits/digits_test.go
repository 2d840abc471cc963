package digits

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"math"
	"runtime"
	"testing"
)

// The checksums detect any change of the data set for a seed. They are the same on every
// architecture, since the generator uses only operations that IEEE 754 defines exactly.
func TestGenerateGolden(t *testing.T) {
	const n = 500
	for _, g := range []struct {
		seed           uint64
		pixels, labels uint32
	}{
		{seed: 0, pixels: 0x5f4cc068, labels: 0x966c3f8d},
		{seed: 1, pixels: 0x0f7f8309, labels: 0x9b2c9d52},
		{seed: math.MaxUint64, pixels: 0x37c3421b, labels: 0xcf40854d},
	} {
		pixels, labels := Generate(g.seed, n)
		if p, l := crc32.ChecksumIEEE(pixels), crc32.ChecksumIEEE(labels); p != g.pixels || l != g.labels {
			t.Errorf("Generate(%d, %d): CRC-32 of pixels %#08x, labels %#08x; want %#08x, %#08x",
				g.seed, n, p, l, g.pixels, g.labels)
		}
	}
}

func TestGenerateEmpty(t *testing.T) {
	for _, n := range []int{0, -1} {
		if pixels, labels := Generate(1, n); len(pixels) != 0 || len(labels) != 0 {
			t.Errorf("Generate(1, %d): %d pixels, %d labels, want none", n, len(pixels), len(labels))
		}
	}
}

// A shorter set is a prefix of a longer one, even if it ends within a block of ten labels.
func TestGeneratePrefix(t *testing.T) {
	pixels, labels := Generate(7, 123)
	for _, n := range []int{1, 9, 10, 11, 122} {
		p, l := Generate(7, n)
		if !bytes.Equal(p, pixels[:n*Size*Size]) || !bytes.Equal(l, labels[:n]) {
			t.Errorf("Generate(7, %d) is not a prefix of Generate(7, 123)", n)
		}
	}
}

// Draw and Labels give the images and labels of Generate, one at a time.
func TestDraw(t *testing.T) {
	pixels, labels := Generate(7, 123)
	if l := Labels(7, 123); !bytes.Equal(l, labels) || len(Labels(7, 0)) != 0 {
		t.Errorf("Labels(7, 123) is %v, want %v", l, labels)
	}
	for _, i := range []int{0, 9, 10, 122} {
		image := bytes.Repeat([]byte{99}, Size*Size) // Draw overwrites this
		if Draw(7, i, image); !bytes.Equal(image, pixels[i*Size*Size:][:Size*Size]) {
			t.Errorf("Draw(7, %d) is another image than that of Generate", i)
		}
	}
}

func TestGenerateIndependentOfWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	pixels, labels := Generate(3, 97)
	for _, workers := range []int{2, 3, 8} {
		runtime.GOMAXPROCS(workers)
		if p, l := Generate(3, 97); !bytes.Equal(p, pixels) || !bytes.Equal(l, labels) {
			t.Errorf("Generate(3, 97) differs between %d workers and one", workers)
		}
	}
}

func TestGenerateSeedsDiffer(t *testing.T) {
	const n = 50
	p1, l1 := Generate(1, n)
	p2, l2 := Generate(2, n)
	if bytes.Equal(l1, l2) {
		t.Error("seeds 1 and 2 give the labels in the same order")
	}
	for i := range n {
		a := p1[i*Size*Size:][:Size*Size]
		for j := range n {
			if bytes.Equal(a, p2[j*Size*Size:][:Size*Size]) {
				t.Errorf("image %d of seed 1 is image %d of seed 2", i, j)
			}
			if j < i && bytes.Equal(a, p1[j*Size*Size:][:Size*Size]) {
				t.Errorf("image %d of seed 1 is image %d too", i, j)
			}
		}
	}
}

func TestLabelsBalanced(t *testing.T) {
	_, labels := Generate(5, 1000)
	orders := map[string]bool{}
	for i := 0; i < len(labels); i += classes {
		run := labels[i : i+classes]
		var seen [classes]bool
		for _, d := range run {
			if int(d) >= classes || seen[d] {
				t.Fatalf("labels %d to %d are %v, want each of 0 to 9 once", i, i+classes-1, run)
			}
			seen[d] = true
		}
		orders[string(run)] = true
	}
	if len(orders) < 95 {
		t.Errorf("100 runs of labels have only %d different orders", len(orders))
	}
}

// Every image has the form of MNIST. The digit fills a box of 20x20 pixels in height or in
// width, and its center of mass is within half a pixel of pixel (14, 14) unless the edge of
// the image prevents it.
func TestGenerateForm(t *testing.T) {
	const n = 5000
	pixels, labels := Generate(11, n)
	lopsided := 0
	for i := range n {
		m := measure(pixels[i*Size*Size:][:Size*Size])
		if m.width > box || m.height > box || max(m.width, m.height) < box-1 {
			t.Errorf("image %d, a %d: ink is %d wide and %d high, want the larger to be 19 or 20", i, labels[i], m.width, m.height)
		}
		if math.Abs(m.x-14) > 0.5 || math.Abs(m.y-14) > 0.5 {
			if lopsided++; !m.edge {
				t.Errorf("image %d, a %d: center of mass at (%.2f, %.2f), want (14, 14) within 0.5", i, labels[i], m.x, m.y)
			}
		}
		if m.peak < 200 {
			t.Errorf("image %d, a %d: its blackest pixel is %d, want at least 200", i, labels[i], m.peak)
		}
	}
	if lopsided > n/500 {
		t.Errorf("%d of %d images are not centered, want at most one in 500", lopsided, n)
	}
}

// The mean ink of each digit is near that of MNIST's training images.
func TestGenerateInk(t *testing.T) {
	// Sum of the gray values divided by 255, averaged over the training images of the digit.
	mnist := [classes]float64{136, 60, 117, 111, 95, 101, 108, 90, 118, 96}

	const n = 5000
	pixels, labels := Generate(13, n)
	var ink [classes]float64
	for i := range n {
		ink[labels[i]] += measure(pixels[i*Size*Size:][:Size*Size]).mass
	}
	for d, sum := range ink {
		mean := sum / (n / classes)
		if mean < 0.8*mnist[d] || mean > 1.25*mnist[d] {
			t.Errorf("digit %d: mean ink %.0f pixels, want 0.8 to 1.25 times %.0f", d, mean, mnist[d])
		}
	}
}

// measures describes the ink of an image.
type measures struct {
	width, height int     // of the smallest box around it
	mass          float64 // in full pixels
	x, y          float64 // center of mass
	edge          bool    // whether it touches the edge of the image
	peak          byte
}

// measure returns the measures of an image.
func measure(pix []byte) measures {
	x0, x1, y0, y1 := Size, -1, Size, -1
	var m measures
	for k, v := range pix {
		if v == 0 {
			continue
		}
		x, y := k%Size, k/Size
		x0, x1, y0, y1 = min(x0, x), max(x1, x), min(y0, y), max(y1, y)
		m.mass += float64(v)
		m.x += float64(x) * float64(v)
		m.y += float64(y) * float64(v)
		m.peak = max(m.peak, v)
	}
	m.width, m.height = x1-x0+1, y1-y0+1
	m.x, m.y = m.x/m.mass, m.y/m.mass
	m.mass /= 255
	m.edge = x0 == 0 || y0 == 0 || x1 == Size-1 || y1 == Size-1
	return m
}

func ExampleGenerate() {
	pixels, labels := Generate(1, 1000)
	fmt.Println(len(labels), "images of", len(pixels)/len(labels), "pixels")
	fmt.Println("the first labels are", labels[:10])
	// Output:
	// 1000 images of 784 pixels
	// the first labels are [8 5 3 7 2 6 4 9 1 0]
}

func BenchmarkGenerate(b *testing.B) {
	const n = 1000
	b.SetBytes(n * Size * Size)
	for b.Loop() {
		Generate(1, n)
	}
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "images/s")
}
