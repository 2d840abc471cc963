package pictures

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"strconv"

	"inkstone/train/data/picture"
)

const (
	size    = picture.Size * picture.Size
	maxLine = 1 << 16 // bytes of a row; 785 quoted numbers have less than a tenth
)

// eachRow calls f with the images in the rows of a CSV file, in the form of Kaggle's digit
// recognizer: 784 numbers from 0 to 255, row by row, white on black, after a label or without. The
// first line may have names.
func (l *List) eachRow(ctx context.Context, s source, f func(Input) error) error {
	r, err := s.open()
	if err != nil {
		l.read++
		l.note(err)
		return nil
	}
	defer r.Close()
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 1<<14), maxLine)
	number, before := 0, l.read
	for lines.Scan() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		line := lines.Bytes()
		if number++; number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		fields := bytes.Split(line, []byte(","))
		for i, field := range fields {
			fields[i] = unquote(field)
		}
		if number == 1 && isHead(fields) || len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		l.read++
		in, err := parseRow(fields)
		if err != nil {
			l.note(fmt.Errorf("%s: line %d %w", s.name, number, err))
			continue
		}
		in.Name = fmt.Sprintf("%s:%d", s.name, number)
		if err := f(in); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		l.read++
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("line %d has more than %d bytes", number+1, maxLine)
		}
		l.note(fmt.Errorf("%s: %w", s.name, err))
	}
	if l.read == before {
		l.read++
		l.note(fmt.Errorf("%s: there is no image in it", s.name))
	}
	return nil
}

// unquote removes spaces and quotes from around a field.
func unquote(field []byte) []byte {
	field = bytes.TrimSpace(field)
	if n := len(field); n >= 2 && field[0] == '"' && field[n-1] == '"' {
		return field[1 : n-1]
	}
	return field
}

// isHead reports whether a row has names in place of pixels.
func isHead(fields [][]byte) bool {
	_, err := strconv.ParseFloat(string(fields[len(fields)-1]), 64)
	return err != nil
}

// parseRow returns the image of a row. The error is to follow the number of the line.
func parseRow(fields [][]byte) (Input, error) {
	var in Input
	switch len(fields) {
	case size:
	case size + 1:
		in.Label, fields = string(fields[0]), fields[1:]
	default:
		return in, fmt.Errorf("has %d fields, want %d pixels, or a label and %d pixels", len(fields), size, size)
	}
	img := image.NewGray(image.Rect(0, 0, picture.Size, picture.Size))
	for i, field := range fields {
		v, err := strconv.ParseUint(string(field), 10, 8)
		if err != nil {
			return in, fmt.Errorf("has %q as pixel %d, want a whole number from 0 to 255", field, i)
		}
		img.Pix[i] = byte(v)
	}
	in.Picture = &picture.Picture{Image: img, Row: []*image.Gray{img}}
	return in, nil
}
