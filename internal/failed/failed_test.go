package failed

import (
	"errors"
	"testing"
)

func TestText(t *testing.T) {
	err := errors.New("3 pixels, want 784 & no less")
	if got, want := Text("prediction", err), "no prediction: 3 pixels, want 784 & no less\n"; got != want {
		t.Errorf("Text returns %q, want %q", got, want)
	}
	if got, want := HTML("prediction", err), "<p>no prediction: 3 pixels, want 784 &amp; no less</p>"; got != want {
		t.Errorf("HTML returns %q, want %q", got, want)
	}
}
