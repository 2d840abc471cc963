package picture

import "encoding/binary"

// jpegHeader is what the segments before the first scan of a JPEG file say.
type jpegHeader struct {
	progressive bool
	rgb         bool // the components may be red, green and blue
	components  int
	samples     float64 // of all components, for each pixel
	orientation int     // as in Exif, 1 to 8; 1 for an upright picture
}

// readJPEG reads the segments of a JPEG file up to the first scan, as far as the given bytes
// reach. It returns false if this is no JPEG file.
//
// A segment consists of 0xFF, a marker, the length of the rest in two bytes, and the content
// (ITU-T T.81, annex B).
func readJPEG(b []byte) (h jpegHeader, ok bool) {
	const (
		startOfFrame = 0xC0 // to 0xC2, which is progressive
		startOfScan  = 0xDA
		exif         = 0xE1
		adobe        = 0xEE
	)
	h.orientation = 1
	if len(b) < 2 || b[0] != 0xFF || b[1] != 0xD8 {
		return h, false
	}
	for b = b[2:]; len(b) >= 4 && b[0] == 0xFF; {
		marker := b[1]
		if marker == 0xFF { // a fill byte
			b = b[1:]
			continue
		}
		length := int(binary.BigEndian.Uint16(b[2:]))
		if marker == startOfScan || length < 2 {
			break
		}
		content := b[4:max(4, min(len(b), 2+length))]
		switch {
		case marker >= startOfFrame && marker <= startOfFrame+2:
			h.progressive = marker == startOfFrame+2
			h.frame(content)
		case marker == exif:
			if o := exifOrientation(content); o > 0 {
				h.orientation = o
			}
		case marker == adobe && len(content) >= 12 && content[11] == 0:
			h.rgb = true
		}
		b = b[min(len(b), 2+length):]
	}
	return h, true
}

// frame reads the content of a start of frame: a byte for the precision, two for the height,
// two for the width, one for the number of components, and three for each component: its
// name, its sampling factors in four bits each, and its table.
func (h *jpegHeader) frame(content []byte) {
	if len(content) < 6 {
		return
	}
	h.components = int(content[5])
	largest, sum := 1, 0
	for c := content[6:]; len(c) >= 3; c = c[3:] {
		factor := int(c[1]>>4) * int(c[1]&15)
		largest, sum = max(largest, factor), sum+factor
		h.rgb = h.rgb || c[0] == 'R'
	}
	h.samples = float64(sum) / float64(largest)
}

// exifOrientation returns the orientation in the content of a JPEG file's segment APP1, or 0
// if there is none: 1 to 8 for the corner where the first row and the first column begin
// (CIPA DC-008, "Exchangeable image file format for digital still cameras: Exif", tag
// Orientation; TIFF 6.0, section 8).
//
// The content is "Exif", two zeros, and a TIFF file: the order of its bytes, the number 42,
// and the offset of a directory with 12 bytes for each entry. The orientation is entry 0x112.
func exifOrientation(content []byte) int {
	const entryBytes, orientation, short = 12, 0x112, 3
	if len(content) < 14 || string(content[:6]) != "Exif\x00\x00" {
		return 0
	}
	tiff := content[6:]
	var order binary.ByteOrder
	switch string(tiff[:2]) {
	case "II":
		order = binary.LittleEndian
	case "MM":
		order = binary.BigEndian
	default:
		return 0
	}
	at := uint64(order.Uint32(tiff[4:]))
	if order.Uint16(tiff[2:]) != 42 || at+2 > uint64(len(tiff)) {
		return 0
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < entryBytes {
			return 0
		}
		if order.Uint16(entries) == orientation && order.Uint16(entries[2:]) == short {
			if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
			return 0
		}
		entries = entries[entryBytes:]
	}
	return 0
}
