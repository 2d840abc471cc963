package mnist

import (
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestCatalog checks the entries for typing errors.
func TestCatalog(t *testing.T) {
	names := Names()
	if names[0] != Default || names[len(names)-1] != Builtin {
		t.Errorf("names %q", names)
	}
	sorted := slices.Sorted(slices.Values(names))
	if len(slices.Compact(sorted)) != len(names) {
		t.Errorf("a name occurs twice in %q", names)
	}
	sums := make(map[string]string)
	for _, d := range downloadable {
		if len(d.mirrors) < 2 {
			t.Errorf("%s: %d mirrors, want at least 2", d.name, len(d.mirrors))
		}
		for _, m := range d.mirrors {
			if u, err := url.Parse(m); err != nil || u.Host == "" || !strings.HasSuffix(m, "/") {
				t.Errorf("%s: mirror %q", d.name, m)
			}
		}
		for _, f := range d.files() {
			if f.content == "" && f.packed == "" {
				t.Errorf("%s: no checksum of %s", d.name, f.name)
			}
			for _, sum := range []string{f.content, f.packed} {
				if raw, err := hex.DecodeString(sum); err != nil || sum != "" && len(raw) != 32 {
					t.Errorf("%s: %s has checksum %q", d.name, f.name, sum)
				}
				if before := sums[sum]; sum != "" && before != "" {
					t.Errorf("%s: %s has the checksum of %s", d.name, f.name, before)
				}
				sums[sum] = d.name + "/" + f.name
			}
		}
		if d.train.count%len(d.classes) != 0 || d.test.count%len(d.classes) != 0 {
			t.Errorf("%s: %d and %d images do not divide by %d classes", d.name, d.train.count, d.test.count, len(d.classes))
		}
	}
}
