package mnist

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Array is the content of an IDX file of bytes: what an image or a label file of
// MNIST holds.
type Array struct {
	Dims []int  // the sizes, outermost first: images x rows x columns, or labels
	Data []byte // the values, the last dimension changing fastest
}

// String gives the sizes, as in "60000 x 28 x 28 bytes".
func (a *Array) String() string { return sizes(a.Dims) + " bytes" }

const (
	typeByte = 0x08    // the type code of unsigned bytes, the only one that MNIST uses
	maxBytes = 1 << 30 // more than any known set holds; a header that claims more is broken

	// firstChunk bounds what is allocated on the word of a header. Beyond it, memory
	// grows with the data that really arrive.
	firstChunk = 1 << 20
)

// Decode reads an IDX file of one to four dimensions, plain or packed with gzip,
// told apart by the content. It reads to the end of r, so that bytes left over and a
// wrong gzip checksum do not go unnoticed.
//
// An IDX file starts with two zero bytes, a type code and the number of
// dimensions; then come the sizes as big-endian 32-bit integers, then the values
// (http://yann.lecun.com/exdb/mnist/). Decode accepts unsigned bytes only. It
// refuses a size of zero, and never allocates much more than r delivers, whatever
// the header claims.
func Decode(r io.Reader) (*Array, error) {
	content, err := unpack(r)
	if err != nil {
		return nil, err
	}
	return decodePlain(content)
}

// unpack returns the plain content of r, which may be packed with gzip.
func unpack(r io.Reader) (io.Reader, error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	if start, _ := buffered.Peek(2); len(start) < 2 || start[0] != 0x1f || start[1] != 0x8b {
		return buffered, nil
	}
	unzipped, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, fmt.Errorf("corrupt gzip header: %w", noEOF(err))
	}
	return unzipped, nil
}

// decodePlain reads an IDX file that is not packed.
func decodePlain(r io.Reader) (*Array, error) {
	dims, err := decodeHeader(r)
	if err != nil {
		return nil, err
	}
	total := 1
	for _, size := range dims {
		if size == 0 {
			return nil, fmt.Errorf("the header gives sizes %s, want all of them above zero", sizes(dims))
		}
		if size > maxBytes/total {
			return nil, fmt.Errorf("the header gives sizes %s, more than the %d bytes that are allowed", sizes(dims), maxBytes)
		}
		total *= size
	}

	data, err := readGrowing(r, total)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("truncated: %d bytes of values, want %s = %d: %w", len(data), sizes(dims), total, io.ErrUnexpectedEOF)
	}
	if err != nil {
		return nil, fmt.Errorf("corrupt after %d of %d bytes of values: %w", len(data), total, err)
	}

	var extra [1]byte
	switch n, err := io.ReadFull(r, extra[:]); {
	case n > 0:
		return nil, fmt.Errorf("trailing bytes after %s values", sizes(dims))
	case errors.Is(err, gzip.ErrHeader):
		return nil, errors.New("trailing bytes after the gzip stream")
	case !errors.Is(err, io.EOF):
		return nil, fmt.Errorf("corrupt at the end: %w", err)
	}
	return &Array{Dims: dims, Data: data}, nil
}

// decodeHeader reads the magic number and the sizes.
func decodeHeader(r io.Reader) ([]int, error) {
	var magic [4]byte
	if n, err := io.ReadFull(r, magic[:]); err != nil {
		return nil, fmt.Errorf("header of %d bytes, want at least 4: %w", n, noEOF(err))
	}
	switch {
	case magic[0] != 0 || magic[1] != 0:
		return nil, fmt.Errorf("magic number %#08x, want two zero bytes in front: not an IDX file", magic)
	case magic[2] != typeByte:
		return nil, fmt.Errorf("type code %#02x, want %#02x (unsigned bytes)", magic[2], typeByte)
	case magic[3] < 1 || magic[3] > 4:
		return nil, fmt.Errorf("%d dimensions, want 1 to 4", magic[3])
	}
	dims := make([]int, magic[3])
	for i := range dims {
		var size [4]byte
		if _, err := io.ReadFull(r, size[:]); err != nil {
			return nil, fmt.Errorf("truncated: size %d of %d is missing: %w", i+1, len(dims), noEOF(err))
		}
		n := binary.BigEndian.Uint32(size[:])
		if n > maxBytes {
			return nil, fmt.Errorf("the header gives %d as size %d of %d, more than the %d bytes that are allowed", n, i+1, len(dims), maxBytes)
		}
		dims[i] = int(n)
	}
	return dims, nil
}

// readGrowing reads n bytes into memory that grows fourfold as they arrive. With an
// error it returns what came before.
func readGrowing(r io.Reader, n int) ([]byte, error) {
	data := make([]byte, 0, min(n, firstChunk))
	for {
		got, err := io.ReadFull(r, data[len(data):cap(data)])
		data = data[:len(data)+got]
		if err != nil || len(data) == n {
			return data, err
		}
		grown := make([]byte, len(data), min(n, 4*cap(data)))
		copy(grown, data)
		data = grown
	}
}

// noEOF turns the end of the file, which is no success here, into an error that says so.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// sizes writes dimensions as "60000 x 28 x 28".
func sizes(dims []int) string {
	text := make([]string, len(dims))
	for i, size := range dims {
		text[i] = strconv.Itoa(size)
	}
	return strings.Join(text, " x ")
}

// Encode writes an array as a plain IDX file; wrap w in a gzip.Writer to pack it. It
// refuses what Decode would not read back: other than one to four dimensions, a
// size below one, and sizes whose product is not len(a.Data).
func Encode(w io.Writer, a *Array) error {
	if len(a.Dims) < 1 || len(a.Dims) > 4 {
		return fmt.Errorf("encode IDX: %d dimensions, want 1 to 4", len(a.Dims))
	}
	header := []byte{0, 0, typeByte, byte(len(a.Dims))}
	total := 1
	for _, size := range a.Dims {
		if size < 1 || size > maxBytes/total {
			return fmt.Errorf("encode IDX: sizes %s, want all of them above zero and at most %d in all", sizes(a.Dims), maxBytes)
		}
		total *= size
		header = binary.BigEndian.AppendUint32(header, uint32(size))
	}
	if len(a.Data) != total {
		return fmt.Errorf("encode IDX: %d bytes of values, want %s = %d", len(a.Data), sizes(a.Dims), total)
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	_, err := w.Write(a.Data)
	return err
}
