package data

import (
	"strings"
	"testing"

	"inkstone/internal/misuse"
)

func TestNilArguments(t *testing.T) {
	set, err := New("d", "s", 1, 2, []string{"a", "b"}, make([]byte, 4), []byte{0, 1})
	if err != nil {
		t.Fatal(err)
	}
	create := func(name string, height, width int, classes []string, pixels, labels []byte) error {
		_, err := New(name, "", height, width, classes, pixels, labels)
		return err
	}
	two := []string{"a", "b"}
	misuse.Check(t,
		misuse.Call{Name: "New without classes", Call: func() error { return create("d", 1, 1, nil, []byte{1}, []byte{0}) }, Want: "0 classes"},
		misuse.Call{Name: "New without pixels", Call: func() error { return create("d", 1, 1, two, nil, []byte{0}) }, Want: "0 bytes"},
		misuse.Call{Name: "New without labels", Call: func() error { return create("d", 1, 1, two, nil, nil) }, Want: "no images"},
		misuse.Call{Name: "New of huge images", Call: func() error { return create("d", 1<<40, 1<<40, two, nil, []byte{0}) }, Want: "0 bytes"},
		misuse.Call{Name: "Select", Call: func() error { _, err := set.Select(nil); return err }, Want: "none are selected"},
		misuse.Call{Name: "Select of an empty set", Call: func() error { _, err := (&Set{}).Select([]int{0}); return err }, Want: "no class"},
		misuse.Call{Name: "Split of an empty set", Call: func() error { _, _, err := (&Set{}).Split(1, 1); return err }, Want: "split"},
		misuse.Call{Name: "Limit", Call: func() error { _, err := (&Set{}).Limit(0); return err }, Want: "limit"},
		misuse.Call{Name: "large limit", Call: func() error { s := Selection{Limit: 1e9 + 1}; return s.Check() }, Want: "limit is 1000000001, want at least 0 and at most 1000000000"},
		misuse.Call{Name: "large limit per class", Call: func() error { s := Selection{PerClass: 1 << 62}; return s.Check() }, Want: "limit-per-class is"},
		misuse.Call{Name: "large val", Call: func() error { s := Selection{Validation: 1 << 62}; return s.Check() }, Want: "val is"},
		misuse.Call{Name: "a folder's name in two lines", Call: func() error { s := Selection{Dir: "a\nb"}; return s.Check() }, Want: `data is "a\nb"`},
		misuse.Call{Name: "a name in two lines", Call: func() error { return create("a\nb", 1, 1, two, []byte{1}, []byte{0}) }, Want: `"a\nb"`},
		misuse.Call{Name: "a name that is not UTF-8", Call: func() error { return create("\xff", 1, 1, two, []byte{1}, []byte{0}) }, Want: `"\xff"`},
		misuse.Call{Name: "a class in two lines", Call: func() error { return create("d", 1, 1, []string{"a", "\x1b[2J"}, []byte{1}, []byte{0}) }, Want: `class 1, "\x1b[2J"`},
	)
	if v, err := set.Subset(nil); err != nil || v.Len() != 0 {
		t.Errorf("the subset of nothing is %v, %v", v, err)
	}
	if b := set.ContactSheet(nil, 0).Picture().Bounds(); b.Empty() {
		t.Error("the contact sheet is empty")
	}
}

// The source of a set stays on one line.
func TestSourceOnOneLine(t *testing.T) {
	set, err := New("d", "two\nlines", 1, 1, []string{"a"}, []byte{1}, []byte{0})
	if err != nil {
		t.Fatal(err)
	}
	if s := set.String(); set.Source() != `two\nlines` || strings.Contains(s, "\n") {
		t.Errorf("source %q, %q", set.Source(), s)
	}
}
