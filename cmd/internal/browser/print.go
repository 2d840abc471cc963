package browser

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// CheckPrint prints a file with a page several times, with more and more space before its content. It
// fails the test if a sheet of paper ends in a heading, in the text below a heading, or in the caption of
// a table. It skips the test if there is no pdftotext.
func (b *Browser) CheckPrint(t testing.TB, path string) {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("there is no pdftotext, which reads the printed text")
	}
	p := b.Open(t, "file://"+filepath.ToSlash(path), View{Width: 1280, Height: 900})
	var headings []string
	// Below the text of a section with maps of pixels alone, no text follows.
	p.Eval(`[...document.querySelectorAll("h2, h3, caption, summary, section:not(:has(.map)) > p")].map((e) => e.textContent)`, &headings)
	if len(headings) == 0 {
		t.Fatalf("%s has no headings", path)
	}
	p.Eval(`document.querySelector("main").prepend(document.createElement("div"))`, nil)
	for _, space := range []string{"0", "90px", "180px", "270px", "360px", "450px", "540px", "630px"} {
		p.Eval(`document.querySelector("main > div").style.height = "`+space+`"`, nil)
		sheets := p.print()
		for i, sheet := range sheets[:len(sheets)-1] {
			lines := strings.Split(strings.TrimSpace(sheet), "\n")
			last := plain(lines[len(lines)-1])
			for _, h := range headings {
				if text := plain(h); last == text || len(last) > 20 && strings.Contains(text, last) {
					t.Errorf("%s: with %s of space, sheet %d of %d ends in %q", path, space, i+1, len(sheets), last)
					break
				}
			}
		}
	}
}

// plain returns a text with single spaces, without the triangle before the summary of details.
func plain(text string) string {
	return strings.TrimLeft(strings.Join(strings.Fields(text), " "), "▸▾▶▼ ")
}

// print returns the text of each sheet of the printed page.
func (p *Page) print() []string {
	p.t.Helper()
	var printed struct{ Data []byte }
	if err := p.browser.call(p.session, "Page.printToPDF", map[string]any{"printBackground": true}, &printed); err != nil {
		p.t.Fatal(err)
	}
	file := filepath.Join(p.t.TempDir(), "page.pdf")
	if err := os.WriteFile(file, printed.Data, 0o666); err != nil {
		p.t.Fatal(err)
	}
	text, err := exec.Command("pdftotext", "-layout", file, "-").Output()
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\f"), "\f")
}
