package metrics

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// worked returns the matrix
//
//	5 1 0
//	2 3 1
//	0 0 4
func worked(t testing.TB) *Confusion {
	t.Helper()
	c, err := NewConfusion([]string{"a", "b", "long <name>"})
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range []int{5, 1, 0, 2, 3, 1, 0, 0, 4} {
		for range n {
			if err := c.Add(i/3, i%3); err != nil {
				t.Fatal(err)
			}
		}
	}
	return c
}

// checkNear reports an error if got differs from want by more than tolerance.
func checkNear(t *testing.T, name string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: got %v, want %v", name, got, want)
	}
}

func TestConfusion(t *testing.T) {
	c := worked(t)
	if c.Total() != 16 || c.Errors() != 4 || c.At(1, 0) != 2 || c.At(0, 1) != 1 {
		t.Errorf("total %d, errors %d, at (1, 0) %d, at (0, 1) %d, want 16, 4, 2, 1", c.Total(), c.Errors(), c.At(1, 0), c.At(0, 1))
	}
	checkNear(t, "accuracy", c.Accuracy(), 0.75, 0)
	want, err := Wilson(12, 16)
	if err != nil || c.AccuracyInterval() != want {
		t.Errorf("interval %v, want %v, %v", c.AccuracyInterval(), want, err)
	}
	if c.At(3, 0) != 0 || c.At(0, -1) != 0 {
		t.Errorf("outside the matrix: %d and %d, want 0", c.At(3, 0), c.At(0, -1))
	}
	c.Classes()[0] = "changed"
	if !slices.Equal(c.Classes(), []string{"a", "b", "long <name>"}) {
		t.Errorf("classes %q", c.Classes())
	}
}

func TestConfusionString(t *testing.T) {
	want := `label \ predicted  a  b  long <name>
a                  5  1            .
b                  2  3            1
long <name>        .  .            4
16 images, 4 errors, accuracy 75.00 % (95 % interval 50.50 to 89.82 %)
`
	if got := worked(t).String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestConfusionHTML(t *testing.T) {
	got := worked(t).HTML()
	for _, want := range []string{
		`<th style="text-align:right">long &lt;name&gt;</th>`,
		`<td style="text-align:left">b</td><td style="text-align:right">2</td><td style="text-align:right">3</td>`,
		"accuracy 75.00 %",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if strings.Contains(got, "<name>") || strings.Count(got, "<tr>") != 4 {
		t.Errorf("not a table of 4 rows:\n%s", got)
	}
}

func TestEmptyConfusion(t *testing.T) {
	c, err := NewConfusion([]string{"only"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Accuracy() != 0 || c.Scores().Macro().F1 != 0 || c.AccuracyInterval() != (Interval{0, 1}) {
		t.Errorf("accuracy %v, F1 %v, interval %v", c.Accuracy(), c.Scores().Macro().F1, c.AccuracyInterval())
	}
	if !strings.Contains(c.String(), "0 images") {
		t.Errorf("an empty matrix prints as %q", c)
	}
}

func TestConfusionRefuses(t *testing.T) {
	c := worked(t)
	for _, test := range []struct {
		label, predicted int
		want             string
	}{
		{3, 0, "label 3, want 0 to 2"},
		{-1, 0, "label -1, want 0 to 2"},
		{0, 3, "predicted class 3, want 0 to 2"},
		{0, -1, "predicted class -1, want 0 to 2"},
	} {
		if err := c.Add(test.label, test.predicted); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Add(%d, %d): %v, want %q", test.label, test.predicted, err, test.want)
		}
	}
	if c.Total() != 16 {
		t.Errorf("%d images after the errors, want 16", c.Total())
	}
	for _, n := range []int{0, 257} {
		if _, err := NewConfusion(make([]string, n)); err == nil || !strings.Contains(err.Error(), "want 1 to 256") {
			t.Errorf("%d classes: %v", n, err)
		}
	}
}

func TestScores(t *testing.T) {
	s := worked(t).Scores()
	// Columns hold 7, 4 and 5 images, rows 6, 6 and 4.
	for i, want := range []ClassScore{
		{"a", 6, 5.0 / 7, 5.0 / 6, 10.0 / 13, wilson(5, 7), wilson(5, 6)},
		{"b", 6, 3.0 / 4, 3.0 / 6, 6.0 / 10, wilson(3, 4), wilson(3, 6)},
		{"long <name>", 4, 4.0 / 5, 1, 8.0 / 9, wilson(4, 5), wilson(4, 4)},
	} {
		if s[i] != want {
			t.Errorf("got %+v, want %+v", s[i], want)
		}
		checkNear(t, "F1 as the harmonic mean", s[i].F1, 2*s[i].Precision*s[i].Recall/(s[i].Precision+s[i].Recall), 1e-15)
	}
	m := s.Macro()
	checkNear(t, "macro precision", m.Precision, (5.0/7+0.75+0.8)/3, 1e-15)
	checkNear(t, "macro recall", m.Recall, (5.0/6+0.5+1)/3, 1e-15)
	checkNear(t, "macro F1", m.F1, (10.0/13+0.6+8.0/9)/3, 1e-15)
	want := `class        images  precision     95 % interval    recall      95 % interval       F1
a                 6    71.43 %  35.89 to 91.78 %   83.33 %   43.65 to 96.99 %  76.92 %
b                 6    75.00 %  30.06 to 95.44 %   50.00 %   18.76 to 81.24 %  60.00 %
long <name>       4    80.00 %  37.55 to 96.38 %  100.00 %  51.01 to 100.00 %  88.89 %
macro mean       16    75.48 %                     77.78 %                     75.27 %
`
	if got := s.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestNeverPredicted checks that the scores of a class without predictions or images are 0.
func TestNeverPredicted(t *testing.T) {
	c, err := NewConfusion([]string{"a", "b", "c"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Add(0, 1); err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Scores() {
		if s.Precision != 0 || s.Recall != 0 || s.F1 != 0 {
			t.Errorf("%+v, want zeros", s)
		}
		if i := s.RecallInterval; s.Class != "a" && i != (Interval{0, 1}) {
			t.Errorf("class %s without images: the interval of the recall is %v, want 0 to 1", s.Class, i)
		}
	}
}

// The macro mean is that of the classes that have images, and the table shows no rate of the
// others.
func TestMacroOfClassesWithImages(t *testing.T) {
	c, err := NewConfusion([]string{"a", "b", "absent", "unused"})
	if err != nil {
		t.Fatal(err)
	}
	// Of a 3 right, of b 1 right and 1 taken for a class without images.
	for _, pair := range [][2]int{{0, 0}, {0, 0}, {0, 0}, {1, 1}, {1, 2}} {
		if err := c.Add(pair[0], pair[1]); err != nil {
			t.Fatal(err)
		}
	}
	m := c.Scores().Macro()
	checkNear(t, "macro precision", m.Precision, 1, 1e-15)
	checkNear(t, "macro recall", m.Recall, (1+0.5)/2, 1e-15)
	checkNear(t, "macro F1", m.F1, (1+2.0/3)/2, 1e-15)
	want := `class       images  precision      95 % interval    recall      95 % interval        F1
a                3   100.00 %  43.85 to 100.00 %  100.00 %  43.85 to 100.00 %  100.00 %
b                2   100.00 %  20.65 to 100.00 %   50.00 %    9.45 to 90.55 %   66.67 %
absent           0     0.00 %    0.00 to 79.35 %         -   0.00 to 100.00 %         -
unused           0          -   0.00 to 100.00 %         -   0.00 to 100.00 %         -
macro mean       5   100.00 %                      75.00 %                      83.33 %
`
	if got := c.Scores().String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
