package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/train/data"
	"inkstone/train/data/digits"
	"inkstone/train/data/mnist"
)

// smallSet writes a few built-in digits as the files of MNIST and returns their folder.
func smallSet(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, dims []int, content []byte) {
		var b bytes.Buffer
		if err := mnist.Encode(&b, &mnist.Array{Dims: dims, Data: content}); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for i, part := range []string{"train", "t10k"} {
		n := []int{400, 100}[i]
		pixels, labels := digits.Generate(uint64(i+1), n)
		write(part+"-images-idx3-ubyte", []int{n, digits.Size, digits.Size}, pixels)
		write(part+"-labels-idx1-ubyte", []int{n}, labels)
	}
	return dir
}

// The program goes from the data to a fine-tuned model.
func TestWalk(t *testing.T) {
	selection := data.DefaultSelection()
	selection.Dir = smallSet(t)
	var out bytes.Buffer
	if err := walk(t.Context(), selection, t.TempDir(), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"digits 0 to 4:", "digits 5 to 9:", "fc1.weight"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output has no %q:\n%s", want, &out)
		}
	}
}

// The loop by hand lowers the loss.
func TestLoop(t *testing.T) {
	images, _, err := mnist.Load(t.Context(), mnist.Options{Dir: smallSet(t)})
	if err != nil {
		t.Fatal(err)
	}
	losses, err := loop(Book, images, 15)
	if err != nil {
		t.Fatal(err)
	}
	if first, last := losses[0], losses[len(losses)-1]; !(last < first/2) {
		t.Errorf("the loss went from %.2f to %.2f, want less than half", first, last)
	}
}
