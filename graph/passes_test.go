package graph

import (
	"slices"
	"strings"
	"testing"
)

// passIndex returns the position of the pass of that name.
func passIndex(name string) int {
	return slices.IndexFunc(passes, func(p pass) bool { return p.name == name })
}

// TestPassOrder checks that the list meets every constraint, and that exchanging the two
// passes of any constraint is refused.
func TestPassOrder(t *testing.T) {
	if err := checkPassOrder(passes, passOrder); err != nil {
		t.Error(err)
	}
	for _, o := range passOrder {
		wrong := slices.Clone(passes)
		i, k := passIndex(o.before), passIndex(o.after)
		wrong[i], wrong[k] = wrong[k], wrong[i]
		if err := checkPassOrder(wrong, []orderConstraint{o}); err == nil || !strings.Contains(err.Error(), o.reason) {
			t.Errorf("%q after %q gives the error %v, want the reason %q", o.before, o.after, err, o.reason)
		}
	}
}

func TestPassOrderErrors(t *testing.T) {
	mustFail(t, checkPassOrder(append(slices.Clone(passes), passes[0]), nil), "two passes", "declare layers")
	for _, o := range []orderConstraint{{before: "fuse", after: "unroll"}, {before: "unroll", after: "fuse"}} {
		mustFail(t, checkPassOrder(passes, []orderConstraint{o}), "unknown pass")
	}
}

// TestPurposes checks what each kind of session gets from its passes.
func TestPurposes(t *testing.T) {
	for _, tc := range []struct {
		purpose                     purpose
		mode                        Mode
		gradients, selected, fusion bool
		runs                        bool
	}{
		{forTraining, Train, true, false, true, true},
		{forEvaluation, Eval, false, false, true, true},
		{forActivations, Eval, false, true, true, true},
		{forDescription, Eval, false, false, false, false},
		{forBoundary, Train, false, false, false, false},
	} {
		c := &compilation{purpose: tc.purpose, params: NewParams(1), net: branched, cfg: branchedConfig(), requested: []string{"fc1"}}
		if err := runPasses(c, passes); err != nil {
			t.Fatal(err)
		}
		relu, ok := c.builder.layerNode("relu1").Op().(*op)
		if !ok {
			t.Fatal("relu1 is no operation")
		}
		if c.builder.mode != tc.mode || (len(c.gradients) > 0) != tc.gradients || (c.evaluated != nil && c.evaluated != c.builder.graph) != tc.selected || (relu.computedBy != nil) != tc.fusion || (c.vm != nil) != tc.runs {
			t.Errorf("purpose %d: mode %v, %d gradients, selected %v, fused is %v, compiled is %v; want %+v",
				tc.purpose, c.builder.mode, len(c.gradients), c.evaluated != c.builder.graph, relu.computedBy != nil, c.vm != nil, tc)
		}
	}
}
