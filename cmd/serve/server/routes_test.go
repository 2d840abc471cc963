package server

import (
	"net/http"
	"testing"
)

// No route answers a page of another site, and with a token none answers without it. So another
// site cannot train, stop or read.
func TestRoutesAreGuarded(t *testing.T) {
	open := newServer(t, nil)
	secret := newServer(t, func(o *Options) { o.Token = "correct horse battery" })
	seen := 0
	for route, read := range open.engine.Routes() {
		method, headers := "POST", map[string]string{"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
		if read {
			method = "GET"
		}
		if route == "train-start" || route == "train-stop" || route == "teach" || route == "save" || route == "runs" {
			seen++
		}
		r := request(method, apiPath+route, "application/json", []byte("{}"))
		for k, v := range headers {
			r.Header.Set(k, v)
		}
		if w := do(open, r); w.Code != http.StatusForbidden {
			t.Errorf("%s %s of another site has the status %d", method, route, w.Code)
		}
		if w := do(secret, request(method, apiPath+route, "application/json", []byte("{}"))); w.Code != http.StatusUnauthorized {
			t.Errorf("%s %s without the token has the status %d", method, route, w.Code)
		}
	}
	if seen != 5 {
		t.Errorf("%d of 5 routes of the training exist", seen)
	}
}
