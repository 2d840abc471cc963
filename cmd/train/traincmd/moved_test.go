package traincmd

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"inkstone/model"
	"inkstone/train/data"
	"inkstone/train/data/digits"
)

// picturesFolder is a folder of n drawn digits with the classes even and odd.
func picturesFolder(t *testing.T, n int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pictures")
	pixels, labels := digits.Generate(5, n)
	drawn, err := data.New("drawn", "", 28, 28, model.Digits(), pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	for i := range drawn.Len() {
		class := []string{"even", "odd"}[drawn.Label(i)%2]
		if err := os.MkdirAll(filepath.Join(dir, class), 0o755); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(filepath.Join(dir, class, string(rune('a'+i/26))+string(rune('a'+i%26))+".png"))
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, drawn.Image(i)); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	return dir
}

// A run on a folder of pictures is resumed after the folder has moved, because its content is
// the same, and refused if the content is not.
func TestMovedPictures(t *testing.T) {
	pictures := picturesFolder(t, 60)
	moved, dir := filepath.Join(t.TempDir(), "elsewhere"), filepath.Join(t.TempDir(), "run")
	args := []string{"-images", pictures, "-model", "small", "-batch", "8", "-epochs", "2"}
	ctx, stdout := interruptAt(t, "epoch 1/2", 1)
	Run(ctx, append(args, "-out", dir), stdout, &bytes.Buffer{})
	if err := os.Rename(pictures, moved); err != nil {
		t.Fatal(err)
	}
	mustFail(t, "if the images have moved, add -data FOLDER or -images FOLDER to -resume", "-resume", dir)
	mustRun(t, "-resume", dir, "-images", moved)
	mustRun(t, "-resume", dir) // the new place is written down
	picture := filepath.Join(moved, "odd", "ab.png")
	if _, err := os.Stat(picture); err != nil {
		picture = filepath.Join(moved, "even", "ab.png")
	}
	if err := os.Remove(picture); err != nil {
		t.Fatal(err)
	}
	mustFail(t, "it belongs to another run: its ", "-resume", dir)
}

// A run is not resumed with other test images. A checkpoint of an earlier version, which does
// not say which they were, is accepted: see TestResumeOldRun.
func TestOtherTestSet(t *testing.T) {
	set, dir := filepath.Join(t.TempDir(), "set"), filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(set, os.DirFS(fewDigits(t))); err != nil {
		t.Fatal(err)
	}
	mustRun(t, faultRun(t, dir, "-data", set, "-epochs", "1")...)
	images := filepath.Join(set, "t10k-images-idx3-ubyte")
	content, err := os.ReadFile(images)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(images, content, 0o666); err != nil {
		t.Fatal(err)
	}
	mustFail(t, "its test set is ", "-resume", dir)
	mustRun(t, "-resume", dir, "-data", fewDigits(t))
}
