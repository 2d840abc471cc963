package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime"

	"inkstone/cmd/internal/reading"
	"inkstone/train/data/picture"
)

// input is what a request asks to read.
type input struct {
	images [][]byte // in MNIST's form
	doubts []string // of the picture
	list   bool     // separate images, not the characters of one picture
}

// mediaType returns the type of the body without its parameters, or "" if it cannot be parsed.
func (r Request) mediaType() string {
	kind, _, err := mime.ParseMediaType(r.Type)
	if err != nil {
		return ""
	}
	return kind
}

// readInput reads the body of a request: a picture, or images as JSON.
func (e *Engine) readInput(ctx context.Context, r Request) (*input, error) {
	switch r.mediaType() {
	case "application/json":
		return e.readImages(r)
	case "image/png", "image/jpeg", "image/gif":
		return e.readPicture(ctx, r.Body)
	}
	return nil, problemf("unknown_type", "the Content-Type is %q, want image/png, image/jpeg, image/gif or application/json", r.Type)
}

// readPicture finds the characters in a PNG, JPEG or GIF file.
func (e *Engine) readPicture(ctx context.Context, body []byte) (*input, error) {
	if err := e.decoders.wait(ctx); err != nil {
		return nil, err
	}
	defer e.decoders.release()
	p, err := picture.ReadFrom(ctx, bytes.NewReader(body), e.options.Pixels)
	switch {
	case err == nil:
	case ctx.Err() != nil || errors.Is(err, picture.ErrBlank) || errors.Is(err, picture.ErrTooLarge):
		return nil, err
	default:
		return nil, problemf("no_picture", "%v", err)
	}
	in := &input{doubts: p.Doubts}
	for _, img := range reading.Images(p, e.classes) {
		in.images = append(in.images, img.Pix)
	}
	return in, nil
}

// readImages reads {"pixels": [784 values]} or {"images": [[784 values], ...]}.
func (e *Engine) readImages(r Request) (*input, error) {
	var content struct {
		Pixels pixels   `json:"pixels"`
		Images []pixels `json:"images"`
	}
	if err := decode(r, &content); err != nil {
		return nil, err
	}
	in := &input{list: content.Images != nil}
	switch {
	case content.Pixels != nil && in.list:
		return nil, problemf("bad_json", "there are both pixels and images, want only one of them")
	case content.Pixels != nil:
		in.images = [][]byte{content.Pixels}
	default:
		for _, p := range content.Images {
			in.images = append(in.images, p)
		}
	}
	if n := len(in.images); n < 1 || n > e.options.Images {
		return nil, problemf("images", "there are %d images, want 1 to %d", n, e.options.Images)
	}
	for i, img := range in.images {
		if err := checkPixels(i, img); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// checkPixels refuses image i if it has another size.
func checkPixels(i int, img []byte) error {
	if len(img) != imageBytes {
		return problemf("pixels", "image %d has %d pixels, want %dx%d = %d", i, len(img), picture.Size, picture.Size, imageBytes)
	}
	return nil
}

// imageBytes is the number of pixels of an image.
const imageBytes = picture.Size * picture.Size

// pixels is an image as a JSON array of whole numbers from 0 to 255. Its own parser is ten times
// as fast as that for slices of numbers.
type pixels []byte

// UnmarshalJSON parses an array. The decoder has checked that text is JSON.
func (p *pixels) UnmarshalJSON(text []byte) error {
	if len(text) == 0 || text[0] != '[' {
		return fmt.Errorf("pixels are %.20q, want an array of numbers", text)
	}
	list := make([]byte, 0, imageBytes)
	value, digits := 0, 0
	for _, c := range text[1:] {
		switch {
		case c >= '0' && c <= '9':
			value, digits = value*10+int(c-'0'), digits+1
			if digits > 3 || value > 255 {
				return fmt.Errorf("pixel %d is above 255", len(list))
			}
		case c == ',' || c == ']':
			if digits > 0 {
				list = append(list, byte(value))
			}
			value, digits = 0, 0
		case c != ' ' && c != '\t' && c != '\n' && c != '\r':
			return fmt.Errorf("pixel %d is not a whole number from 0 to 255", len(list))
		}
	}
	*p = list
	return nil
}
