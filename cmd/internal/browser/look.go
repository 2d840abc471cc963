package browser

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Flags of every test that uses a browser.
var (
	inBrowser   = flag.Bool("browser", false, "test pages in Chromium")
	axeFile     = flag.String("axe", "", "`file` axe.min.js of axe-core, which looks for obstacles on a page")
	screenshots = flag.String("screenshots", "", "`folder` for pictures of pages")
)

// axe is the program of axe-core, "" if -axe is not given.
var axe = sync.OnceValues(func() (string, error) {
	if *axeFile == "" {
		return "", nil
	}
	content, err := os.ReadFile(*axeFile)
	return string(content), err
})

// String returns a name of the view for a test or a file: "390-dark-zh-CN".
func (v View) String() string {
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	name := fmt.Sprintf("%d-%s", v.Width, scheme)
	if v.Language != "" {
		name += "-" + v.Language
	}
	return name
}

// Look fails the test if the page is wider than the window or, with -axe, if axe-core finds an
// obstacle in it. With -screenshots it writes a picture of the page. name is that of the picture.
func (p *Page) Look(name string) {
	p.t.Helper()
	var wide []string
	p.Eval(`(() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 80)).slice(0, 5))()`, &wide)
	if len(wide) > 0 {
		p.t.Errorf("%s is wider than the window: %q", name, wide)
	}
	program, err := axe()
	if err != nil {
		p.t.Fatal(err)
	}
	if program == "" {
		p.t.Logf("axe-core does not look for obstacles in %s: -axe is not given", name)
	} else {
		var found []string
		p.Eval(program, nil)
		p.Eval(`axe.run(document).then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html.slice(0, 120) + " " + n.failureSummary).join("; ")))`, &found)
		for _, text := range found {
			p.t.Errorf("%s: %s", name, text)
		}
	}
	if *screenshots != "" {
		p.Screenshot(filepath.Join(*screenshots, name+".png"))
	}
}

// LookAtFile opens a file with a page in a wide and in narrow windows, light and dark. It fails the test
// as [Page.Look] does, or if the page has an error.
func (b *Browser) LookAtFile(t testing.TB, name, path string) {
	t.Helper()
	for _, v := range []View{
		{Width: 1280, Height: 900}, {Width: 1280, Height: 900, Dark: true},
		{Width: 390, Height: 800, Phone: true}, {Width: 320, Height: 600, Phone: true, Dark: true},
	} {
		p := b.Open(t, "file://"+filepath.ToSlash(path), v)
		p.Look(name + "-" + v.String())
		if list := p.Problems(); len(list) > 0 {
			t.Errorf("%s: the console has %q", name, list)
		}
	}
}
