package mnist

import (
	"bytes"
	"compress/gzip"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// pack returns data packed with gzip.
func pack(t testing.TB, data []byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// encode returns the plain IDX file of an array.
func encode(t testing.TB, data []byte, dims ...int) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := Encode(&file, &Array{Dims: dims, Data: data}); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestDecode(t *testing.T) {
	// The first bytes of an image file with two images of 2 x 3, written by hand.
	plain := []byte{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	for name, file := range map[string][]byte{"plain": plain, "gzip": pack(t, plain)} {
		a, err := Decode(bytes.NewReader(file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !slices.Equal(a.Dims, []int{2, 2, 3}) || len(a.Data) != 12 || a.Data[11] != 12 {
			t.Errorf("%s: got %v with %v", name, a, a.Data)
		}
		if got := encode(t, a.Data, a.Dims...); !bytes.Equal(got, plain) {
			t.Errorf("%s: encodes to %v", name, got)
		}
	}
}

// TestDecodeGrows reads more than the first allocation holds.
func TestDecodeGrows(t *testing.T) {
	data := make([]byte, 7*firstChunk+5)
	for i := range data {
		data[i] = byte(i * 31)
	}
	a, err := Decode(bytes.NewReader(encode(t, data, len(data))))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Data, data) {
		t.Error("the values differ")
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := encode(t, []byte{1, 2, 3, 4}, 2, 2)
	packed := pack(t, good)
	wrongSum := slices.Clone(packed)
	wrongSum[len(wrongSum)-8] ^= 1 // CRC-32 of the content
	wrongHeader := slices.Clone(packed)
	wrongHeader[2] = 9 // unknown compression method

	tests := []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "0 bytes, want at least 4"},
		{"three bytes", good[:3], "3 bytes, want at least 4"},
		{"a picture", []byte("\x89PNG\r\n\x1a\n"), "0x89504e47"},
		{"floats", []byte{0, 0, 0x0d, 1, 0, 0, 0, 1}, "0x0d, want 0x08"},
		{"no dimensions", []byte{0, 0, 8, 0}, "0 dimensions, want 1 to 4"},
		{"five dimensions", []byte{0, 0, 8, 5}, "5 dimensions, want 1 to 4"},
		{"sizes cut off", good[:10], "size 2 of 2 is missing"},
		{"zero size", []byte{0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 0}, "3 x 0, want"},
		{"absurd sizes", []byte{0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}, "4294967295 as size 1 of 3"},
		{"absurd product", []byte{0, 0, 8, 2, 0, 1, 0, 0, 0, 1, 0, 0}, "65536 x 65536, want at most 1073741824"},
		{"values cut off", good[:len(good)-1], "3 bytes of values, want 2 x 2 = 4"},
		{"values missing", good[:12], "0 bytes of values, want 2 x 2 = 4"},
		{"trailing byte", append(slices.Clone(good), 0), "trailing bytes"},
		{"gzip cut off", packed[:len(packed)-10], "unexpected EOF"},
		{"gzip checksum cut off", packed[:len(packed)-2], "unexpected EOF"},
		{"gzip checksum wrong", wrongSum, "checksum"},
		{"gzip header wrong", wrongHeader, "gzip header"},
		{"gzip header cut off", packed[:5], "gzip header"},
		{"trailing byte in gzip", pack(t, append(slices.Clone(good), 0)), "trailing bytes"},
		{"trailing bytes after gzip", append(slices.Clone(packed), "and more of this"...), "trailing bytes after the gzip stream"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := Decode(bytes.NewReader(tt.file))
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, error %v, want ErrDamaged with %q", a, err, tt.want)
			}
		})
	}
}

// TestDecodeBoundsMemory checks that a header that claims a gigabyte does not allocate it if
// only a few bytes follow.
func TestDecodeBoundsMemory(t *testing.T) {
	file := []byte{0, 0, 8, 1, 0x40, 0, 0, 0, 1, 2, 3}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Decode(bytes.NewReader(file))
	runtime.ReadMemStats(&after)
	if err == nil {
		t.Fatal("no error")
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 4<<20 {
		t.Errorf("allocated %d bytes for a file of %d", got, len(file))
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, tt := range []struct {
		a    Array
		want string
	}{
		{Array{}, "0 dimensions"},
		{Array{Dims: make([]int, 5)}, "5 dimensions"},
		{Array{Dims: []int{2, 0}}, "sizes 2 x 0"},
		{Array{Dims: []int{-1}}, "sizes -1"},
		{Array{Dims: []int{1 << 20, 1 << 20}}, "sizes 1048576 x 1048576"},
		{Array{Dims: []int{2, 2}, Data: make([]byte, 3)}, "3 bytes of values, want 2 x 2 = 4"},
	} {
		if err := Encode(&bytes.Buffer{}, &tt.a); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: error %v, want one with %q", &tt.a, err, tt.want)
		}
	}
}

// FuzzDecode checks that Decode never panics, that its errors wrap ErrDamaged, and that an
// array that it returns is the same after Encode and Decode.
func FuzzDecode(f *testing.F) {
	images := encode(f, []byte{1, 2, 3, 4, 5, 6}, 1, 2, 3)
	f.Add(images)
	f.Add(encode(f, []byte{7, 2, 1}, 3))
	f.Add(pack(f, images))
	f.Add(images[:9])
	f.Add(append(slices.Clone(images), 1))
	f.Add(pack(f, images)[:20])
	f.Add([]byte{0, 0, 8, 4, 255, 255, 255, 255, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9})
	f.Add([]byte{0, 0, 8, 2, 0, 0, 0, 0, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, file []byte) {
		a, err := Decode(bytes.NewReader(file))
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("error %v is not ErrDamaged", err)
			}
			return
		}
		again, err := Decode(bytes.NewReader(encode(t, a.Data, a.Dims...)))
		if err != nil {
			t.Fatalf("decoding again: %v", err)
		}
		if !slices.Equal(a.Dims, again.Dims) || !bytes.Equal(a.Data, again.Data) {
			t.Fatalf("got %v, then %v", a, again)
		}
	})
}
