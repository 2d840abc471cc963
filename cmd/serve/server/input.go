package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"inkstone/cmd/internal/reading"
	"inkstone/train/data/picture"
)

// input is what a request asks to read.
type input struct {
	images [][]byte // in MNIST's form
	doubts []string // of the picture
	list   bool     // separate images, not the characters of one picture
}

// readInput reads the body of a request: a picture, or images as JSON.
func (s *Server) readInput(w http.ResponseWriter, r *http.Request) (*input, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	read := s.readPicture
	switch {
	case err == nil && kind == "application/json":
		read = s.readImages
	case err != nil || kind != "image/png" && kind != "image/jpeg" && kind != "image/gif":
		return nil, problemf(http.StatusUnsupportedMediaType, "unknown_type", "the Content-Type is %q, want image/png, image/jpeg, image/gif or application/json", r.Header.Get("Content-Type"))
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.options.Limits.Body))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, problemf(http.StatusBadRequest, "cut_off", "the body ends early")
	}
	if err != nil {
		return nil, err
	}
	return read(r, body)
}

// readPicture finds the characters in a PNG, JPEG or GIF file.
func (s *Server) readPicture(r *http.Request, body []byte) (*input, error) {
	if err := s.decoders.wait(r.Context()); err != nil {
		return nil, err
	}
	defer s.decoders.release()
	p, err := picture.ReadFrom(r.Context(), bytes.NewReader(body), s.options.Limits.Pixels)
	switch {
	case err == nil:
	case r.Context().Err() != nil || errors.Is(err, picture.ErrBlank) || errors.Is(err, picture.ErrTooLarge):
		return nil, err
	default:
		return nil, problemf(http.StatusUnprocessableEntity, "no_picture", "%v", err)
	}
	in := &input{doubts: p.Doubts}
	for _, img := range reading.Images(p, s.classes) {
		in.images = append(in.images, img.Pix)
	}
	return in, nil
}

// readImages reads {"pixels": [784 values]} or {"images": [[784 values], ...]}.
func (s *Server) readImages(_ *http.Request, body []byte) (*input, error) {
	var content struct {
		Pixels pixels   `json:"pixels"`
		Images []pixels `json:"images"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	err := d.Decode(&content)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("there is text after the object")
		}
	}
	if err != nil {
		return nil, problemf(http.StatusBadRequest, "bad_json", "the body is not the expected JSON: %v", err)
	}
	in := &input{list: content.Images != nil}
	switch {
	case content.Pixels != nil && in.list:
		return nil, problemf(http.StatusBadRequest, "bad_json", "there are both pixels and images, want only one of them")
	case content.Pixels != nil:
		in.images = [][]byte{content.Pixels}
	default:
		for _, p := range content.Images {
			in.images = append(in.images, p)
		}
	}
	if n := len(in.images); n < 1 || n > s.options.Limits.Images {
		return nil, problemf(http.StatusUnprocessableEntity, "images", "there are %d images, want 1 to %d", n, s.options.Limits.Images)
	}
	for i, img := range in.images {
		if len(img) != imageBytes {
			return nil, problemf(http.StatusUnprocessableEntity, "pixels", "image %d has %d pixels, want %dx%d = %d", i, len(img), picture.Size, picture.Size, imageBytes)
		}
	}
	return in, nil
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
