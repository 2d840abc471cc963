package pictures

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"

	"inkstone/train/data/picture"
)

// maxPicture bounds the bytes of a picture from the standard input.
const maxPicture = 1 << 30

// addStandardInput adds the picture or the table that stdin begins with.
func (l *List) addStandardInput(stdin io.Reader) {
	r := bufio.NewReader(stdin)
	start, _ := r.Peek(1024) // an error comes again when the rest is read
	s := source{name: stdinName, open: func() (io.ReadCloser, error) { return io.NopCloser(r), nil }}
	if isTable(start) {
		s.name, s.table = "standard input", true
	}
	l.sources = append(l.sources, s)
}

// isTable reports whether a text begins with fields with commas between them.
func isTable(start []byte) bool {
	line, _, _ := bytes.Cut(start, []byte("\n"))
	return bytes.Count(line, []byte(",")) > 10 && !bytes.Contains(line, []byte{0})
}

// fromStandardInput reads the picture of a source that is the standard input.
func fromStandardInput(ctx context.Context, s source, limit int) (*picture.Picture, error) {
	r, err := s.open()
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(r, maxPicture+1))
	switch {
	case err != nil:
		return nil, err
	case len(content) > maxPicture:
		return nil, fmt.Errorf("it has more than %d bytes", maxPicture)
	}
	return picture.ReadFrom(ctx, bytes.NewReader(content), limit)
}
