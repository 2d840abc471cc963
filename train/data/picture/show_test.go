package picture

import (
	"errors"
	"image"
	"io/fs"
	"strings"
	"testing"
)

func TestShow(t *testing.T) {
	one := image.NewGray(image.Rect(0, 0, Size, Size))
	one.Pix[3] = 9
	p := &Picture{Image: one, Row: []*image.Gray{one, one}, Doubts: []string{"a < b"}}
	if got := p.String(); got != "2 characters; a < b" {
		t.Errorf("the text is %q", got)
	}
	if h := p.HTML(); strings.Count(h, "data:image/png;base64,") != 3 || !strings.Contains(h, "a &lt; b") {
		t.Errorf("the HTML is %s, want the image, two characters and the doubt", h)
	}
	if pixels := p.Pixels(); len(pixels) != Size*Size || pixels[3] != 9 {
		t.Errorf("%d pixels", len(pixels))
	}

	p, err := Read(t.Context(), "absent.png", 0)
	if !errors.Is(err, fs.ErrNotExist) || p.String() != "no picture: "+err.Error()+"\n" || !strings.Contains(p.HTML(), "absent.png") {
		t.Errorf("error %v, text %q", err, p)
	}
	defer func() {
		if got := recover(); got != err {
			t.Errorf("Pixels panics with %v, want %v", got, err)
		}
	}()
	p.Pixels()
}
