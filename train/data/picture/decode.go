package picture

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"sync"
)

// format is a kind of file that is decoded.
type format struct {
	magic  string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

// formats are all kinds of files that are decoded. The list is our own, because
// image.Decode accepts every format that some library of the program has registered.
var formats = []format{
	{"\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode},
	{"\xff\xd8", jpeg.DecodeConfig, jpeg.Decode},
	{"GIF87a", gif.DecodeConfig, gif.Decode},
	{"GIF89a", gif.DecodeConfig, gif.Decode},
}

// ErrFormat is the error of a file that is no PNG, JPEG or GIF picture.
var ErrFormat = errors.New("not a PNG, JPEG or GIF picture")

// headerBytes is the length of the part of a file that is searched for the size and the
// orientation. A segment of a JPEG file has up to 64 KiB, and previews may come first.
const headerBytes = 1 << 20

// largePicture is the number of pixels from which the memory of a picture is given back as soon
// as it is reduced.
const largePicture = 4 << 20

var largeMutex sync.Mutex

// limitGarbage keeps the memory of the process within a quarter more than is in use, where the
// usual is twice as much, until the function that it returns is called. That gives the memory
// back. One large picture is decoded at a time.
func limitGarbage() (end func()) {
	largeMutex.Lock()
	percent := debug.SetGCPercent(25)
	return func() {
		debug.SetGCPercent(percent)
		debug.FreeOSMemory()
		largeMutex.Unlock()
	}
}

// decode reads a picture file of at most limit pixels, reduced to [baseSide], and upright as
// Exif's orientation says.
func decode(ctx context.Context, path string, limit int) (*colors, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := decodeFrom(ctx, f, limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

func decodeFrom(ctx context.Context, f io.ReadSeeker, limit int) (*colors, error) {
	if limit == 0 {
		limit = MaxPixels
	}
	header, err := io.ReadAll(io.LimitReader(f, headerBytes))
	if err != nil {
		return nil, err
	}
	var found *format
	for i := range formats {
		if bytes.HasPrefix(header, []byte(formats[i].magic)) {
			found = &formats[i]
		}
	}
	if found == nil {
		return nil, ErrFormat
	}
	rewound := func() io.Reader {
		_, err = f.Seek(0, io.SeekStart)
		return &interruptible{ctx, f}
	}
	config, configErr := found.config(rewound())
	if err := cmp.Or(err, ctx.Err()); err != nil {
		return nil, err
	}
	if configErr != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, configErr)
	}
	if err := checkSize(config, header, limit); err != nil {
		return nil, err
	}
	if config.Width*config.Height > largePicture {
		defer limitGarbage()()
	}
	img, decodeErr := found.decode(rewound())
	if err := cmp.Or(err, ctx.Err()); err != nil {
		return nil, err
	}
	if decodeErr != nil {
		return nil, fmt.Errorf("damaged picture: %w", decodeErr)
	}
	c := reduce(img)
	if j, ok := readJPEG(header); ok {
		c = c.upright(j.orientation)
	}
	return c, nil
}

// openRegular opens a file. It refuses a folder, a named pipe, a device or a socket before
// it opens it, because opening or reading one of these can wait for ever.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is %s, want a file", path, kindOf(info.Mode()))
	}
	return os.Open(path)
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

// interruptible is a reader that ends with the error of the context when that is done, so
// that an interrupt also stops a large picture.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (r *interruptible) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}
