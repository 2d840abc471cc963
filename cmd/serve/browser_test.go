package main

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/cmd/internal/browser"
	"inkstone/model"
	"inkstone/model/explain"
	"inkstone/model/pretrained"
)

// chromium starts a browser, or skips the test.
func chromium(t *testing.T) *browser.Browser {
	t.Helper()
	return browser.Start(t)
}

// seven draws a 7 and waits until it is read.
func seven(p *browser.Page) {
	p.Drag(p.Place("#pad", 0.3, 0.22), p.Place("#pad", 0.7, 0.22), p.Place("#pad", 0.45, 0.8))
	p.Wait(`document.querySelector("#answer .label").textContent === "7"`)
}

// known are messages of the console that are no mistakes of the page: a dot, which is the beginning
// of a drawing, may be blank.
const known = "422"

func checkProblems(t *testing.T, p *browser.Page) {
	t.Helper()
	if list := p.Problems(known); len(list) > 0 {
		t.Errorf("the console has %q", list)
	}
}

// What is drawn with the mouse, a finger and the keyboard is read, and so is a picture that is opened.
func TestBrowserDraw(t *testing.T) {
	b := chromium(t)
	link, _, stop := start(t, "-http", "127.0.0.1:0")
	defer stop()

	p := b.Open(t, link, browser.View{})
	seven(p)
	p.Wait(`document.querySelector("#spoken").textContent.startsWith("7,")`)
	p.Click("#undo")
	p.Wait(`document.querySelector("#answer .label").textContent === "?"`)
	p.Click("#pad") // focuses it, and draws a dot
	p.Press("Delete", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", " ")
	for range 18 {
		p.Press("ArrowDown")
	}
	p.Wait(`document.querySelector("#answer .label").textContent === "1"`)
	checkProblems(t, p)

	phone := b.Open(t, link, browser.View{Width: 390, Height: 800, Phone: true})
	phone.Touch(phone.Place("#pad", 0.3, 0.22), phone.Place("#pad", 0.7, 0.22), phone.Place("#pad", 0.45, 0.8))
	phone.Wait(`document.querySelector("#answer .label").textContent === "7"`)
	var picture []byte
	phone.Eval(`(async () => btoa(String.fromCharCode(...new Uint8Array(await (await new Promise((done) => document.querySelector("#pad").toBlob(done))).arrayBuffer()))))()`, &picture)
	checkProblems(t, phone)

	file := filepath.Join(t.TempDir(), "seven.png")
	if err := os.WriteFile(file, picture, 0o666); err != nil {
		t.Fatal(err)
	}
	p.Files("#file", file)
	p.Wait(`document.querySelector("#answer .label").textContent === "7"`)
	checkProblems(t, p)
}

// arithmeticOnPage is what the page shows of a value.
type arithmeticOnPage struct {
	Layer         string
	At            []int
	Value, Result float64
	Products      float64 // sum of window x kernel over the cells that are shown
	Bias          float64
	Pixels        []int
}

// shownArithmetic reads the explanation on the page after all channels have been unfolded.
const shownArithmetic = `(async () => {
	for (let more; (more = document.querySelector("#arithmetic .windows > button")); ) more.click();
	const { current } = await import("./drawing.js");
	const numbers = (grid) => [...grid.querySelectorAll("td")].map((td) => Number(td.dataset.value ?? 0));
	let products = 0;
	for (const window of document.querySelectorAll("#arithmetic .window")) {
		const [input, kernel] = [...window.querySelectorAll(".grid")].map(numbers);
		if (kernel) input.forEach((v, i) => (products += v * kernel[i]));
	}
	const { value, result } = document.querySelector("#check").dataset;
	const fields = [...document.querySelectorAll("#layers .fields input")].map((i) => Number(i.value));
	return {
		layer: document.querySelector("#layers .chips input:checked").value, at: fields,
		value: Number(value), result: Number(result), products, pixels: [...current().pixels],
	};
})()`

// A click on a value of any layer shows its arithmetic, whose numbers are those of the kernels.
func TestBrowserArithmetic(t *testing.T) {
	b := chromium(t)
	link, _, stop := start(t, "-http", "127.0.0.1:0")
	defer stop()
	m, err := pretrained.Tiny()
	if err != nil {
		t.Fatal(err)
	}
	x, err := explain.New(m, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()

	p := b.Open(t, link, browser.View{})
	seven(p)
	p.Go(link + "#layers")
	p.Wait(`document.querySelector("#check")`)
	kinds := map[string]bool{}
	for i, l := range append(m.Layers(), m.Layers()[len(m.Layers())-1]) {
		name, kind := l.Name, l.Kind
		if i == len(m.Layers()) {
			name, kind = explain.Probabilities, "softmax"
		}
		if kinds[kind] {
			continue
		}
		kinds[kind] = true
		p.Click(fmt.Sprintf(`.chips input[value=%q]`, name))
		p.Wait(fmt.Sprintf(`document.querySelector("#arithmetic h3").textContent.startsWith(%q)`, name+":"))
		before := ""
		p.Eval(`document.querySelector("#arithmetic h3").textContent`, &before)
		p.Drag(p.Place("#layers .enlarged canvas", 0.31, 0.6))
		p.Wait(fmt.Sprintf(`document.querySelector("#arithmetic h3").textContent !== %q`, before))
		var shown arithmeticOnPage
		p.Eval(shownArithmetic, &shown)
		pixels := make([]byte, len(shown.Pixels))
		for i, v := range shown.Pixels {
			pixels[i] = byte(v)
		}
		values, err := x.Values(pixels, name)
		if err != nil {
			t.Fatal(err)
		}
		shape := []int{len(m.Classes)}
		if i < len(m.Layers()) {
			shape = l.Output[1:]
		}
		offset := 0
		for k, size := range shape {
			offset = offset*size + shown.At[k]
		}
		kernel := float64(values[offset])
		if shown.Layer != name || math.Abs(shown.Value-kernel) > 1e-6*math.Abs(kernel) || math.Abs(shown.Result-kernel) > 1e-4*(1+math.Abs(kernel)) {
			t.Errorf("%s %v: the page has the value %v and the result %v, the kernel computed %v", name, shown.At, shown.Value, shown.Result, kernel)
		}
		if kind == "conv" && math.Abs(shown.Products-shown.Result) > 1e-9*(1+math.Abs(shown.Result)) { // the convolutions of tiny have no bias
			t.Errorf("%s %v: window x kernel is %v, the page says %v", name, shown.At, shown.Products, shown.Result)
		}
	}
	for _, kind := range []string{"conv", "batchnorm", "relu", "maxpool", "globalavgpool", "dense", "softmax"} {
		if !kinds[kind] {
			t.Errorf("no layer of the kind %s was opened", kind)
		}
	}
	p.Click("#arithmetic .terms button") // the logit that a probability is computed from
	p.Wait(`document.querySelector("#layers .chips input:checked").value === "fc1"`)
	p.Click("#back")
	p.Wait(fmt.Sprintf(`document.querySelector("#layers .chips input:checked").value === %q`, explain.Probabilities))
	checkProblems(t, p)
}

// Two models stand side by side: a preset with random weights, and a model file that is opened.
func TestBrowserModels(t *testing.T) {
	b := chromium(t)
	link, _, stop := start(t, "-http", "127.0.0.1:0")
	defer stop()
	p := b.Open(t, link, browser.View{})
	seven(p)
	p.Eval(`(() => { const s = document.querySelector("#second"); s.value = "preset:lenet5"; s.dispatchEvent(new Event("change")); })()`, nil)
	p.Wait(`document.querySelectorAll("#answer .answer").length === 2`)
	p.Files("#model-file", saved(t, model.Spec{Preset: "fast", Seed: 3, Classes: []string{"a", "b", "c"}}))
	p.Wait(`document.querySelectorAll("#answer .answer")[0].querySelectorAll(".bars li").length === 3`)
	p.Click(`nav a[href="#why"]`)
	p.Wait(`document.querySelectorAll("#why .heat").length === 2`)
	p.Click(`nav a[href="#graph"]`)
	p.Wait(`document.querySelector("#graph img").naturalWidth > 100`)
	p.Click("#close-model")
	p.Wait(`document.querySelectorAll("#model option").length === 2 + Number(document.querySelectorAll("#model optgroup option").length)`)
	text := filepath.Join(t.TempDir(), "text.safetensors")
	if err := os.WriteFile(text, []byte("no model"), 0o666); err != nil {
		t.Fatal(err)
	}
	p.Files("#model-file", text)
	const refused = `document.querySelector("#notice").textContent.includes("model file")`
	p.Wait(refused)
	p.Click(`nav a[href="#layers"]`) // which succeeds, and removes no message but its own
	p.Wait(`document.querySelector("#check")`)
	p.Wait(refused)
	p.Click("#clear")
	p.Wait(`document.querySelector("#notice").hidden`)
	checkProblems(t, p)
}

// A page of another origin can neither ask nor change anything.
func TestBrowserOtherOrigin(t *testing.T) {
	b := chromium(t)
	link, _, stop := start(t, "-http", "127.0.0.1:0")
	defer stop()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><title>another site</title>")
	}))
	defer other.Close()
	p := b.Open(t, other.URL, browser.View{})
	for _, try := range []string{
		`fetch(%q, { method: "POST", mode: "no-cors", body: '{"preset":"tiny"}' })`,
		`fetch(%q, { method: "POST", body: '{"preset":"tiny"}', headers: { "Content-Type": "application/json" } })`,
		`fetch(%q)`,
		`navigator.sendBeacon(%q, new Blob(['{"preset":"tiny"}'], { type: "text/plain" }))`,
	} {
		for _, route := range []string{"open", "predict", "model"} {
			var text string
			p.Eval(`(async () => { try { const r = await `+fmt.Sprintf(try, link+"v1/"+route)+`; return r.text ? await r.text() : ""; } catch (e) { return ""; } })()`, &text)
			if text != "" {
				t.Errorf("%s of %s: the other site got %q", try, route, text)
			}
		}
	}
	var about struct{ Models []struct{ Opened bool } }
	_, body := get(t, link+"v1/model", "")
	if err := json.Unmarshal(body, &about); err != nil || len(about.Models) != 1 {
		t.Errorf("%s, %v, want the built-in model only", body, err)
	}
}

// Each view, in both languages, light and dark, on a desktop and on a phone, fits its width and, if
// -axe is given, has no obstacle that axe-core finds.
func TestBrowserViews(t *testing.T) {
	b := chromium(t)
	link, _, stop := start(t, "-http", "127.0.0.1:0")
	defer stop()
	for _, v := range []browser.View{
		{Width: 1280, Height: 900}, {Width: 1280, Height: 900, Dark: true, Language: "zh-CN"},
		{Width: 390, Height: 800, Phone: true, Language: "zh-CN"}, {Width: 390, Height: 800, Phone: true, Dark: true},
		{Width: 320, Height: 600, Phone: true}, {Width: 900, Height: 700},
	} {
		t.Run(v.String(), func(t *testing.T) {
			p := b.Open(t, link, v)
			look := func(view string) { p.Look(view + "-" + v.String()) }
			look("empty")
			seven(p)
			for view, ready := range map[string]string{
				"answer": `true`, "layers": `document.querySelector("#check")`, "why": `document.querySelector("#why .heat")`,
				"graph": `document.querySelector("#graph img").naturalWidth > 100`,
				"train": `document.querySelector("#train-network option")`,
				"teach": `document.querySelector("#teach .labels button")`,
			} {
				p.Eval(fmt.Sprintf("location.hash = %q", view), nil)
				p.Wait(ready)
				look(view)
			}
			var language string
			p.Eval("document.documentElement.lang", &language)
			if !strings.HasPrefix(language, map[bool]string{true: "zh", false: "en"}[v.Language != ""]) {
				t.Errorf("the page is in %s", language)
			}
			checkProblems(t, p)
		})
	}
}
