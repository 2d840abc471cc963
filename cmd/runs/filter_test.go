package main

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"
)

// FuzzParseConditions checks that conditions have a key and a known operator, and that
// their text parses to the same conditions.
func FuzzParseConditions(f *testing.F) {
	f.Add("model=cnn,accuracy>=99%")
	f.Add(`"augment=shift=2,rotate=9",seed!=1`)
	f.Fuzz(func(t *testing.T, text string) {
		conditions, err := parseConditions(text)
		if err != nil {
			return
		}
		var items []string
		for _, c := range conditions {
			if c.key == "" || !slices.Contains([]string{"=", "!=", "<", "<=", ">", ">="}, c.operator) {
				t.Fatalf("%q gives the condition %+v", text, c)
			}
			items = append(items, c.key+c.operator+" "+c.value)
		}
		var b strings.Builder
		w := csv.NewWriter(&b)
		w.Write(items)
		w.Flush()
		again, err := parseConditions(b.String())
		if err != nil || !slices.Equal(conditions, again) {
			t.Fatalf("%q gives %+v; written as %q it gives %+v, %v", text, conditions, b.String(), again, err)
		}
	})
}
