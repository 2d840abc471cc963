package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/url"
)

// Listener listens on an address of -http.
type Listener struct{ net.Listener }

// Listen opens an address, such as 127.0.0.1:8080. Port 0 picks a free one.
func Listen(ctx context.Context, address string) (*Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("-http: %w", err)
	}
	return &Listener{l}, nil
}

// Wide reports whether other computers may reach the address. Then requests need a token.
func (l *Listener) Wide() bool {
	tcp, ok := l.Addr().(*net.TCPAddr)
	return !ok || !tcp.IP.IsLoopback()
}

// NewToken returns a random token.
func NewToken() string { return rand.Text() }

// Link returns the address of a view of the page, "" for the first one, or with a token that of the
// page. The browser does not send what follows #.
func (l *Listener) Link(token, view string) string {
	address := l.Addr().String()
	if tcp, ok := l.Addr().(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		address = fmt.Sprintf("localhost:%d", tcp.Port)
	}
	switch {
	case token != "":
		return "http://" + address + "/#token=" + url.QueryEscape(token)
	case view != "":
		return "http://" + address + "/#" + view
	}
	return "http://" + address + "/"
}

// Warn writes a warning if other computers may reach the address.
func (l *Listener) Warn(w io.Writer) {
	if l.Wide() {
		fmt.Fprintln(w, "warning: other computers can reach this server, and HTTP is not encrypted: whoever sees the traffic sees the token")
	}
}
