package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// policy lets the page load its own files only, and no other page show it in a frame.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

// guard sets the headers for browsers and refuses requests that other sites made a browser
// send:
//
//   - with the name of another site as Host, which is how DNS rebinding reaches a local server,
//   - from a page of another site, as the headers Sec-Fetch-Site and Origin say. Only links to
//     the page itself are allowed.
func (s *Server) guard(next http.Handler) http.Handler {
	var origins http.CrossOriginProtection
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		if !s.knownHost(r.Host) {
			writeProblem(w, problemf("unknown_host", "the host %q is not this server; -host adds a name", r.Host))
			return
		}
		if origins.Check(r) != nil || foreign(r) {
			writeProblem(w, problemf("other_site", "the request comes from a page of another site"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// knownHost reports whether a Host header names this server. An IP address always does: DNS
// rebinding needs a name.
func (s *Server) knownHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return true
	}
	return strings.EqualFold(name, "localhost") ||
		slices.ContainsFunc(s.options.Hosts, func(known string) bool { return strings.EqualFold(name, known) })
}

// foreign reports whether a page of another site sent a request, unless it is a link to the
// page. [http.CrossOriginProtection] accepts all GET requests.
func foreign(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return false
	}
	return r.URL.Path != "/" || r.Header.Get("Sec-Fetch-Mode") != "navigate"
}

// authorized lets only requests with the token pass, if there is a token.
func (s *Server) authorized(next http.Handler) http.Handler {
	if s.options.Token == "" {
		return next
	}
	want := sha256.Sum256([]byte(s.options.Token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		got := sha256.Sum256([]byte(token)) // of equal length, so that the time does not depend on the token
		if !strings.EqualFold(scheme, "Bearer") || subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			writeProblem(w, problemf("no_token", "the request needs the header Authorization: Bearer TOKEN"))
			return
		}
		next.ServeHTTP(w, r)
	})
}
