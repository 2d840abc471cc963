package report

import (
	"testing"

	"inkstone/internal/misuse"
	"inkstone/train"
)

func TestNilArguments(t *testing.T) {
	misuse.Check(t,
		misuse.Call{Name: "Curves", Call: func() error { _, err := Curves(nil); return err }, Want: "history"},
		misuse.Call{Name: "Curves of a wrong best epoch", Call: func() error {
			_, err := Curves(&train.History{Epochs: make([]train.Epoch, 1), Best: 1})
			return err
		}, Want: "history"},
		misuse.Call{Name: "RateCurve", Call: func() error { _, err := RateCurve(nil); return err }, Want: "rate curve"},
		misuse.Call{Name: "RateCurve without losses", Call: func() error { _, err := RateCurve(&train.RateCurve{Rates: []float64{1}}); return err }, Want: "rate curve"},
		misuse.Call{Name: "Confusion", Call: func() error { return misuse.Panic(func() { Confusion(nil) }) }, Want: "nil matrix"},
		misuse.Call{Name: "Reliability", Call: func() error { return misuse.Panic(func() { Reliability(nil) }) }, Want: "nil calibration"},
		misuse.Call{Name: "Page of no run", Call: func() error { _, err := Page(nil, "en"); return err }, Want: "no run"},
		misuse.Call{Name: "Page in another language", Call: func() error { _, err := Page([]Run{{Folder: "."}}, "fr"); return err }, Want: `language "fr"`},
		misuse.Call{Name: "Page of a folder without a run", Call: func() error { _, err := Page([]Run{{Folder: t.TempDir()}}, "en"); return err }, Want: "config.toml"},
	)
}
