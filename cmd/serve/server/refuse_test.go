package server

import (
	"bytes"
	"image"
	"net/http"
	"strings"
	"testing"

	"inkstone/train/data/picture"
)

// Each body that is wrong gets its status and code, and does no harm.
func TestRefusedBodies(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Limits.Body, o.Limits.Pixels, o.Limits.Images = 20000, 30000, 3 })
	img := make([]byte, imageBytes)
	valid := string(jsonOf(t, "pixels", img))
	for _, tc := range []struct {
		name, kind, body string
		status           int
		code             string
	}{
		{"no type", "", valid, 415, "unknown_type"},
		{"form", "application/x-www-form-urlencoded", valid, 415, "unknown_type"},
		{"text", "text/plain", valid, 415, "unknown_type"},
		{"SVG", "image/svg+xml", "<svg/>", 415, "unknown_type"},
		{"no type at all", "/;=", valid, 415, "unknown_type"},
		{"empty JSON", "application/json", "", 400, "bad_json"},
		{"cut JSON", "application/json", valid[:900], 400, "bad_json"},
		{"text after JSON", "application/json", valid + "x", 400, "bad_json"},
		{"two objects", "application/json", valid + valid, 400, "bad_json"},
		{"unknown field", "application/json", `{"pixel":[]}`, 400, "bad_json"},
		{"both fields", "application/json", `{"pixels":[0],"images":[]}`, 400, "bad_json"},
		{"no field", "application/json", `{}`, 422, "images"},
		{"no images", "application/json", `{"images":[]}`, 422, "images"},
		{"too many images", "application/json", string(jsonOf(t, "images", img, img, img, img)), 422, "images"},
		{"null", "application/json", `{"pixels":null}`, 400, "bad_json"},
		{"null image", "application/json", `{"images":[null]}`, 400, "bad_json"},
		{"text as pixels", "application/json", `{"pixels":"AAAA"}`, 400, "bad_json"},
		{"few pixels", "application/json", `{"pixels":[1,2]}`, 422, "pixels"},
		{"many pixels", "application/json", strings.Replace(valid, "[", "[1,", 1), 422, "pixels"},
		{"negative pixel", "application/json", strings.Replace(valid, "0", "-1", 1), 400, "bad_json"},
		{"fraction", "application/json", strings.Replace(valid, "0", "0.5", 1), 400, "bad_json"},
		{"exponent", "application/json", strings.Replace(valid, "0", "1e2", 1), 400, "bad_json"},
		{"256", "application/json", strings.Replace(valid, "0", "256", 1), 400, "bad_json"},
		{"long number", "application/json", strings.Replace(valid, "0", "99999999999999999999", 1), 400, "bad_json"},
		{"nested", "application/json", strings.Replace(valid, "0", "[0]", 1), 400, "bad_json"},
		{"deep", "application/json", `{"pixels":` + strings.Repeat("[", 15000), 400, "bad_json"},
		{"large body", "application/json", strings.Repeat(" ", 20001), 413, "body_too_large"},
		{"empty picture", "image/png", "", 422, "no_picture"},
		{"no picture", "image/png", "hello", 422, "no_picture"},
		{"cut picture", "image/png", string(pngOf(t, sketch(img)))[:60], 422, "no_picture"},
		{"large picture", "image/png", string(pngOf(t, image.NewGray(image.Rect(0, 0, 200, 151)))), 413, "picture_too_large"},
		{"blank", "image/png", string(pngOf(t, image.NewGray(image.Rect(0, 0, 50, 50)))), 422, "blank"},
	} {
		w := do(s, request("POST", "/v1/predict", tc.kind, []byte(tc.body)))
		if w.Code != tc.status || code(t, w) != tc.code {
			t.Errorf("%s: status %d, %s, want %d, %s", tc.name, w.Code, w.Body, tc.status, tc.code)
		}
	}
	if w := do(s, request("POST", "/v1/predict", "application/json", []byte(valid))); w.Code != http.StatusOK {
		t.Errorf("afterwards: status %d, %s", w.Code, w.Body)
	}
}

func TestMethodsAndPaths(t *testing.T) {
	s := newServer(t, nil)
	for _, tc := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/", 200}, {"HEAD", "/", 200}, {"GET", "/main.js", 200}, {"GET", "/page.css", 200},
		{"GET", "/healthz", 200}, {"GET", "/metrics", 200}, {"GET", "/v1/model", 200},
		{"POST", "/", 405}, {"GET", "/v1/predict", 405}, {"PUT", "/v1/predict", 405}, {"POST", "/v1/model", 405}, {"OPTIONS", "/v1/predict", 405},
		{"GET", "/index.html", 404}, {"GET", "/page.go", 404}, {"GET", "/../main.go", 404}, {"GET", "/v1/", 404},
	} {
		r := request(tc.method, "/", "", nil)
		r.URL.Path = tc.path
		w := do(s, r)
		if tc.path == "/../main.go" {
			if w.Code == http.StatusOK {
				t.Errorf("%s: status %d", tc.path, w.Code)
			}
			continue
		}
		if w.Code != tc.status {
			t.Errorf("%s %s: status %d, want %d", tc.method, tc.path, w.Code, tc.status)
		}
	}
}

// Requests that other sites make a browser send are refused.
func TestOtherSites(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Hosts = []string{"Digits.example"} })
	body := jsonOf(t, "pixels", make([]byte, imageBytes))
	for _, tc := range []struct {
		name, method, path, host string
		headers                  map[string]string
		status                   int
	}{
		{"program", "POST", "/v1/predict", "127.0.0.1:8080", nil, 200},
		{"localhost", "POST", "/v1/predict", "LOCALHOST:9000", nil, 200},
		{"IPv6", "POST", "/v1/predict", "[::1]:8080", nil, 200},
		{"IPv6 without port", "POST", "/v1/predict", "[::1]", nil, 200},
		{"address in the network", "POST", "/v1/predict", "192.168.1.7:8080", nil, 200},
		{"own name", "POST", "/v1/predict", "digits.EXAMPLE:8080", nil, 200},
		{"rebinding", "POST", "/v1/predict", "evil.example:8080", nil, 421},
		{"rebinding of the page", "GET", "/", "evil.example:8080", nil, 421},
		{"name that begins like an address", "GET", "/healthz", "127.0.0.1.evil.example", nil, 421},
		{"subdomain", "GET", "/", "localhost.evil.example", nil, 421},
		{"no host", "GET", "/", "", nil, 421},
		{"own page", "POST", "/v1/predict", "127.0.0.1:8080", map[string]string{"Origin": "http://127.0.0.1:8080", "Sec-Fetch-Site": "same-origin"}, 200},
		{"own page, old browser", "POST", "/v1/predict", "127.0.0.1:8080", map[string]string{"Origin": "http://127.0.0.1:8080"}, 200},
		{"other page", "POST", "/v1/predict", "127.0.0.1:8080", map[string]string{"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}, 403},
		{"other page, old browser", "POST", "/v1/predict", "127.0.0.1:8080", map[string]string{"Origin": "http://evil.example"}, 403},
		{"other port", "POST", "/v1/predict", "127.0.0.1:8080", map[string]string{"Origin": "http://127.0.0.1:3000", "Sec-Fetch-Site": "same-site"}, 403},
		{"file or sandbox", "POST", "/v1/predict", "127.0.0.1:8080", map[string]string{"Origin": "null"}, 403},
		{"other page reads", "GET", "/v1/model", "127.0.0.1:8080", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403},
		{"other page navigates to an answer", "GET", "/metrics", "127.0.0.1:8080", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 403},
		{"link to the page", "GET", "/", "127.0.0.1:8080", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200},
		{"script of another page", "GET", "/main.js", "127.0.0.1:8080", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403},
		{"address bar", "GET", "/", "127.0.0.1:8080", map[string]string{"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, 200},
	} {
		r := request(tc.method, tc.path, "application/json", body)
		r.Host = tc.host
		for k, v := range tc.headers {
			r.Header.Set(k, v)
		}
		w := do(s, r)
		if w.Code != tc.status {
			t.Errorf("%s: status %d, want %d: %s", tc.name, w.Code, tc.status, w.Body)
		}
		h := w.Header()
		if !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: headers %v", tc.name, h)
		}
	}
}

// No route of the engine, not one that trains, stops or reads a run either, answers a page of another
// origin, a request with a foreign name as Host, or one without the token.
func TestEveryRouteIsGuarded(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Token = "correct horse battery" })
	routes := s.engine.Routes()
	for _, needed := range []string{"predict", "open", "explain", "train-start", "train-stop", "train-status", "runs", "save", "teach"} {
		if _, ok := routes[needed]; !ok {
			t.Errorf("there is no route %s", needed)
		}
	}
	for route, read := range routes {
		method, other := "POST", "GET"
		if read {
			method, other = other, method
		}
		for _, tc := range []struct {
			name, method, host, origin, token string
			status                            int
		}{
			{"another origin", method, "127.0.0.1:8080", "http://evil.example", "correct horse battery", 403},
			{"a sandbox", method, "127.0.0.1:8080", "null", "correct horse battery", 403},
			{"another port", method, "127.0.0.1:8080", "http://127.0.0.1:3000", "correct horse battery", 403},
			{"rebinding", method, "evil.example", "http://evil.example", "correct horse battery", 421},
			{"no token", method, "127.0.0.1:8080", "", "", 401},
			{"another method", other, "127.0.0.1:8080", "", "correct horse battery", 405},
		} {
			r := request(tc.method, "/v1/"+route, "application/json", []byte("{}"))
			r.Host = tc.host
			if tc.origin != "" {
				r.Header.Set("Origin", tc.origin)
				r.Header.Set("Sec-Fetch-Site", "cross-site")
			}
			if tc.token != "" {
				r.Header.Set("Authorization", "Bearer "+tc.token)
			}
			if w := do(s, r); w.Code != tc.status {
				t.Errorf("%s, %s: status %d, want %d: %s", route, tc.name, w.Code, tc.status, w.Body)
			}
		}
	}
}

// With a token, only the page and /healthz are open.
func TestToken(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Token = "correct horse battery" })
	for _, tc := range []struct {
		path, header string
		status       int
	}{
		{"/", "", 200}, {"/healthz", "", 200}, {"/main.js", "", 200},
		{"/v1/model", "", 401}, {"/metrics", "", 401}, {"/v1/predict", "", 401},
		{"/v1/model", "Bearer correct horse batter", 401}, {"/v1/model", "Basic correct horse battery", 401}, {"/v1/model", "Bearer", 401},
		{"/v1/model", "Bearer correct horse battery", 200}, {"/v1/model", "bearer correct horse battery", 200}, {"/metrics", "Bearer correct horse battery", 200},
	} {
		method := "GET"
		if tc.path == predictPath {
			method = "POST"
		}
		r := request(method, tc.path, "", nil)
		if tc.header != "" {
			r.Header.Set("Authorization", tc.header)
		}
		if w := do(s, r); w.Code != tc.status || (w.Code == 401) != (w.Header().Get("WWW-Authenticate") != "") {
			t.Errorf("%s with %q: status %d, want %d", tc.path, tc.header, w.Code, tc.status)
		}
	}
}

// A request too many is refused at once.
func TestBusy(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Limits.Requests = 1 })
	s.requests <- struct{}{}
	w := do(s, request("POST", "/v1/predict", "image/png", nil))
	if w.Code != http.StatusServiceUnavailable || code(t, w) != "busy" || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d, %s", w.Code, w.Body)
	}
	s.requests.release()
	if w := do(s, request("POST", "/v1/predict", "image/png", nil)); w.Code == http.StatusServiceUnavailable {
		t.Errorf("status %d afterwards", w.Code)
	}
}

// FuzzPredict looks for bodies that are answered with an error of the server.
func FuzzPredict(f *testing.F) {
	images, _ := samples(1)
	drawing := pngOf(f, sketch(images[0]))
	for _, body := range [][]byte{
		drawing, drawing[:len(drawing)/2], bytes.Replace(drawing, []byte("IDAT"), []byte("IDAX"), 1),
		[]byte("GIF89a"), []byte("\xff\xd8\xff\xe1\x00\x02"), jsonOf(f, "pixels", images[0]), []byte(`{"images":[[],[1]]}`),
	} {
		for kind := range uint8(2) {
			f.Add(kind, body)
		}
	}
	s := newServer(f, func(o *Options) { o.Limits.Body, o.Limits.Pixels = 1<<16, 1<<18 })
	f.Fuzz(func(t *testing.T, kind uint8, body []byte) {
		w := do(s, request("POST", "/v1/predict?pixels=1", []string{"image/png", "application/json"}[kind%2], body))
		switch w.Code {
		case 200:
			if a := decoded[struct {
				Label       string
				Predictions []answer
			}](t, w); a.Label == "" && len(a.Predictions) == 0 {
				t.Errorf("no label: %s", w.Body)
			}
		case 400, 413, 422:
			if code(t, w) == "" {
				t.Errorf("no code: %s", w.Body)
			}
		default:
			t.Errorf("status %d: %s", w.Code, w.Body)
		}
	})
}

// A list of pixels is parsed as by package json.
func TestPixelSpaces(t *testing.T) {
	s := newServer(t, nil)
	body := strings.ReplaceAll(string(jsonOf(t, "pixels", bytes.Repeat([]byte{7}, picture.Size*picture.Size))), ",", " ,\n\t ")
	if w := do(s, request("POST", "/v1/predict", "application/json", []byte(body))); w.Code != http.StatusOK {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}
