package main

import (
	"bytes"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"testing"
	"time"

	"inkstone/model"
	"inkstone/model/pretrained"
	"inkstone/train/data/digits"
)

var (
	chromium = flag.String("chromium", "", "Chromium `program`, for TestBrowser")
	modules  = flag.String("modules", "node_modules", "`folder` with onnxruntime-web, for TestBrowser")
)

// TestBrowser opens testdata/browser.html in Chromium. The page evaluates an ONNX file with
// onnxruntime-web, and its logits are compared with the session's.
func TestBrowser(t *testing.T) {
	if *chromium == "" {
		t.Skip("-chromium names no program")
	}
	m, err := pretrained.Tiny()
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := m.WriteONNX(&file, model.ONNXOptions{Normalize: true, Fold: true}); err != nil {
		t.Fatal(err)
	}
	const images = 100
	pixels, _ := digits.Generate(5, images)
	c, err := m.Classifier(images, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	want, err := c.Logits(images, func(i int) []byte { return pixels[784*i : 784*(i+1)] })
	if err != nil {
		t.Fatal(err)
	}

	type answer struct {
		failure string
		logits  []float32
	}
	answers := make(chan answer, 1)
	page := http.NewServeMux()
	send := func(content []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) }
	}
	receive := func(read func(body []byte) answer) http.HandlerFunc {
		return func(_ http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				body = []byte(err.Error())
			}
			answers <- read(body)
		}
	}
	page.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "testdata/browser.html") })
	page.Handle("GET /node_modules/", http.StripPrefix("/node_modules/", http.FileServer(http.Dir(*modules))))
	page.HandleFunc("GET /digits.onnx", send(file.Bytes()))
	page.HandleFunc("GET /pixels", send(pixels))
	page.HandleFunc("POST /logits", receive(func(body []byte) answer { return answer{logits: floats(body)} }))
	page.HandleFunc("POST /error", receive(func(body []byte) answer { return answer{failure: string(body)} }))
	server := httptest.NewServer(page)
	defer server.Close()

	// Debugging keeps a headless Chromium open after the page has loaded.
	cmd := exec.CommandContext(t.Context(), *chromium, "--headless", "--no-sandbox", "--disable-gpu",
		"--remote-debugging-port=0", "--user-data-dir="+t.TempDir(), server.URL)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	select {
	case a := <-answers:
		if a.failure != "" {
			t.Fatal(a.failure)
		}
		d, err := compareLogits(want, a.logits, len(m.Classes))
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d images, the largest difference is %.1e", images, d.largest)
		if d.largest > tolerance || d.other > 0 {
			t.Errorf("the difference of the logits is %v, and %d digits are others", d.largest, d.other)
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("the page sends no logits")
	}
}
