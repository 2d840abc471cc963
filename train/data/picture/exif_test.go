package picture

import (
	"encoding/binary"
	"testing"
)

// exifSegment returns the segment APP1 of a JPEG file with an orientation.
func exifSegment(order binary.AppendByteOrder, orientation uint16) []byte {
	tiff := []byte("MM")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		tiff = []byte("II")
	}
	tiff = order.AppendUint16(tiff, 42)
	tiff = order.AppendUint32(tiff, 8) // offset of the directory
	tiff = order.AppendUint16(tiff, 2) // entries
	tiff = order.AppendUint16(tiff, 0x10F)
	tiff = append(tiff, make([]byte, 10)...)
	tiff = order.AppendUint16(tiff, 0x112)
	tiff = order.AppendUint16(tiff, 3)
	tiff = order.AppendUint32(tiff, 1)
	tiff = order.AppendUint16(tiff, orientation)
	tiff = append(tiff, 0, 0)
	content := append([]byte("Exif\x00\x00"), tiff...)
	return append(binary.BigEndian.AppendUint16([]byte{0xFF, 0xE1}, uint16(len(content)+2)), content...)
}

func TestExifOrientation(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
		for want := range uint16(10) {
			segment := exifSegment(order, want)
			h, ok := readJPEG(append([]byte{0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF}, segment...))
			if want < 1 || want > 8 {
				want = 1
			}
			if !ok || h.orientation != int(want) {
				t.Errorf("%v: orientation %d, %v, want %d", order, h.orientation, ok, want)
			}
			// Cut off anywhere, it is not read, and nothing panics.
			for n := range len(segment) {
				if h, ok := readJPEG(append([]byte{0xFF, 0xD8}, segment[:n]...)); !ok || n < len(segment)-2 && h.orientation != 1 {
					t.Errorf("%d bytes: orientation %d, %v", n, h.orientation, ok)
				}
			}
		}
	}
	if _, ok := readJPEG([]byte("\x89PNG")); ok {
		t.Error("a PNG file is taken for a JPEG file")
	}
}

func FuzzReadJPEG(f *testing.F) {
	f.Add(append([]byte{0xFF, 0xD8}, exifSegment(binary.BigEndian, 6)...))
	f.Add([]byte{0xFF, 0xD8, 0xFF, 0xC2, 0, 17, 8, 0, 9, 0, 9, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, _ := readJPEG(b)
		if h.orientation < 1 || h.orientation > 8 || h.samples < 0 || h.decoderBytes() < 0 {
			t.Errorf("%+v", h)
		}
	})
}
