package mnist

import (
	"os"
	"testing"
)

// The disputed images are those of the real test set, with these indices and labels.
func TestDisputed(t *testing.T) {
	for _, d := range disputes {
		if d.ByLabel+d.ByOther+d.Neither != 5 || d.ByLabel > 2 || d.Label == d.Other {
			t.Errorf("the vote %+v", d)
		}
	}
	if d := disputes[0xee75891d9c298a98]; d.String() != "8=0 9=5 neither=0" {
		t.Errorf("the vote is %q", d)
	}
	if _, ok := Disputed(make([]byte, 784), "8"); ok {
		t.Error("a blank image is disputed")
	}
	if os.Getenv("INKSTONE_DATA") == "" {
		t.Skip("needs the real MNIST in INKSTONE_DATA")
	}
	set, err := LoadTest(t.Context(), Options{Name: "mnist", Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for i := range set.Len() {
		label := set.Classes()[set.Label(i)]
		if d, ok := Disputed(set.Pixels(i), label); ok {
			if found++; d.Index != i {
				t.Errorf("image %d is found as %d", i, d.Index)
			}
			if _, ok := Disputed(set.Pixels(i), d.Other); ok {
				t.Errorf("image %d is disputed with the label %s", i, d.Other)
			}
		}
	}
	if found != len(disputes) {
		t.Errorf("%d disputed images, want %d", found, len(disputes))
	}
}
