package graph

import "testing"

// The patterns that Match accepts freeze the parameters that it returns.
func FuzzMatch(f *testing.F) {
	f.Add("conv*", "!conv2*")
	f.Add("[", "\\")
	f.Add("none", "none")
	f.Add("*/*", "[^a]*")
	ps := NewParams(1)
	for _, name := range []string{"conv1.weight", "conv1.bias", "conv2.weight", "block/conv.weight", "none"} {
		if _, err := ps.getOrCreate(name, []int{1}, sameOrder([]int{1}), false, Zeros, Fan{1, 1}); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		list, err := ps.Match(first, second)
		if err != nil {
			return
		}
		if err := ps.Freeze(first, second); err != nil || len(ps.Frozen()) != len(list) {
			t.Fatalf("%q, %q match %v and freeze %v, %v", first, second, list, ps.Frozen(), err)
		}
		if err := ps.Unfreeze("*"); err != nil || len(ps.Frozen()) > 0 {
			t.Fatalf("%v stay frozen, %v", ps.Frozen(), err)
		}
	})
}
