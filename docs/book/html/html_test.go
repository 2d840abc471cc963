package html

import "testing"

func TestTarget(t *testing.T) {
	for link, want := range map[string]string{
		"https://go.dev/tour/":          "https://go.dev/tour/",
		"04-mathematics.md":             "#04-mathematics",
		"04-mathematics.md#42-softmax":  "#04-mathematics--42-softmax",
		"#42-softmax":                   "#03-algorithms--42-softmax",
		"../zh/README.md":               "inkstone-book-zh.html",
		"../../notebooks/README.md":     "",
		"../exercises/ch03/exercise.go": "",
		"../../usage.md":                "",
	} {
		if got, ok := target(link, "03-algorithms"); got != want || ok != (want != "") {
			t.Errorf("%s becomes %q, %v, want %q", link, got, ok, want)
		}
	}
}
