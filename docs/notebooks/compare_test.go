package notebooks_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"image/png"
	"regexp"
	"slices"
	"strings"
	"testing"

	"inkstone/internal/notebook"
)

var (
	number = regexp.MustCompile(`[-+]?\d[\d.,]*`)
	spaces = regexp.MustCompile(` +`)
	// within matches the lines that train.Progress writes within a long epoch.
	within = regexp.MustCompile(`(?m)^epoch .*  step .*\n`)
	// embedded matches the content of an image in HTML.
	embedded = regexp.MustCompile(`data:image/([a-z]+)[+a-z]*;base64,([A-Za-z0-9+/=]*)`)
)

// masked replaces each number by a sign and several spaces by one.
func masked(s string) string {
	return spaces.ReplaceAllString(number.ReplaceAllString(within.ReplaceAllString(s, ""), "#"), " ")
}

// normal returns an output in the form in which outputs are compared. Images in it become their
// text, if they are drawings, or their size with a checksum of their pixels. In the output of a
// trained cell, numbers and checksums are masked.
func normal(t *testing.T, s string, trained bool) string {
	t.Helper()
	var images []string
	s = embedded.ReplaceAllStringFunc(s, func(address string) string {
		m := embedded.FindStringSubmatch(address)
		content, err := base64.StdEncoding.DecodeString(m[2])
		if err != nil {
			t.Fatal(err)
		}
		text := string(content)
		if m[1] == "png" {
			text = describePNG(t, content, !trained)
		}
		images = append(images, text)
		return "\x00"
	})
	s = strings.TrimRight(s, "\n")
	if trained {
		s = masked(s)
	}
	for _, text := range images {
		s = strings.Replace(s, "\x00", text, 1)
	}
	return s
}

// describePNG returns the size of a PNG image and, if it is asked for, a checksum of its pixels.
func describePNG(t *testing.T, content []byte, sum bool) string {
	t.Helper()
	p, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("[%v]", p.Bounds())
	if !sum {
		return text
	}
	var pixels []byte
	for y := p.Bounds().Min.Y; y < p.Bounds().Max.Y; y++ {
		for x := p.Bounds().Min.X; x < p.Bounds().Max.X; x++ {
			r, g, b, a := p.At(x, y).RGBA()
			pixels = append(pixels, byte(r>>8), byte(g>>8), byte(b>>8), byte(a>>8))
		}
	}
	return fmt.Sprintf("%s %08x", text, crc32.ChecksumIEEE(pixels))
}

// compare reports the differences between saved outputs and those of a run.
func compare(t *testing.T, saved, now []notebook.Cell) {
	if len(now) != len(saved) {
		t.Fatalf("%d cells ran, want %d", len(now), len(saved))
	}
	for i, want := range saved {
		got := now[i]
		if got.Number != want.Number {
			t.Fatalf("cell %d ran in the place of cell %d", got.Number, want.Number)
		}
		if a, b := kinds(got), kinds(want); a != b {
			t.Errorf("cell %d shows %q, saved is %q: %v", want.Number, a, b, got.Shown["text/plain"])
			continue
		}
		if want.Has("varies") {
			continue
		}
		same := func(what, got, want string, trained bool) {
			t.Helper()
			a, b := strings.Split(normal(t, got, trained), "\n"), strings.Split(normal(t, want, trained), "\n")
			for i := range max(len(a), len(b)) {
				if i >= len(a) || i >= len(b) || a[i] != b[i] {
					t.Errorf("%s in %d lines, saved are %d; the first difference is\n%q\nsaved is\n%q", what, len(a), len(b), a[min(i, len(a)-1)], b[min(i, len(b)-1)])
					return
				}
			}
		}
		trained := want.Has("trained")
		same(fmt.Sprintf("cell %d prints", want.Number), got.Stdout, want.Stdout, trained)
		for mime, data := range want.Shown {
			got := got.Shown[mime]
			if mime == "image/png" {
				const address = "data:image/png;base64,"
				got, data = address+withoutSpace(got), address+withoutSpace(data)
			}
			same(fmt.Sprintf("cell %d shows the %s", want.Number, mime), got, data, trained)
		}
	}
}

func withoutSpace(s string) string { return strings.Join(strings.Fields(s), "") }

// kinds lists the MIME types that a cell shows.
func kinds(c notebook.Cell) string {
	var list []string
	for mime := range c.Shown {
		list = append(list, mime)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}
