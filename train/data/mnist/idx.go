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

// Array is the content of an IDX file of bytes, such as the image and label files of MNIST.
type Array struct {
	Dims []int  // sizes, outermost first: images x rows x columns, or labels
	Data []byte // values in row-major order
}

// String returns the sizes, as in "60000 x 28 x 28 bytes".
func (a *Array) String() string { return sizes(a.Dims) + " bytes" }

const (
	typeByte = 0x08    // type code of unsigned bytes, the only type in MNIST
	maxBytes = 1 << 30 // largest number of values; no known data set has as many

	// firstChunk bounds the memory that is allocated before the data arrive, since a header
	// may claim any size.
	firstChunk = 1 << 20
)

// Decode reads an IDX file of unsigned bytes with one to four dimensions. The file may be
// packed with gzip, which Decode recognizes by the content.
//
// An IDX file starts with two zero bytes, a type code and the number of dimensions. Then come
// the sizes as big-endian 32-bit integers, then the values
// (http://yann.lecun.com/exdb/mnist/).
//
// Decode reads r to its end. It returns an error that wraps [ErrDamaged] if the content is
// not a complete IDX file of this kind, if bytes follow it, if a size is 0, or if the gzip
// checksum is wrong. It allocates little more memory than r has bytes, even if the header
// claims more.
func Decode(r io.Reader) (*Array, error) {
	if r == nil {
		return nil, errors.New("decode IDX: the reader is nil")
	}
	content, err := unpack(r)
	if err != nil {
		return nil, err
	}
	return decodePlain(content)
}

// unpack returns the content of r, unpacked if it is packed with gzip.
func unpack(r io.Reader) (io.Reader, error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	if start, _ := buffered.Peek(2); len(start) < 2 || start[0] != 0x1f || start[1] != 0x8b {
		return buffered, nil
	}
	unzipped, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, damaged(err, "the gzip header is corrupt: %w", noEOF(err))
	}
	return unzipped, nil
}

// decodePlain reads an unpacked IDX file to the end of r.
func decodePlain(r io.Reader) (*Array, error) {
	dims, err := decodeHeader(r)
	if err != nil {
		return nil, err
	}
	total := 1
	for _, size := range dims {
		if size == 0 {
			return nil, damaged(nil, "the header has the sizes %s, want sizes above 0", sizes(dims))
		}
		if size > maxBytes/total {
			return nil, damaged(nil, "the header has the sizes %s, want at most %d bytes", sizes(dims), maxBytes)
		}
		total *= size
	}

	data, err := readGrowing(r, total)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, damaged(nil, "the file is truncated: %d bytes of values, want %s = %d: %w", len(data), sizes(dims), total, io.ErrUnexpectedEOF)
	}
	if err != nil {
		return nil, damaged(err, "the file is corrupt after %d of %d bytes of values: %w", len(data), total, err)
	}

	var extra [1]byte
	switch n, err := io.ReadFull(r, extra[:]); {
	case n > 0:
		return nil, damaged(nil, "there are trailing bytes after %s values", sizes(dims))
	case errors.Is(err, gzip.ErrHeader):
		return nil, damaged(nil, "there are trailing bytes after the gzip stream")
	case !errors.Is(err, io.EOF):
		return nil, damaged(err, "the end of the file is corrupt: %w", err)
	}
	return &Array{Dims: dims, Data: data}, nil
}

// decodeHeader reads the magic number and the sizes.
func decodeHeader(r io.Reader) ([]int, error) {
	var magic [4]byte
	if n, err := io.ReadFull(r, magic[:]); err != nil {
		return nil, damaged(err, "the header has %d bytes, want at least 4: %w", n, noEOF(err))
	}
	switch {
	case magic[0] != 0 || magic[1] != 0:
		return nil, damaged(nil, "it is not an IDX file: the magic number is %#08x, want two zero bytes first", magic)
	case magic[2] != typeByte:
		return nil, damaged(nil, "the type code is %#02x, want %#02x (unsigned bytes)", magic[2], typeByte)
	case magic[3] < 1 || magic[3] > 4:
		return nil, damaged(nil, "the file has %d dimensions, want 1 to 4", magic[3])
	}
	dims := make([]int, magic[3])
	for i := range dims {
		var size [4]byte
		if _, err := io.ReadFull(r, size[:]); err != nil {
			return nil, damaged(err, "the file is truncated: size %d of %d is missing: %w", i+1, len(dims), noEOF(err))
		}
		n := binary.BigEndian.Uint32(size[:])
		if n > maxBytes {
			return nil, damaged(nil, "the header has %d as size %d of %d, want at most %d", n, i+1, len(dims), maxBytes)
		}
		dims[i] = int(n)
	}
	return dims, nil
}

// readGrowing reads n bytes. It enlarges its buffer fourfold as the data arrive. With an error
// it returns the bytes that it has read.
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

// noEOF returns err, or [io.ErrUnexpectedEOF] if err is [io.EOF].
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// sizes returns dimensions as text, such as "60000 x 28 x 28".
func sizes(dims []int) string {
	text := make([]string, len(dims))
	for i, size := range dims {
		text[i] = strconv.Itoa(size)
	}
	return strings.Join(text, " x ")
}

// Encode writes an array as an unpacked IDX file. To pack it, let w be a [gzip.Writer]. Encode
// returns an error if there are not one to four dimensions, if a size is below 1, or if the
// product of the sizes is not len(a.Data).
func Encode(w io.Writer, a *Array) error {
	if w == nil || a == nil {
		return errors.New("encode IDX: the writer or the array is nil")
	}
	if len(a.Dims) < 1 || len(a.Dims) > 4 {
		return fmt.Errorf("encode IDX: %d dimensions, want 1 to 4", len(a.Dims))
	}
	header := []byte{0, 0, typeByte, byte(len(a.Dims))}
	total := 1
	for _, size := range a.Dims {
		if size < 1 || size > maxBytes/total {
			return fmt.Errorf("encode IDX: sizes %s, want sizes above 0 and a product of at most %d", sizes(a.Dims), maxBytes)
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
