package digits

import (
	"slices"
	"strings"
	"testing"

	"inkstone/internal/random"
)

func TestParseStroke(t *testing.T) {
	s, err := parseStroke("1,2 -3,4.5! 6,7")
	if err != nil {
		t.Fatal(err)
	}
	if want := []point{{1, 2}, {-3, 4.5}, {6, 7}}; !slices.Equal(s.points, want) {
		t.Errorf("points %v, want %v", s.points, want)
	}
	if want := []bool{false, true, false}; !slices.Equal(s.corner, want) {
		t.Errorf("corners %v, want %v", s.corner, want)
	}
}

func TestParseStrokeErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":           "0 points",
		"1,2":        "1 points",
		"1,2 3":      `point "3"`,
		"1,2 3,x":    `point "3,x"`,
		"1,2 3,4!!":  `point "3,4!!"`,
		"1,2 3,4,5":  `point "3,4,5"`,
		"1,2 ,4 5,6": `point ",4"`,
	} {
		if _, err := parseStroke(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("parseStroke(%q): error %v, want one with %s", text, err, want)
		}
	}
}

// The poses of a style have the same points and corners, since they are mixed point by point.
func TestSkeletons(t *testing.T) {
	for digit, styles := range skeletons {
		if len(styles) < 4 {
			t.Errorf("digit %d has %d styles, want at least 4", digit, len(styles))
		}
		for _, st := range styles {
			if st.weight <= 0 || st.name == "" || len(st.poses) < 2 {
				t.Errorf("digit %d, style %q: weight %g, %d poses; want a positive weight, a name, at least 2 poses",
					digit, st.name, st.weight, len(st.poses))
				continue
			}
			first := st.poses[0]
			for i, p := range st.poses {
				if len(p) != len(first) {
					t.Errorf("digit %d, style %q, pose %d: %d strokes, the first has %d", digit, st.name, i, len(p), len(first))
					continue
				}
				for k, s := range p {
					if len(s.points) != len(first[k].points) || !slices.Equal(s.corner, first[k].corner) {
						t.Errorf("digit %d, style %q, pose %d, stroke %d: points or corners do not match those of the first pose",
							digit, st.name, i, k)
					}
					for _, q := range s.points {
						if q.x < -25 || q.x > 125 || q.y < -5 || q.y > 105 {
							t.Errorf("digit %d, style %q, pose %d: point %v is off the page", digit, st.name, i, q)
						}
					}
				}
			}
		}
	}
}

func TestChooseStyleFollowsWeights(t *testing.T) {
	const n = 20000
	rng := newSource(1, random.DigitImages, 0)
	for digit, styles := range skeletons {
		count := map[string]int{}
		var total float64
		for _, st := range styles {
			total += st.weight
		}
		for range n {
			count[chooseStyle(&rng, digit).name]++
		}
		for _, st := range styles {
			want := st.weight / total
			if got := float64(count[st.name]) / n; got < want-0.02 || got > want+0.02 {
				t.Errorf("digit %d, style %q: chosen in %.3f of %d, want %.3f", digit, st.name, got, n, want)
			}
		}
	}
}
